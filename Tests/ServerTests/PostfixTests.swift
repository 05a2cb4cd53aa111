import Foundation
import TestSupport
import Testing

/// What Debian's Postfix does with the files that `mailca` writes and the lines that it prints.
@Suite(.onThreads) struct PostfixTests {
    private static let visited = KeptUntilEnd<Setup, Visited<Postfix>> { setup in
        try Visited(setup) { authority, _ in try Postfix.start(authority) }
    }

    @Test("The CA's certificate verifies the server's and its host name on both ports", arguments: Setup.all)
    func serverVerified(setup: Setup) throws {
        let server = try Self.visited[setup].server

        for port in [Postfix.Port.mail, .submission] {
            let seen = try server.converse(port, recipient: Postfix.local)
            #expect(seen.verified, "\(seen)\n\(server.log)")
            #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))
        }
        let other = try server.converse(serverName: "other.example.org")
        #expect(other.verifyError?.contains("Hostname mismatch") == true, "\(other)")
    }

    @Test("A certificate of our CA relays on both ports, and mail for us needs none", arguments: Setup.all)
    func relaysForOurs(setup: Setup) throws {
        let visited = try Self.visited[setup]
        let (server, taro) = (visited.server, visited.taro)

        try expectRelayed(try server.converse(as: taro), by: server)
        try expectRelayed(try server.converse(.submission, as: taro), by: server)
        let anybody = try server.converse(recipient: Postfix.local)
        #expect(anybody.recipient?.code == 250, "\(anybody)\n\(server.log)")
    }

    @Test("Nobody else relays on either port", arguments: Setup.all, Stranger.allCases)
    func strangers(setup: Setup, stranger: Stranger) throws {
        let visited = try Self.visited[setup]
        let (server, shown) = (visited.server, visited.shown(by: stranger))

        try expectRefused(try server.converse(as: shown), by: server, "Relay access denied")
        try expectRefused(try server.converse(.submission, as: shown), by: server, "Access denied")
    }

    @Test("A revoked certificate does not relay at the next connection, without a reload", arguments: Setup.all)
    func revoked(setup: Setup) throws {
        let server = try Postfix.start(Authority(setup).withServer())
        let taro = try server.authority.issueClient()
        // More than once within a second: what is put in place by renaming counts although its time is the same.
        for _ in 1...3 {
            try server.revoke([])
            try expectRelayed(try server.converse(as: taro), by: server)
            try server.revoke([taro])
            try expectRefused(try server.converse(as: taro), by: server, "certificate revoked")
        }
        try expectRefused(try server.converse(.submission, as: taro), by: server, "certificate revoked")
    }

    @Test("A revoked certificate does not relay on the TLS session of before", arguments: Resumption.all)
    func revokedThenResumed(resumption: Resumption) throws {
        let server = try Postfix.start(Authority(resumption.setup).withServer())
        let taro = try server.authority.issueClient()

        let seen = try server.resume(as: taro, tls: resumption.tls) {
            expectLogged("client=unknown[127.0.0.2]", by: server)
            try server.revoke([taro])
        }

        #expect(seen.resumed, "\(seen)")
        try expectRefused(seen, by: server, "certificate revoked")
    }

    @Test("After a renewal and a reload the new certificate is served, and users relay as before", arguments: Setup.all)
    func renewed(setup: Setup) throws {
        let server = try Postfix.start(Authority(setup).withServer())
        let taro = try server.authority.issueClient()
        let old = try server.converse(as: taro)

        try server.authority.renewServer()
        try server.reload()

        let seen = try server.converse(as: taro)
        try expectRelayed(seen, by: server)
        #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))
        #expect(seen.certificateSHA256 != old.certificateSHA256)
    }

    @Test("Where only listed certificates relay, others of our CA do not, nor listed ones that are not good")
    func listed() throws {
        let authority = try Authority(.simplest, daysAgo: 3).withServer()
        let taro = try authority.issueClient()
        let hanako = try authority.issueClient("hanako@example.org")
        let bad = try Stranger.allCases.compactMap { try $0.credentials(against: authority) }
        let server = try Postfix.start(authority, listed: [taro] + bad)

        try expectRelayed(try server.converse(as: taro), by: server)
        for other in [hanako] + bad {
            try expectRefused(try server.converse(as: other), by: server, "Relay access denied")
        }
        try server.revoke([taro])
        try expectRefused(try server.converse(as: taro), by: server, "certificate revoked")
    }

