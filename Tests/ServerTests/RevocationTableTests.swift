import Foundation
import TestSupport
import Testing

/// The rows of docs/revocation.md for the servers that read revocation lists alone: what is wrong with the files, and
/// that nobody who was revoked gets in. Postfix and Exim go by lists of their own, and have such tables in their suites.
@Suite(.onThreads) struct RevocationTableTests {
    enum Cause: String, CaseIterable, Sendable {
        case missing, empty, garbage, expired, foreign, withoutRoot, wrongOrder

        /// The commands that bring it about, in the directory.
        /// - Parameters:
        ///   - expired: a directory with lists of before.
        ///   - foreign: that of another CA of the same name.
        func commands(expired: String, foreign: String) -> String {
            switch self {
            case .missing: "rm -f crl*.pem ca-crl.pem *.r0"
            case .empty: "for f in crl*.pem ca-crl.pem; do : >$f; done"
            case .garbage: "for f in crl*.pem ca-crl.pem; do echo garbage >$f; done"
            case .expired: "cp \(expired)/crl*.pem \(expired)/ca-crl.pem ."
            case .foreign: "cp \(foreign)/crl*.pem .; cat cacert.pem crl.pem >ca-crl.pem"
            case .withoutRoot:
                "for l in *.r0; do case $(readlink $l) in crl-2.pem) rm $l;; esac; done; rm crl-2.pem; cp crl-1.pem crl.pem; cat cacert.pem crl-1.pem >ca-crl.pem"
            case .wrongOrder: "cat crl-2.pem crl-1.pem >crl.pem; cat crl.pem cacert.pem >ca-crl.pem"
            }
        }
    }

    enum Reader: String, CaseIterable, Sendable {
        case sendmail, dovecot, cyrus

        func start(_ authority: Authority) throws -> any Deployed {
            switch self {
            case .sendmail: try Sendmail.start(authority)
            case .dovecot: try Dovecot.start(authority)
            case .cyrus: try Cyrus.start(authority)
            }
        }
    }

    @Test(
        "Whatever is wrong with the lists, a revoked certificate does not count", arguments: Reader.allCases,
        Cause.allCases)
    func closed(reader: Reader, cause: Cause) throws {
        let setup = Setup(key: "ec-p256", hasIssuingCA: true)
        let authority = try Authority(setup, daysAgo: 5)
        _ = try authority.issueServer(daysAgo: 4)
        let old = try TemporaryDirectory()
        try authority.makeLists(days: 1, daysAgo: 3)
        try Self.shell("cp \(authority.certs)/*crl*.pem \(old.path)")
        let other = try Authority(setup, isOther: true).withServer()
        let (taro, hanako) = (try authority.issueClient(), try authority.issueClient("hanako@example.org"))
        try authority.revoke()
        let server = try reader.start(authority)
        #expect(try server.admits(hanako), "\(server.room.log)")
        #expect(try !server.admits(taro), "\(server.room.log)")

        try Self.shell(
            "cd \(authority.certs) && { \(cause.commands(expired: old.path, foreign: other.certs)); }")
        try server.reload()

        #expect(try !server.admits(taro), "\(server.room.log)")
        // The order is no matter, and Dovecot goes on with the lists that it has where there are none.
        let goesOn = cause == .wrongOrder || (reader == .dovecot && cause == .missing)
        #expect(try server.admits(hanako) == goesOn, "\(server.room.log)")
    }

    private static func shell(_ command: String) throws {
        let outcome = try Command.run("sh", ["-ec", command])
        try #require(outcome.status == 0, "\(command): \(outcome.everything)")
    }
}
