import Foundation
import TestSupport
import Testing

/// What `mailca verify URL` says of a real Sendmail. It runs beside the room, with the room's network.
@Suite(.onThreads) struct VerifySendmailTests {
    @Test("A server configured by the printed lines has nothing wrong, and asks for our users", arguments: Setup.all)
    func sound(setup: Setup) throws {
        let authority = try Authority(setup)
        let server = try authority.startSendmail()

        let seen = try server.verify()

        #expect(seen.status == 0, "\(seen.everything)\n\(server.log)")
        #expect(seen.stdout.contains("Nothing is wrong."), "\(seen.everything)")
        #expect(seen.stdout.contains("asks for certificates"))
    }

    @Test("A user's certificate relays, and one of a namesake's CA is refused", arguments: Setup.all)
    func client(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let stranger = try Authority(setup, isOther: true).issueClient()
        let server = try authority.startSendmail()

        let seen = try server.verify(client: taro, refused: stranger)

        #expect(seen.status == 0, "\(seen.everything)\n\(server.log)")
        #expect(seen.stdout.contains("[live.client-relays]"), "\(seen.everything)")
        #expect(seen.stdout.contains("[live.client-is-refused]"), "\(seen.everything)")
    }

    @Test("A revoked certificate is refused, and one that is not yet revoked is found to relay")
    func revoked() throws {
        let authority = try Authority(.simplest)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()

        let before = try server.verify(refused: taro)
        #expect(before.status == 1, "\(before.everything)")
        #expect(before.stdout.contains("[live.not-refused]"), "\(before.everything)")

        try authority.revoke()

        let after = try server.verify(refused: taro)
        #expect(after.status == 0, "\(after.everything)\n\(server.log)")
        let use = try server.verify(client: taro)
        #expect(use.status == 1)
        #expect(use.stdout.contains("[live.client-refused]"), "\(use.everything)")
    }

    @Test("A renewed certificate that the server was not told of is found, until the reload")
    func forgottenReload() throws {
        let authority = try Authority(.simplest)
        let server = try authority.startSendmail()
        try authority.renewServer()

        let before = try server.verify()
        #expect(before.status == 1, "\(before.everything)")
        #expect(before.stdout.contains("[live.other-certificate]"), "\(before.everything)")

        try server.reload()
        let after = try server.verify()
        #expect(after.status == 0, "\(after.everything)")
    }

    @Test("From the machine itself everybody relays, and that proves nothing of a certificate")
    func fromItself() throws {
        let authority = try Authority(.simplest)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail()

        let seen = try server.verify(client: taro, source: "127.0.0.1")

        #expect(seen.status == 0, "\(seen.everything)")
        #expect(seen.stdout.contains("[live.relays-anyway]"), "\(seen.everything)")
    }

    @Test("Another name than the certificate's, and a server that is not there, are said")
    func wrongPlace() throws {
        let authority = try Authority(.simplest)
        let server = try authority.startSendmail()

        let name = try server.verify("smtp://other.example.org")
        #expect(name.status == 1)
        #expect(name.stdout.contains("[live.name]"), "\(name.everything)")

        let port = try server.verify("imap://mail.example.org")
        #expect(port.status == 69, "\(port.everything)")
        #expect(port.stdout.contains("[live.unreachable]"))
    }

    @Test("Without its key the server is found to offer no TLS")
    func noKey() throws {
        let authority = try Authority(.simplest)
        let server = try authority.startSendmail()
        try FileManager.default.removeItem(atPath: "\(authority.certs)/privkey.pem")
        try server.reload()

        let seen = try server.verify()

        #expect(seen.status == 1)
        #expect(seen.stdout.contains("[live.no-tls]"), "\(seen.everything)")
    }
}

extension Sendmail {
    fileprivate func verify(
        _ url: String = "smtp://mail.example.org", client: Credentials? = nil, refused: Credentials? = nil,
        source: String = "127.0.0.2"
    ) throws -> Command.Outcome {
        try room.verify(url, certs: certs, client: client, refused: refused, source: source)
    }
}