    @Test(
        "A port that demands a certificate takes ours, and nobody else's; port 25 stays as it was", arguments: Setup.all
    )
    func demanded(setup: Setup) throws {
        let visited = try Visited(setup) { authority, _ in try Postfix.start(authority, .demand) }
        let (server, taro) = (visited.server, visited.taro)

        try expectRelayed(try server.converse(.submissions, as: taro), by: server)
        for stranger in Stranger.allCases {
            let seen = try server.converse(.submissions, as: visited.shown(by: stranger))
            #expect(seen.recipient == nil && seen.error != nil, "\(stranger): \(seen)\n\(server.log)")
        }
        expectLogged("No client certificate presented", by: server)
        try expectRefused(try server.converse(.mail, as: taro), by: server, "Relay access denied")
        let anybody = try server.converse(.mail, recipient: Postfix.local)
        #expect(anybody.recipient?.code == 250, "\(anybody)\n\(server.log)")
        try server.revoke([taro])
        try expectRefused(try server.converse(.submissions, as: taro), by: server, "certificate revoked")
    }

    @Test("By password or by certificate, and only under TLS")
    func passwordOrCertificate() throws {
        let server = try Postfix.start(Authority(.simplest).withServer(), .passwordOrCertificate)
        let taro = try server.authority.issueClient()
        let right = "taro@example.org:secret"

        try expectRelayed(try server.converse(.submission, as: taro), by: server)
        let byPassword = try server.converse(.submission, login: right)
        #expect(byPassword.login?.code == 235, "\(byPassword)\n\(server.log)")
        try expectRelayed(byPassword, by: server)
        let wrong = try server.converse(.submission, login: "taro@example.org:wrong")
        #expect(wrong.login?.code == 535, "\(wrong)\n\(server.log)")
        try expectRefused(wrong, by: server, "Access denied")
        let inTheClear = try server.converse(.submission, login: right, secured: false)
        #expect(inTheClear.login?.code == 530 && inTheClear.recipient?.code == 530, "\(inTheClear)")
        try server.revoke([taro])
        let both = try server.converse(.submission, as: taro, login: right)
        try expectRefused(both, by: server, "certificate revoked")
    }

    @Test("For encryption alone nobody is asked for a certificate")
    func encryption() throws {
        let server = try Postfix.start(Authority(.simplest).withServer(), .encryption)
        let taro = try server.authority.issueClient()

        try expectRefused(try server.converse(as: taro), by: server, "Relay access denied")
        expectLogged("Relay access denied", by: server)
        #expect(!server.log.contains("Trusted TLS"), "\(server.log)")
    }

    @Test(
        "Without a map that can be read nobody relays by certificate, until it is back and all is reloaded",
        arguments: [
            "rm postfix.ccert_revoked.db", "rm postfix.ccert_revoked*", ": >empty && mv empty postfix.ccert_revoked.db",
            "head -c 20000 /dev/urandom >other && mv other postfix.ccert_revoked.db",
            "head -c 5000 postfix.ccert_revoked.db >part && mv part postfix.ccert_revoked.db",
        ])
    func brokenMap(command: String) throws {
        let server = try Postfix.start(Authority(.simplest).withServer())
        let taro = try server.authority.issueClient()

        try server.breakMap(command)
        let seen = try server.converse(as: taro)
        #expect(seen.recipient?.code == 451, "\(seen)\n\(server.log)")
        let anybody = try server.converse(recipient: Postfix.local)
        #expect(anybody.recipient?.code == 250, "\(anybody)\n\(server.log)")

        try server.revoke([])
        try server.reload()
        try expectRelayed(try server.converse(as: taro), by: server)
    }

    @Test("Known to fail open: a map whose database was not made anew, and one that lists nothing")
    func staleMap() throws {
        let server = try Postfix.start(Authority(.simplest).withServer())
        let taro = try server.authority.issueClient()
        let kept = "cp postfix.ccert_revoked.db kept"

        try server.breakMap(kept)
        try server.revoke([taro])
        try expectRefused(try server.converse(as: taro), by: server, "certificate revoked")
        try server.breakMap("mv kept postfix.ccert_revoked.db")
        try expectRelayed(try server.converse(as: taro), by: server)
    }

    @Test("The files of revocation lists are nothing to Postfix: the map alone counts")
    func withoutLists() throws {
        let server = try Postfix.start(Authority(.simplest).withServer())
        let taro = try server.authority.issueClient()
        try server.breakMap("rm crl.pem crl-1.pem ca-crl.pem *.r0")

        try expectRelayed(try server.converse(as: taro), by: server)
        try server.revoke([taro])
        try expectRefused(try server.converse(as: taro), by: server, "certificate revoked")
    }

    private func expectRelayed(
        _ seen: Conversation, by server: Postfix, at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(seen.verified, "\(seen)", sourceLocation: location)
        #expect(seen.recipient?.code == 250, "\(seen)\n\(server.log)", sourceLocation: location)
    }

    /// TLS came about, the server was verified, and mail for others was refused for this reason.
    private func expectRefused(
        _ seen: Conversation, by server: Postfix, _ reason: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(seen.verified, "\(seen)", sourceLocation: location)
        let reply = try #require(seen.recipient, "\(seen)", sourceLocation: location)
        #expect([454, 554].contains(reply.code), "\(seen)\n\(server.log)", sourceLocation: location)
        #expect(reply.text.contains(reason), "\(reply)", sourceLocation: location)
    }
}
