import Foundation
import MailLayouts
import TestSupport
import Testing

/// Maps of other kinds than Debian's, as Fedora, RHEL 10 and Arch need them: their Postfix has no Berkeley DB.
@Suite(.onThreads) struct PostfixMapTests {
    /// How the kind comes about.
    enum Choice: CaseIterable {
        /// Somebody says so.
        case named
        /// `postconf -m` has no `hash`.
        case only
    }

    @Test(
        "With maps of another kind our user relays, and who was revoked does not",
        arguments: [PostfixMapType.lmdb, .cdb],
        Choice.allCases)
    func relays(type: PostfixMapType, choice: Choice) throws {
        let other = type == .lmdb ? "cdb" : "lmdb"
        let server = try StockServer(
            Authority(.simplest).withServer(), folder: "/etc/postfix",
            setUp: PostfixApplyTests.debian
                + "\ngrep -v '^\(other)' /usr/share/postfix/dynamicmaps.cf >/etc/postfix/dynamicmaps.cf\n"
                + (choice == .only ? Self.withoutBerkeleyDB : "") + "postfix start")
        let taro = try server.authority.issueClient()

        try server.must(
            ["deploy", "postfix", "--apply-config", "--reload", "--relay", "listed"]
                + (choice == .named ? ["--map-type", type.rawValue] : []))

        let maps = try server.certificateNames.filter { $0.hasPrefix("postfix.") }
        let names = ["postfix.ccert_revoked", "postfix.clients"]
        #expect(maps == names.flatMap { [$0, $0 + type.suffix] }, "\(maps)")
        let lines = try server.room.must("postconf", ["-h", "mailca_relay"])
        #expect(lines.contains(" \(type.rawValue):") && !lines.contains("hash:"), "\(lines)")
        let seen = try server.converse("587", as: taro)
        #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.room.log)")

        try server.must(["revoke", "taro@example.org"])
        let revoked = try server.converse("587", as: taro)
        #expect(revoked.recipient?.text.contains("certificate revoked") == true, "\(revoked)\n\(server.room.log)")
        #expect(try server.must(["deploy"]).contains("Everything is up to date"))
        let verified = try server.mailca(["verify"])
        #expect(verified.status == 0, "\(verified.everything)")
    }

    @Test("A change of kind takes the old databases away, and an unknown one is refused with what there is")
    func changed() throws {
        let server = try StockServer(
            Authority(.simplest).withServer(), folder: "/etc/postfix",
            setUp: PostfixApplyTests.debian
                + "\ngrep -v '^cdb' /usr/share/postfix/dynamicmaps.cf >/etc/postfix/dynamicmaps.cf")
        try server.must(["deploy", "postfix"])
        #expect(try server.certificateNames.contains("postfix.ccert_revoked.db"))
        try server.must(["deploy", "postfix", "--map-type", "lmdb"])
        #expect(
            try server.certificateNames.filter { $0.hasPrefix("postfix.ccert_revoked.") } == [
                "postfix.ccert_revoked.lmdb"
            ])
        // It is remembered.
        let again = try server.must(["deploy", "postfix"])
        #expect(again.contains("check_ccert_access lmdb:"), "\(again)")
        let printed = try server.must(["deploy", "postfix", "--print"])
        #expect(printed.contains("check_ccert_access lmdb:"), "\(printed)")
        let outcome = try server.mailca(["deploy", "postfix", "--map-type", "cdb"])
        #expect(outcome.status == 64, "\(outcome.everything)")
        #expect(outcome.stderr.contains("It can make hash, lmdb"), "\(outcome.stderr)")
        #expect(try server.certificateNames.contains("postfix.ccert_revoked.lmdb"))
    }

    /// A Postfix that was built without it says so here.
    private static let withoutBerkeleyDB = """
        mv /usr/sbin/postconf /usr/sbin/postconf.real
        cat >/usr/sbin/postconf <<'END'
        #!/bin/sh
        [ "$1" = -m ] || exec /usr/sbin/postconf.real "$@"
        /usr/sbin/postconf.real -m | grep -v '^hash$'
        END
        chmod 755 /usr/sbin/postconf

        """
}
