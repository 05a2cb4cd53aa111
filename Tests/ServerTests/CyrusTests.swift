import Foundation
import TestSupport
import Testing

/// What Debian's Cyrus does with the files that `mailca` writes and the lines that it prints.
@Suite(.onThreads) struct CyrusTests {
    private static let visited = KeptUntilEnd<Setup, Visited<Cyrus>> { setup in
        try Visited(setup) { authority, _ in try Cyrus.start(authority) }
    }

    @Test("The CA's certificate verifies the server's and its host name on both ports", arguments: Setup.all)
    func serverVerified(setup: Setup) throws {
        let server = try Self.visited[setup].server

        for isImplicit in [false, true] {
            let seen = try server.converse(isImplicit: isImplicit)
            #expect(seen.verified, "\(seen)\n\(server.log)")
            #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))
        }
        let other = try server.converse(serverName: "other.example.org")
        #expect(other.verifyError?.contains("Hostname mismatch") == true, "\(other)")
    }

    @Test("A certificate of our CA logs in as the user in it, and as no other", arguments: Setup.all)
    func logsIn(setup: Setup) throws {
        let visited = try Self.visited[setup]
        let (server, taro) = (visited.server, visited.taro)

        for isImplicit in [false, true] {
            let seen = try server.converse(as: taro, isImplicit: isImplicit)
            #expect(seen.isLoggedIn, "\(seen)\n\(server.log)")
        }
        #expect(try server.converse(.external("taro@example.org"), as: taro).isLoggedIn, "\(server.log)")
        for other in ["hanako@example.org", "cyrus", "taro"] {
            let seen = try server.converse(.external(other), as: taro)
            #expect(seen.login?.ok == false, "\(seen)\n\(server.log)")
        }
        let logins = lines(with: "User logged in", count: 3, by: server)
        #expect(logins.count == 3 && logins.allSatisfy { $0.contains("] taro@example.org EXTERNAL+TLS") }, "\(logins)")
    }

    @Test("Nobody else logs in by certificate", arguments: Setup.all, Stranger.allCases)
    func strangers(setup: Setup, stranger: Stranger) throws {
        let visited = try Self.visited[setup]
        let (server, shown) = (visited.server, visited.shown(by: stranger))

        try expectRefused(server.converse(as: shown), by: server)
        try expectRefused(server.converse(.external("taro@example.org"), as: shown, isImplicit: true), by: server)
    }

    @Test("A revoked certificate does not log in after a reload, and others do", arguments: Setup.all)
    func revoked(setup: Setup) throws {
        let server = try Cyrus.start(Authority(setup).withServer())
        let taro = try server.authority.issueClient()
        let hanako = try server.authority.issueClient("hanako@example.org")
        #expect(try server.converse(as: taro).isLoggedIn, "\(server.log)")

        try server.authority.revoke()
        try server.reload()

        try expectRefused(server.converse(as: taro), by: server)
        expectLogged("certificate revoked", by: server)
        #expect(try server.converse(as: hanako).isLoggedIn, "\(server.log)")
    }

    @Test("A revoked certificate does not log in on the TLS session of before", arguments: Resumption.all)
    func revokedThenResumed(resumption: Resumption) throws {
        let server = try Cyrus.start(Authority(resumption.setup).withServer())
        let taro = try server.authority.issueClient()

        for hasTickets in [true, false] {
            let user = hasTickets ? taro : try server.authority.issueClient("hanako@example.org")
            let seen = try server.resume(as: user, tls: resumption.tls, hasTickets: hasTickets) {
                try server.authority.revoke(hasTickets ? "taro@example.org" : "hanako@example.org")
                try server.reload()
            }
            #expect(!seen.resumed)
            try expectRefused(seen, by: server)
        }
        #expect(server.log.components(separatedBy: "User logged in").count == 3, "\(server.log)")
    }

    @Test("Between two reloads sessions are resumed, and nobody who tries is turned away", arguments: ["1.2", "1.3"])
    func resumed(tls: String) throws {
        let server = try Cyrus.start(Authority(.simplest).withServer())
        let taro = try server.authority.issueClient()

        for hasTickets in [true, false] {
            let seen = try server.resume(as: taro, tls: tls, hasTickets: hasTickets) {}
            #expect(seen.isLoggedIn, "\(seen)\n\(server.log)")
        }
    }

    @Test(
        "After a renewal and a reload the new certificate is served, and users log in as before", arguments: Setup.all)
    func renewed(setup: Setup) throws {
        let server = try Cyrus.start(Authority(setup).withServer())
        let taro = try server.authority.issueClient()
        let old = try server.converse(as: taro)

        try server.authority.renewServer()
        try server.reload()

        let seen = try server.converse(as: taro)
        #expect(seen.isLoggedIn, "\(seen)\n\(server.log)")
        #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))
        #expect(seen.certificateSHA256 != old.certificateSHA256)
    }

