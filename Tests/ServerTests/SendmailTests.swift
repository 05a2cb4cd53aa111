import Foundation
import TestSupport
import Testing

/// What Debian's Sendmail does with the files that `mailca` writes and the lines that it prints.
@Suite(.onThreads) struct SendmailTests {
    private static let visited = KeptUntilEnd<Setup, Visited<Sendmail>> { setup in
        try Visited(setup) { authority, _ in try Sendmail.start(authority) }
    }

    /// Nobody the server has anything to do with: whether it takes mail for them is whether it relays.
    static let outsider = "someone@elsewhere.test"

    @Test("A self-signed certificate serves STARTTLS and is verified by the file itself", arguments: Setup.keys)
    func selfSigned(key: String) throws {
        let folder = try TemporaryDirectory()
        let certs = folder.file("certs")
        let made = try Command.mailca(
            ["self-signed", "mail.example.org", "--certs", certs, "--key", key, "--json"])
        let server = try Sendmail.start(owner: folder, certs: certs, mc: try MailCAOutput(made).sendmailMC)

        let seen = try server.converse(verifying: "\(certs)/cert.pem", recipient: Self.outsider)

        #expect(seen.offersSTARTTLS, "\(server.log)")
        #expect(seen.verified, "\(seen)")
        #expect(seen.tlsVersion == "TLSv1.3")
        #expect(try seen.certificateSHA256 == fingerprint(of: "\(certs)/cert.pem"))
        #expect(seen.recipient?.code == 550, "relays without a certificate: \(seen)")
    }

    @Test("A self-signed certificate is refused under another host name")
    func selfSignedOtherName() throws {
        let folder = try TemporaryDirectory()
        let certs = folder.file("certs")
        let made = try Command.mailca(["self-signed", "mail.example.org", "--certs", certs, "--json"])
        let server = try Sendmail.start(owner: folder, certs: certs, mc: try MailCAOutput(made).sendmailMC)

        let seen = try server.converse(verifying: "\(certs)/cert.pem", serverName: "other.example.org")

        #expect(seen.offersSTARTTLS, "\(server.log)")
        #expect(!seen.verified)
        #expect(seen.verifyError?.contains("Hostname mismatch") == true, "\(seen)")
    }

    @Test("The CA's certificate verifies the server's and its host name", arguments: Setup.all)
    func serverVerified(setup: Setup) throws {
        let server = try Self.visited[setup].server

        let seen = try server.converse(verifying: "\(server.certs)/cacert.pem")

        #expect(seen.offersSTARTTLS, "\(server.log)")
        #expect(seen.verified, "\(seen)")
        #expect(try seen.certificateSHA256 == fingerprint(of: "\(server.certs)/cert.pem"))
        #expect(!server.log.contains("unsafe"), "\(server.log)")
    }

    @Test("A certificate of our CA relays, also beside an expired one of the same person", arguments: Setup.all)
    func relaysForOurs(setup: Setup) throws {
        let visited = try Self.visited[setup]

        let ours = try visited.server.converse(
            verifying: "\(visited.server.certs)/cacert.pem", as: visited.taro, recipient: Self.outsider)

        #expect(ours.recipient?.code == 250, "\(ours)\n\(visited.server.log)")
        expectLogged("verify=OK", by: visited.server)
    }

    @Test("Nobody else relays", arguments: Setup.all, Stranger.allCases)
    func strangers(setup: Setup, stranger: Stranger) throws {
        let visited = try Self.visited[setup]

        let seen = try visited.server.converse(
            verifying: "\(visited.server.certs)/cacert.pem", as: visited.shown(by: stranger), recipient: Self.outsider)

        let reason =
            switch stranger {
            case .nobody: "verify=NO,"
            case .otherCA: "verify=FAIL"
            case .expired: "verifymsg=certificate has expired"
            case .server: "verifymsg=unsuitable certificate purpose"
            }
        try expectRefused(seen, by: visited.server, because: reason)
    }

    @Test("A revoked certificate does not relay any more, without a reload", arguments: Setup.all)
    func revoked(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()
        let file = "\(authority.certs)/cacert.pem"
        let before = try server.converse(verifying: file, as: taro, recipient: Self.outsider)
        #expect(before.recipient?.code == 250, "\(before)\n\(server.log)")

        try authority.revoke()

        let after = try server.converse(verifying: file, as: taro, recipient: Self.outsider)
        try expectRefused(after, by: server, because: "verifymsg=certificate revoked")
    }

    @Test("A revoked certificate's earlier TLS session does not relay after a reload")
    func revokedThenResumed() throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false))
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()

        let seen = try server.resume(
            verifying: "\(authority.certs)/cacert.pem", as: taro, recipient: Self.outsider
        ) {
            expectLogged("verify=OK", by: server)
            try authority.revoke()
            try server.reload()
        }

        #expect(!seen.resumed)
        try expectRefused(seen, by: server, because: "verifymsg=certificate revoked")
    }

    @Test("Without its CRLs the server goes on with TLS and relays for nobody", arguments: Setup.all)
    func missingCRLs(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()
        let file = "\(authority.certs)/cacert.pem"
        let before = try server.converse(verifying: file, as: taro, recipient: Self.outsider)
        #expect(before.recipient?.code == 250, "\(before)\n\(server.log)")

        let lists = try FileManager.default.contentsOfDirectory(atPath: authority.certs)
            .filter { $0.hasPrefix("crl") || $0.contains(".r") }
        #expect(lists.contains("crl.pem"))
        for list in lists { try FileManager.default.removeItem(atPath: "\(authority.certs)/\(list)") }
        try server.reload()

        let after = try server.converse(verifying: file, as: taro, recipient: Self.outsider)
        try expectRefused(after, by: server, because: "verifymsg=unable to get certificate CRL")
    }

    @Test(
        "The access map has the CA's name as Sendmail looks it up",
        arguments: [
            #"Example "Mail" (CA) + more \ <x>"#, "Ëxample 日本 CA", "a/b=c, d:e;f", "UPPER and lower",
            "#1 at 100% $j `it's' @[x] {y} ~!^&*|?", "日本日本日本日本日本日本日",
        ])
    func accessMap(name: String) throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false), name: name)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()

        let seen = try server.converse(
            verifying: "\(authority.certs)/cacert.pem", as: taro, recipient: Self.outsider)

        #expect(seen.recipient?.code == 250, "\(seen)\n\(server.log)")
    }

    /// TLS came about, the server was verified, and mail for others was refused for this reason.
    private func expectRefused(
        _ seen: Conversation, by server: Sendmail, because reason: String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(seen.verified, "\(seen)", sourceLocation: location)
        let reply = try #require(seen.recipient, "\(seen)", sourceLocation: location)
        #expect(reply.code == 550, "\(seen)\n\(server.log)", sourceLocation: location)
        #expect(reply.text.hasPrefix("5.7.1"), "\(reply)", sourceLocation: location)
        expectLogged(reason, by: server, at: location)
    }

    /// The SHA-256 of the first certificate in a file, by OpenSSL's own program.
    private func fingerprint(of path: String) throws -> String {
        let outcome = try Command.run("openssl", ["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
        let value = try #require(outcome.stdout.split(separator: "=").last, "\(outcome.everything)")
        return value.filter(\.isHexDigit).lowercased()
    }
}
