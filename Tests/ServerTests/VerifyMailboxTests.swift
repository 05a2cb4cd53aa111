import Foundation
import TestSupport
import Testing

/// What `mailca verify URL` says of real servers that users read their mail at.
@Suite(.onThreads) struct VerifyMailboxTests {
    @Test("Dovecot lets a user in as himself and as no other, and no namesake", arguments: ["imap", "imaps"])
    func dovecot(kind: String) throws {
        let authority = try Authority(.simplest).withServer()
        let taro = try authority.issueClient()
        let stranger = try Authority(.simplest).issueClient()
        let server = try Dovecot.start(authority)

        let seen = try server.room.verify(
            "\(kind)://mail.example.org", certs: authority.certs, client: taro, refused: stranger)

        #expect(seen.status == 0, "\(seen.everything)\n\(server.log)")
        #expect(seen.stdout.contains("logs in, as taro@example.org and as no other"), "\(seen.everything)")
        #expect(seen.stdout.contains("[live.client-is-refused]"), "\(seen.everything)")
    }

    @Test("Cyrus lets a user in as himself and as no other, and no namesake")
    func cyrus() throws {
        let authority = try Authority(.simplest).withServer()
        let taro = try authority.issueClient()
        let stranger = try Authority(.simplest).issueClient()
        let server = try Cyrus.start(authority)

        let seen = try server.room.verify(
            "imap://mail.example.org", certs: authority.certs, client: taro, refused: stranger)

        #expect(seen.status == 0, "\(seen.everything)\n\(server.log)")
        #expect(seen.stdout.contains("logs in, as taro@example.org and as no other"), "\(seen.everything)")
        #expect(seen.stdout.contains("[live.client-is-refused]"), "\(seen.everything)")
    }
}
