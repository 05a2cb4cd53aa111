import Foundation
import TestSupport
import Testing

@Suite("A CA whose files are damaged, gone, or of a later version", .onThreads)
struct DamageTests {
    static let commands = [["issue-server", "mx.example.org"], ["issue-client", "taro@example.org"]]

    /// Something done to the files of a CA, and what mailca has to say to it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// A shell script that sees `$home`.
        let script: String
        let status: Int32
        /// The file that has to be named.
        let file: String

        init(_ what: String, _ file: String, status: Int32 = 65, _ script: String) {
            testDescription = what
            self.script = script
            self.status = status
            self.file = file
        }
    }

    static let damages = [
        Damage("a CA certificate of garbage", "ca/root.pem", "echo garbage >\"$home/ca/root.pem\""),
        Damage("half of a CA certificate", "ca/root.pem", "truncate -s 300 \"$home/ca/root.pem\""),
        Damage("an empty CA certificate", "ca/root.pem", ": >\"$home/ca/root.pem\""),
        Damage(
            "another CA's certificate", "ca",
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Example Mail CA' -keyout /dev/null -out \"$home/ca/root.pem\""
        ),
        Damage(
            "a CA certificate with a byte changed in its signature", "ca",
            "head -c -60 \"$home/ca/root.pem\" >\"$home/x\"; printf 'AAAA' >>\"$home/x\"; tail -c 56 \"$home/ca/root.pem\" >>\"$home/x\"; cat \"$home/x\" >\"$home/ca/root.pem\"; rm \"$home/x\""
        ),
        Damage("no CA certificate", "ca", "rm \"$home/ca/root.pem\""),
        Damage("a CA key of garbage", "ca/root.key", "echo garbage >\"$home/ca/root.key\""),
        Damage("half of a CA key", "ca/root.key", "truncate -s 120 \"$home/ca/root.key\""),
        Damage("an empty CA key", "ca/root.key", ": >\"$home/ca/root.key\""),
        Damage(
            "another key", "ca/root.key",
            "openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out \"$home/ca/root.key\""),
        Damage("no CA key", "ca/root.key", status: 66, "rm \"$home/ca/root.key\""),
        Damage("a directory for a CA key", "ca/root.key", "rm \"$home/ca/root.key\"; mkdir \"$home/ca/root.key\""),
        Damage(
            "a ledger of garbage", "ledger.sqlite",
            "echo 'garbage, and more of it than a header has, which is a hundred bytes: garbage garbage garbage garbage' >\"$home/ledger.sqlite\""
        ),
        Damage("an empty ledger", "ledger.sqlite", ": >\"$home/ledger.sqlite\""),
        Damage("half of a ledger", "ledger.sqlite", "truncate -s 20480 \"$home/ledger.sqlite\""),
        Damage(
            "a ledger with a page of zeros", "ledger.sqlite",
            "dd if=/dev/zero of=\"$home/ledger.sqlite\" bs=4096 seek=3 count=1 conv=notrunc status=none"),
        Damage(
            "a ledger with a header of zeros", "ledger.sqlite",
            "dd if=/dev/zero of=\"$home/ledger.sqlite\" bs=100 count=1 conv=notrunc status=none"),
        Damage("no ledger", "ledger.sqlite", "rm \"$home/ledger.sqlite\""),
        Damage(
            "a directory for a ledger", "ledger.sqlite", "rm \"$home/ledger.sqlite\"; mkdir \"$home/ledger.sqlite\""),
    ]

    @Test("It is said which file is damaged and where a good one may be, and nothing changes", arguments: damages)
    func damaged(_ damage: Damage) throws {
        for arguments in Self.commands {
            let place = try Place(.open)
            let made = try Command.run("sh", ["-c", damage.script], environment: ["home": place.home])
            #expect(made.status == 0, "\(made.everything)")
            try expectNothingChanges(in: place) {
                let outcome = try place.mailca(arguments)
                expectRefusal(outcome, status: damage.status, saying: "\(place.home)/\(damage.file)", "backup")
            }
        }
    }

    @Test("verify says so too, and init-ca does not make another CA over it", arguments: damages)
    func verifyAndInit(_ damage: Damage) throws {
        let place = try Place(.open)
        _ = try Command.run("sh", ["-c", damage.script], environment: ["home": place.home])
        let before = place.tree
        let verified = try place.mailca(["verify"])
        #expect([1, 65, 66].contains(verified.status), "\(verified.everything)")
        #expect(verified.everything.contains(place.home))
        let made = try place.mailca(["init-ca", "--domain", "example.org", "--no-passphrase"])
        #expect([65, 66, 73].contains(made.status), "\(made.everything)")
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("A locked CA whose key was cut off is damaged, not in want of another passphrase")
    func lockedKey() throws {
        let place = try Place(.locked)
        #expect(truncate("\(place.home)/ca/root.key", 200) == 0)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-client", "taro@example.org", "--passphrase-file", place.passphraseFile]),
                status: 65,
                saying: "\(place.home)/ca/root.key", "backup")
        }
    }

    @Test(
        "A ledger of a later version is left alone, with status 78",
        arguments: commands + [["verify"], ["init-ca", "--domain", "example.org", "--no-passphrase"]])
    func newer(_ arguments: [String]) throws {
        let place = try Place(.open)
        try Ledger(home: place.home).sql("PRAGMA user_version = 999")
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(arguments), status: 78, saying: "\(place.home)/ledger.sqlite", "999", "later version")
        }
    }

    @Test(
        "A revoked certificate with a date or a number that cannot be is on no list, and no list is made",
        arguments: ["revoked_at = 9000000000000", "revoked_at = -1", "serial = zeroblob(21)", "serial = zeroblob(300)"])
    func impossible(change: String) throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try place.run(["revoke", "taro@example.org"])
        try Ledger(home: place.home).sql("UPDATE certificate SET \(change) WHERE revoked_at IS NOT NULL")
        expectRefusal(try place.mailca(["crl"]), status: 65, saying: "cannot be", "restore")
    }

    @Test("A ledger that another program holds is waited for", .timed)
    func heldForAWhile() throws {
        let place = try Place(.open)
        let program = """
            import sqlite3, sys, time
            database = sqlite3.connect(sys.argv[1], isolation_level=None)
            database.execute("BEGIN IMMEDIATE")
            print("held", flush=True)
            time.sleep(1.5)
            database.execute("COMMIT")
            """
        let holder = try Child(
            ["python3", "-c", program, "\(place.home)/ledger.sqlite"],
            streams: .files(input: nil, output: place.file("held"), errors: "/dev/null"))
        try Child.until("the ledger is held") { try place.read("held") == "held\n" }
        let begin = Date()
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        #expect(Date().timeIntervalSince(begin) > 0.5, "it did not wait")
        #expect(try holder.wait().status == 0)
    }
}
