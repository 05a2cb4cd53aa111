import Foundation
import TestSupport
import Testing

/// What Sendmail does when the revocation lists are not as they should be. It reads them in two places: `crl.pem` when it
/// starts, and the files that the links `<hash>.r0` lead to at every connection.
@Suite(.onThreads) struct SendmailListTests {
    /// What is wrong with the lists, and whether those that were not revoked relay.
    struct Cause: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What makes it so, in the directory of certificates; `expired-N.pem` and `other.pem` lie there.
        let command: String
        let lastsForOthers: Bool

        static let all = [
            Cause(testDescription: "crl.pem missing", command: "rm crl.pem", lastsForOthers: true),
            Cause(testDescription: "crl.pem empty", command: ": >crl.pem", lastsForOthers: true),
            Cause(testDescription: "crl.pem another CA's", command: "cp other.pem crl.pem", lastsForOthers: true),
            Cause(
                testDescription: "crl.pem in the wrong order", command: "cat crl-2.pem crl-1.pem >crl.pem",
                lastsForOthers: true),
            Cause(testDescription: "links missing", command: "rm *.r0", lastsForOthers: false),
            Cause(testDescription: "all empty", command: "for f in crl*.pem; do : >$f; done", lastsForOthers: false),
            Cause(
                testDescription: "all expired", command: "cp expired-1.pem crl-1.pem; cp expired-1.pem crl.pem",
                lastsForOthers: false),
            Cause(
                testDescription: "all another CA's", command: "for f in crl*; do cp other.pem $f; done",
                lastsForOthers: false),
            Cause(
                testDescription: "in the wrong order, and a link broken",
                command: "cat crl-2.pem crl-1.pem >crl.pem; rm crl-1.pem", lastsForOthers: false),
            Cause(testDescription: "the root's missing", command: "rm crl-2.pem", lastsForOthers: false),
        ]
    }

    @Test("Where the lists are not as they should be a revoked certificate does not relay", arguments: Cause.all)
    func cause(cause: Cause) throws {
        let setup = Setup(key: "ec-p256", hasIssuingCA: true)
        let authority = try Authority(setup, daysAgo: 30)
        let mc = try authority.issueServer(daysAgo: 30)
        let hanako = try authority.issueClient("hanako@example.org", daysAgo: 29)
        let taro = try authority.issueClient(daysAgo: 30)
        try authority.makeLists(days: 10, daysAgo: 20)
        let certs = authority.certs
        try FileManager.default.copyItem(atPath: "\(certs)/crl-1.pem", toPath: "\(certs)/expired-1.pem")
        let server = try Sendmail.start(owner: authority, certs: certs, mc: mc, access: "\(certs)/sendmail.access")
        let other = try Authority(setup, isOther: true)
        _ = try other.issueServer()
        try FileManager.default.copyItem(atPath: "\(other.certs)/crl.pem", toPath: "\(certs)/other.pem")
        try authority.revoke()

        let outcome = try Command.run("/bin/sh", ["-ec", "cd \(certs) && \(cause.command)"])
        try #require(outcome.status == 0, "\(outcome.everything)")
        try server.reload()

        let file = "\(certs)/cacert.pem"
        let seen = try server.converse(verifying: file, as: taro, recipient: SendmailTests.outsider)
        #expect(seen.verified && seen.recipient?.code == 550, "\(seen)\n\(server.log)")
        let others = try server.converse(verifying: file, as: hanako, recipient: SendmailTests.outsider)
        #expect(others.recipient?.code == (cause.lastsForOthers ? 250 : 550), "\(others)\n\(server.log)")
    }
}