    @Test("Passwords go on beside certificates")
    func passwords() throws {
        let server = try Cyrus.start(Authority(.simplest).withServer())

        #expect(try server.converse(.password("taro@example.org", "secret")).isLoggedIn, "\(server.log)")
        #expect(try !server.converse(.password("taro@example.org", "wrong")).isLoggedIn, "\(server.log)")
    }

    @Test("Where port 993 demands a certificate nobody else is served there, and port 143 stays as it was")
    func demanded() throws {
        let authority = try Authority(.simplest, daysAgo: 3).withServer()
        let taro = try authority.issueClient()
        let server = try Cyrus.start(authority, .demand)

        #expect(try server.converse(as: taro, isImplicit: true).isLoggedIn, "\(server.log)")
        for stranger in Stranger.allCases {
            let shown = try stranger.credentials(against: authority)
            let seen = try server.converse(as: shown, isImplicit: true)
            #expect(seen.greeting == nil && seen.error != nil, "\(stranger): \(seen)\n\(server.log)")
        }
        #expect(try server.converse(.password("taro@example.org", "secret")).isLoggedIn, "\(server.log)")
        #expect(try !server.converse(as: taro).isLoggedIn, "\(server.log)")
    }

    @Test("By password or by certificate, and only under TLS")
    func passwordOrCertificate() throws {
        let server = try Cyrus.start(Authority(.simplest).withServer(), .passwordOrCertificate)
        let taro = try server.authority.issueClient()

        #expect(try server.converse(as: taro).isLoggedIn, "\(server.log)")
        #expect(try server.converse(.password("taro@example.org", "secret")).isLoggedIn, "\(server.log)")
        let inTheClear = try server.converse(.password("taro@example.org", "secret"), secured: false)
        #expect(inTheClear.login?.ok == false, "\(inTheClear)")
    }

    @Test("For encryption alone a certificate logs nobody in")
    func encryption() throws {
        let server = try Cyrus.start(Authority(.simplest).withServer(), .encryption, extra: "virtdomains: userid\n")
        let taro = try server.authority.issueClient()

        let seen = try server.converse(as: taro)
        #expect(seen.capabilities?.contains("AUTH=EXTERNAL") == false && seen.login?.ok == false, "\(seen)")
        #expect(try server.converse(.password("taro@example.org", "secret")).isLoggedIn, "\(server.log)")
    }

    @Test(
        "Without a list that is good nobody logs in by certificate, until it is back",
        arguments: [
            "rm ca-crl.pem", ": >ca-crl.pem", "echo garbage >ca-crl.pem", "cp cacert.pem ca-crl.pem",
            "cat cacert.pem crl-1.pem >ca-crl.pem", "cat cacert.pem crl-2.pem >ca-crl.pem",
            "head -c 900 ca-crl.pem >part && mv part ca-crl.pem",
        ])
    func badList(command: String) throws {
        let server = try Cyrus.start(Authority(Setup(key: "ec-p256", hasIssuingCA: true)).withServer())
        let taro = try server.authority.issueClient()

        try server.change("cp ca-crl.pem good; \(command)")
        try expectRefused(server.converse(as: taro), by: server)
        #expect(try server.converse(.password("taro@example.org", "secret")).isLoggedIn, "\(server.log)")
        try server.change("cp good ca-crl.pem")
        #expect(try server.converse(as: taro).isLoggedIn, "\(server.log)")
    }

    @Test("Lists may stand in any order")
    func listOrder() throws {
        let server = try Cyrus.start(Authority(Setup(key: "ec-p256", hasIssuingCA: true)).withServer())
        let taro = try server.authority.issueClient()
        let hanako = try server.authority.issueClient("hanako@example.org")
        try server.authority.revoke()

        try server.change("cat crl-2.pem crl-1.pem cacert.pem >ca-crl.pem")

        try expectRefused(server.converse(as: taro), by: server)
        #expect(try server.converse(as: hanako).isLoggedIn, "\(server.log)")
    }

    /// The server was verified, and there was no login: either TLS ended, or EXTERNAL was not to be had.
    private func expectRefused(
        _ seen: MailboxConversation, by server: Cyrus, at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(seen.verifyError == nil, "\(seen)", sourceLocation: location)
        #expect(seen.login?.ok == false || seen.error?.hasPrefix("SSL") == true, "\(seen)", sourceLocation: location)
        #expect(!seen.isLoggedIn, "\(seen)\n\(server.log)", sourceLocation: location)
    }
}
