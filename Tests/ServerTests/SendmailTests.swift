import Foundation
import TestSupport
import Testing

/// What Debian's Sendmail does with the files that `mailca` writes and the lines that it prints.
@Suite struct SendmailTests {
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
        let authority = try Authority(setup)
        let server = try authority.startSendmail()

        let seen = try server.converse(verifying: "\(authority.certs)/cacert.pem")

        #expect(seen.offersSTARTTLS, "\(server.log)")
        #expect(seen.verified, "\(seen)")
        #expect(try seen.certificateSHA256 == fingerprint(of: "\(authority.certs)/cert.pem"))
        #expect(!server.log.contains("unsafe"), "\(server.log)")
    }

    @Test("A certificate of our CA relays, and none does not", arguments: Setup.all)
    func relaysForOurs(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()
        let file = "\(authority.certs)/cacert.pem"

        let ours = try server.converse(verifying: file, as: taro, recipient: Self.outsider)
        #expect(ours.recipient?.code == 250, "\(ours)\n\(server.log)")
        #expect(server.log.contains("verify=OK"))

        let nobody = try server.converse(verifying: file, recipient: Self.outsider)
        try expectRefused(nobody, by: server, because: "verify=NO,")
    }

    @Test("A certificate of another CA of the same name, for the same person, does not relay", arguments: Setup.all)
    func otherCA(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try Authority(setup).issueClient()
        let server = try authority.startSendmail()

        let seen = try server.converse(
            verifying: "\(authority.certs)/cacert.pem", as: taro, recipient: Self.outsider)

        try expectRefused(seen, by: server, because: "verify=FAIL")
    }

    @Test("An expired certificate does not relay, and the same person's new one does", arguments: Setup.all)
    func expired(setup: Setup) throws {
        let authority = try Authority(setup, daysAgo: 3)
        let old = try authority.issueClient(days: 1, daysAgo: 3)
        let new = try authority.issueClient()
        let server = try authority.startSendmail()
        let file = "\(authority.certs)/cacert.pem"

        let relayed = try server.converse(verifying: file, as: new, recipient: Self.outsider)
        #expect(relayed.recipient?.code == 250, "\(relayed)\n\(server.log)")

        let seen = try server.converse(verifying: file, as: old, recipient: Self.outsider)
        try expectRefused(seen, by: server, because: "verifymsg=certificate has expired")
    }

    @Test("The server's certificate does not relay in a client's hand", arguments: Setup.all)
    func serverCertificateAsClient(setup: Setup) throws {
        let authority = try Authority(setup)
        let server = try authority.startSendmail()

        let seen = try server.converse(
            verifying: "\(authority.certs)/cacert.pem", as: authority.serverCredentials, recipient: Self.outsider)

        try expectRefused(seen, by: server, because: "verifymsg=unsuitable certificate purpose")
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
            #expect(server.log.contains("verify=OK"), "\(server.log)")
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
        #expect(server.log.contains(reason), "\(server.log)", sourceLocation: location)
    }

    /// The SHA-256 of the first certificate in a file, by OpenSSL's own program.
    private func fingerprint(of path: String) throws -> String {
        let outcome = try Command.run("openssl", ["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
        let value = try #require(outcome.stdout.split(separator: "=").last, "\(outcome.everything)")
        return value.filter(\.isHexDigit).lowercased()
    }
}
