import Foundation
import TestSupport
import Testing

/// What Exim does when the revocation lists, or the list of those that may relay, are not as they should be.
@Suite(.onThreads) struct EximListTests {
    /// Something that is wrong with crl.pem, and what it makes of TLS.
    struct Cause: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What makes it so, in the directory of certificates; `expired.pem` and `other.pem` lie there.
        let command: String
        /// Whether TLS goes on.
        let hasTLS: Bool
        /// Whether a certificate that was revoked, and by mistake stays on the list, relays.
        let letsRevokedThrough: Bool

        static let all = [
            Cause(testDescription: "missing", command: "rm crl.pem", hasTLS: false, letsRevokedThrough: false),
            Cause(testDescription: "empty", command: ": >crl.pem", hasTLS: false, letsRevokedThrough: false),
            Cause(testDescription: "no list", command: "echo x >crl.pem", hasTLS: false, letsRevokedThrough: false),
            Cause(
                testDescription: "expired", command: "cp expired.pem crl.pem", hasTLS: true, letsRevokedThrough: true),
            Cause(
                testDescription: "another CA's", command: "cp other.pem crl.pem", hasTLS: true, letsRevokedThrough: true
            ),
            Cause(
                testDescription: "in the wrong order", command: "cat crl-2.pem crl-1.pem >crl.pem", hasTLS: true,
                letsRevokedThrough: false),
            Cause(
                testDescription: "without the issuing CA's", command: "cp crl-2.pem crl.pem", hasTLS: true,
                letsRevokedThrough: true),
            Cause(
                testDescription: "without the root's", command: "cp crl-1.pem crl.pem", hasTLS: true,
                letsRevokedThrough: false),
        ]
    }

    @Test("Where the revocation list is not as it should be, the list of fingerprints holds", arguments: Cause.all)
    func cause(cause: Cause) throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: true), daysAgo: 30)
        _ = try authority.issueServer(daysAgo: 30)
        let taro = try authority.issueClient(daysAgo: 30)
        let hanako = try authority.issueClient("hanako@example.org", daysAgo: 29)
        try authority.makeLists(days: 10, daysAgo: 20)
        let server = try Exim.start(authority, listed: [taro, hanako])
        try server.among(certificates: "cp crl.pem expired.pem")
        let other = try Authority(Setup(key: "ec-p256", hasIssuingCA: true), isOther: true)
        _ = try other.issueServer()
        try FileManager.default.copyItem(atPath: "\(other.certs)/crl.pem", toPath: "\(authority.certs)/other.pem")
        try authority.revoke()

        try server.among(certificates: cause.command)

        let mistaken = try server.converse(as: taro)
        #expect((mistaken.tlsVersion != nil) == cause.hasTLS, "\(mistaken)\n\(server.log)")
        #expect(mistaken.startTLS?.code == (cause.hasTLS ? 220 : 454), "\(mistaken)\n\(server.log)")
        #expect(mistaken.recipient?.code == (cause.letsRevokedThrough ? 250 : 550), "\(mistaken)\n\(server.log)")
        try server.list([hanako])
        #expect(try server.converse(as: taro).recipient?.code == 550, "\(server.log)")
        #expect(try server.converse(as: hanako).recipient?.code == (cause.hasTLS ? 250 : 550), "\(server.log)")
    }

    @Test("Without the list of those that may relay, holders of certificates are told to come again; nobody else is")
    func noClients() throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false))
        _ = try authority.issueServer()
        let taro = try authority.issueClient()
        let server = try Exim.start(authority, listed: [taro])

        try server.among(certificates: "rm exim.clients")

        #expect(try server.converse(as: taro).recipient?.code == 451, "\(server.log)")
        #expect(try server.converse().recipient?.code == 550, "\(server.log)")
    }

    @Test("A key that Exim may not read turns TLS off")
    func unreadableKey() throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false))
        _ = try authority.issueServer()
        let server = try Exim.start(authority, listed: [])

        try server.among(certificates: "chmod 0600 privkey.pem")
        try server.reload()

        let seen = try server.converse()
        #expect(seen.startTLS?.code == 454, "\(seen)\n\(server.log)")
        expectLogged("Error while reading file", by: server)
    }
}
