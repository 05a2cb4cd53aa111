import Foundation
import TestSupport
import Testing

@Suite("mailca restore", .onThreads)
struct RestoreCommandTests {
    private static let file = "users/mailca.backup"

    /// A place with a CA, a server's and a user's certificate, one that was revoked, and a backup of it.
    private func place(_ authority: Place.Authority = .open) throws -> Place {
        let place = try Place(authority)
        let secret = ["MAILCA_PASSPHRASE_FILE": place.passphraseFile]
        try place.run(["issue-server", "mx.example.org"], environment: secret)
        for user in ["taro", "hanako"] {
            try place.run(
                ["issue-client", "\(user)@example.org", "--out", place.out, "--format", "pem"], environment: secret)
        }
        try place.run(["revoke", "hanako@example.org", "--reason", "superseded"], environment: secret)
        try place.run(["backup", place.file(Self.file)])
        return place
    }

    /// What a ledger has that matters, without what putting it back adds.
    private func content(_ place: Place, home: String? = nil) throws -> [String] {
        let ledger = Ledger(home: home ?? place.home)
        return try [
            "SELECT * FROM certificate", "SELECT * FROM certificate_name", "SELECT * FROM deployment",
            "SELECT * FROM setting", "SELECT * FROM revocation_list WHERE act IS NOT NULL",
            "SELECT * FROM revocation_list_part", "SELECT * FROM act WHERE kind <> 'restored' ORDER BY id",
        ].flatMap { try ledger.sql($0) }
    }

    private func restore(_ arguments: String..., in place: Place) throws -> Command.Outcome {
        try place.mailca(["restore", place.file(Self.file)] + arguments)
    }

    /// Everything works, and knows what the backup knew.
    private func expectOrder(_ place: Place, at location: SourceLocation = #_sourceLocation) throws {
        let verified = try place.mailca(["verify"])
        #expect(verified.status == 0, "\(verified.everything)", sourceLocation: location)
        try place.run(["crl"])
        let audited = try place.mailca(["audit", "--verify"])
        #expect(audited.status == 0, "\(audited.everything)", sourceLocation: location)
        try place.run(["issue-client", "jiro@example.org", "--out", place.file("users/new"), "--format", "pem"])
        #expect(Aftermath(place).unfinished == [], sourceLocation: location)
        #expect(
            try Ledger(home: place.home).sql("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'backup%'") == ["0"],
            sourceLocation: location)
    }

    @Test(
        "Whatever was damaged is as it was in the backup, and what was there is kept beside",
        arguments: DamageTests.damages)
    func damaged(_ damage: DamageTests.Damage) throws {
        let place = try place()
        let before = try content(place)
        let keys = Tree("\(place.home)/ca")
        _ = try Command.run("sh", ["-c", damage.script], environment: ["home": place.home])
        let broken = place.homeTree
        let outcome = try restore(in: place)
        if damage.testDescription == "a directory for a CA key" {
            // Only its owner knows what is in it.
            expectRefusal(outcome, status: 73, saying: "\(place.home)/ca/root.key is a directory", "Move it away")
            return
        }
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(try content(place) == before)
        #expect(Tree("\(place.home)/ca").without { $0.contains(".2") } == keys)
        let isLedger = damage.file == "ledger.sqlite"
        if isLedger {
            let kept = place.homeTree.nodes.filter { $0.key.contains("ledger.sqlite.2") && !$0.key.contains("/") }
            #expect(kept.values.first == broken.nodes["ledger.sqlite"])
            #expect(kept.count == (broken.nodes["ledger.sqlite"] == nil ? 0 : 1))
        } else {
            #expect(outcome.stdout.contains("The ledger is whole, and was left as it is"), "\(outcome.everything)")
        }
        for (name, node) in broken.nodes where name.hasPrefix("ca/") && keys.nodes[String(name.dropFirst(3))] != node {
            #expect(
                place.homeTree.nodes.contains { $0.key.hasPrefix("\(name).2") && $0.value == node }
                    || node == .directory(mode: 0o755), "\(name) was not kept")
        }
        try expectOrder(place)
    }

    @Test("A ledger with a page overwritten is refused at once, and put back")
    func pages() throws {
        let place = try place()
        let before = try content(place)
        let good = try #require(place.tree.content("var/home/ledger.sqlite"))
        let count = good.count / 4_096
        #expect(count > 20)
        for number in 0..<count {
            let range = number * 4_096..<(number + 1) * 4_096
            let other = (number * 7 + 3) % count
            let noise = Data((0..<4_096).map { _ in UInt8.random(in: 0...255) })
            for page in [Data(count: 4_096), noise, good[other * 4_096..<(other + 1) * 4_096]]
            where good[range] != page {
                var bytes = good
                bytes.replaceSubrange(range, with: page)
                try bytes.write(to: URL(fileURLWithPath: "\(place.home)/ledger.sqlite"))
                let refused = try place.mailca(["crl"])
                // Empty pages of one kind are the same but for what was in them once.
                if refused.status == 0 {
                    #expect(page == good[other * 4_096..<(other + 1) * 4_096], "page \(number + 1)")
                    continue
                }
                expectRefusal(
                    refused, status: 65, saying: "\(place.home)/ledger.sqlite", "is ", "mailca restore FILE")
                #expect(place.tree.content("var/home/ledger.sqlite") == bytes)
                let restored = try restore(in: place)
                #expect(restored.status == 0, "page \(number + 1): \(restored.everything)")
                #expect(try content(place) == before, "page \(number + 1)")
            }
        }
        try expectOrder(place)
    }

    @Test("A home that is not there is made, for its owner alone", arguments: ["000", "077"])
    func newHome(_ umask: String) throws {
        let place = try place(.locked)
        let before = try content(place)
        let keys = Tree("\(place.home)/ca")
        let home = place.file("users/deep/home")
        let outcome = try Command.run(
            "sh",
            [
                "-c", "umask \(umask); exec \"$@\"", "sh", Command.mailcaPath, "restore", place.file(Self.file),
                "--home",
                home, "--certs", place.certs,
            ], environment: Place.plain)
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(try content(place, home: home) == before)
        #expect(Tree(home).mode("") == 0o700 && Tree(home).mode("ca") == 0o700)
        #expect(Tree(home).mode("ledger.sqlite") == 0o600)
        #expect(Tree("\(home)/ca") == keys)
        #expect(Tree(home).names.filter { $0.hasPrefix(".") } == [])
    }

    @Test("It is said what was put back, from when, what it cannot know, and what comes next")
    func output() throws {
        let place = try place()
        try FileManager.default.removeItem(atPath: place.home)
        let outcome = try restore(in: place)
        #expect(outcome.stdout.hasPrefix("Put the CA back from \(place.file(Self.file)), which was made at 20"))
        for line in [
            "  0600  \(place.home)/ledger.sqlite\n", "  0600  \(place.home)/ca/root.key\n",
            "  0644  \(place.home)/ca/root.pem\n", "are not in the backup", "  mailca restore --from DIR --home ",
            "\nNext:\n  mailca crl --home ", "\n  mailca status --home ",
        ] { #expect(outcome.stdout.contains(line), "\(line) is not in \(outcome.stdout)") }
        let again = try place.json(["restore", place.file(Self.file), "--force"])
        #expect(
            again.keys == [
                "abandoned", "backup", "dryRun", "files[].mode", "files[].path", "foreignCount", "kept", "knownCount",
                "madeAt", "recovered", "restored", "revoked", "revokedNumbers", "searched", "skipped",
            ])
        #expect(again["restored"].string == "ledger")
    }

    @Test("A CA that is whole is not touched, and kept beside when that is asked for")
    func whole() throws {
        let place = try place()
        let before = try content(place)
        try place.run(["issue-client", "jiro@example.org", "--out", place.out, "--format", "pem"])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try restore(in: place), status: 73, saying: place.home, "Example Mail CA", "--force", "--from")
        }
        let old = place.homeTree.nodes["ledger.sqlite"]
        let outcome = try place.run(["restore", place.file(Self.file), "--force"])
        #expect(try content(place) == before)
        let kept = place.homeTree.nodes.filter { $0.key.hasPrefix("ledger.sqlite.") }
        #expect(kept.count == 1 && kept.values.first == old)
        #expect(outcome.stdout.contains("  kept  \(place.home)/\(kept.keys.first ?? "")\n"))
        try expectOrder(place)
    }

    @Test("The same command again changes nothing, and says so")
    func again() throws {
        let place = try place()
        try FileManager.default.removeItem(atPath: place.home)
        try place.run(["restore", place.file(Self.file)])
        try expectNothingChanges(in: place) {
            let outcome = try place.run(["restore", place.file(Self.file)])
            #expect(outcome.stdout.contains("was put back from \(place.file(Self.file)) before"))
        }
        try place.run(["crl"])
        try expectNothingChanges(in: place) { expectRefusal(try restore(in: place), status: 73) }
    }

    @Test(
        "Another CA's backup does not replace a CA, nor the files of a damaged one, unless that is asked for",
        arguments: [true, false])
    func otherCA(isDamaged: Bool) throws {
        let place = try place()
        let other = try Place()
        try other.run(["init-ca", "Other CA", "--domain", "example.net", "--no-passphrase"])
        try other.run(["backup", other.file("other")])
        if isDamaged { truncate("\(place.home)/ledger.sqlite", 5_000) }
        let old = Tree("\(place.home)/ca")
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["restore", other.file("other")]), status: 73, saying: place.home, "Example Mail CA",
                "--force")
        }
        let outcome = try place.run(["restore", other.file("other"), "--force"])
        let kept = Tree("\(place.home)/ca")
        #expect(outcome.stdout.contains("  kept  \(place.home)/ca/root.key.2"))
        for name in ["root.key", "root.pem"] {
            #expect(kept.nodes.contains { $0.key.hasPrefix("\(name).2") && $0.value == old.nodes[name] })
            #expect(kept.nodes[name] == other.tree.nodes["var/home/ca/\(name)"])
        }
        #expect(try place.mailca(["crl"]).status == 0)
    }

    @Test("An issuing CA that the backup does not have is put aside, and the key of a root that is away stays away")
    func offlineRoot() throws {
        let place = try place(.offlineRoot)
        let keys = Tree("\(place.home)/ca")
        #expect(!keys.names.contains("root.key"))
        let simple = try self.place()
        try simple.run(["restore", place.file(Self.file), "--force"])
        #expect(Tree("\(simple.home)/ca").names.filter { !$0.contains(".2") } == keys.names)
        try place.run(["restore", simple.file(Self.file), "--force"])
        #expect(Tree("\(place.home)/ca").names.filter { !$0.contains(".2") } == ["root.key", "root.pem"])
        #expect(try place.mailca(["crl"]).status == 0)
        #expect(try simple.mailca(["crl"]).status == 0)
    }

    @Test("A key that is lost is put back alone: the ledger knows more than the backup")
    func keyAlone() throws {
        let place = try place(.open)
        try place.run(["issue-client", "jiro@example.org", "--out", place.out, "--format", "pem"])
        let before = place.homeTree
        unlink("\(place.home)/ca/root.key")
        let outcome = try place.run(["restore", place.file(Self.file)])
        #expect(outcome.stdout.contains("The ledger is whole, and was left as it is"))
        #expect(place.homeTree == before)
    }

    @Test(
        "What is no backup is told for what it is, and nothing changes",
        arguments: [
            ("passphrase", Int32(65), "not a backup"), ("users", 65, "not a plain file"),
            ("nowhere", 66, "could not read the backup"),
            ("var/home/ledger.sqlite", 65, "a ledger itself"), ("var/home/ca/root.pem", 65, "not a backup"),
            ("/dev/null", 65, "not a plain file"), ("users/out/taro@example.org.pem", 65, "not a backup"),
            ("empty", 65, "empty"),
        ])
    func wrongFile(_ name: String, _ status: Int32, _ words: String) throws {
        let place = try place()
        try place.write("", to: "empty")
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["restore", name]), status: status, saying: name, words)
        }
    }

    @Test("A damaged backup is refused before anything is touched")
    func damagedBackup() throws {
        let place = try place()
        try FileManager.default.removeItem(atPath: "\(place.home)/ledger.sqlite")
        let good = try #require(place.tree.content(Self.file))
        for offset in stride(from: 4_100, to: good.count, by: good.count / 23) {
            var bytes = good
            for index in offset..<min(offset + 600, good.count) { bytes[index] ^= 0x5a }
            try bytes.write(to: URL(fileURLWithPath: place.file(Self.file)))
            try expectNothingChanges(in: place) {
                let outcome = try restore("--dry-run", in: place)
                if outcome.status != 0 { expectRefusal(outcome, status: 65, saying: Self.file, "damaged") }
            }
        }
        for sql in [
            "UPDATE backup_file SET bytes = x'00' WHERE name = 'root.key'",
            "UPDATE certificate SET revoked_at = NULL, reason = NULL, revocation_act = NULL",
            "DELETE FROM act WHERE id = 3",
        ] {
            try good.write(to: URL(fileURLWithPath: place.file(Self.file)))
            try Ledger(path: place.file(Self.file)).sql(sql)
            try expectNothingChanges(in: place) {
                expectRefusal(try restore(in: place), status: 65, saying: Self.file, "damaged", "another backup")
            }
        }
    }

    @Test("A backup of a later version is left to that version")
    func newer() throws {
        let place = try place()
        try Ledger(path: place.file(Self.file)).sql("PRAGMA user_version = 99")
        try FileManager.default.removeItem(atPath: place.home)
        expectRefusal(try restore(in: place), status: 78, saying: Self.file, "99", "later version")
        #expect(place.homeTree.nodes.isEmpty)
    }

    @Test("Without a backup and without --from there is nothing to do")
    func nothing() throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["restore"]), status: 64, saying: "--from", "--help")
        }
    }

    @Test("A dry run says what would be done, and does nothing")
    func dryRun() throws {
        let place = try place()
        try FileManager.default.removeItem(atPath: "\(place.home)/ledger.sqlite")
        try expectNothingChanges(in: place) {
            let outcome = try restore("--dry-run", in: place)
            #expect(outcome.stdout.hasPrefix("Would put the CA back from "), "\(outcome.everything)")
            #expect(outcome.stdout.contains("Would write:\n  0600  \(place.home)/ledger.sqlite\n"))
        }
    }

    @Test("What was being made when the backup was is given up, and is told")
    func pending() throws {
        let place = try place()
        let issuer = try Ledger(home: place.home).sql("SELECT hex(serial) FROM certificate WHERE profile = 'root'")[0]
        try Ledger(home: place.home).sql(
            """
            INSERT INTO certificate (serial, issuer, profile, state, not_before, not_after, key_fingerprint, created_at)
            VALUES (x'4142434445464748', x'\(issuer)', 'client', 'pending', 1, 2, x'00', 1)
            """)
        // Somebody at work, so that it stays as it is.
        let holder = try Child(
            ["flock", "--shared", "--no-fork", place.home, "sh", "-c", "echo held; exec sleep 60"],
            streams: .files(input: nil, output: place.file("held"), errors: "/dev/null"))
        try Child.until("the home is held") { (try? place.read("held")) == "held\n" }
        try place.run(["backup", place.file(Self.file), "--force"])
        holder.signal(SIGKILL)
        _ = try holder.wait()
        try FileManager.default.removeItem(atPath: place.home)
        let json = try place.json(["restore", place.file(Self.file)])
        #expect(json["abandoned"].list.compactMap { $0["serialNumber"].string } == ["4142434445464748"])
        #expect(try Ledger(home: place.home).states()["4142434445464748"] == "abandoned")
        try expectOrder(place)
    }

    @Test("Who has the ledger open is waited for", .timed)
    func waits() throws {
        let place = try place()
        let program = """
            import sqlite3, sys, time
            database = sqlite3.connect(sys.argv[1], isolation_level=None)
            database.execute("SELECT count(*) FROM act").fetchall()
            print("held", flush=True)
            time.sleep(1.5)
            """
        let holder = try Child(
            ["python3", "-c", program, "\(place.home)/ledger.sqlite"],
            streams: .files(input: nil, output: place.file("held"), errors: "/dev/null"))
        try Child.until("the ledger is open") { (try? place.read("held")) == "held\n" }
        let begin = Date()
        try place.run(["restore", place.file(Self.file), "--force"])
        #expect(Date().timeIntervalSince(begin) > 0.5, "it did not wait")
        #expect(try holder.wait().status == 0)
        try expectOrder(place)
    }

    @Test("Commands that run meanwhile go well, or say that they came too late, and both ledgers are whole")
    func meanwhile() throws {
        let place = try place()
        let output = try TemporaryDirectory()
        let lines =
            (0..<6).map {
                ["issue-client", "user\($0)@example.org", "--format", "pem", "--out", place.file("users/\($0)")]
            } + [["restore", place.file(Self.file), "--force"]]
        let children = try lines.enumerated().map { number, arguments in
            try Child(
                [Command.mailcaPath] + arguments + place.places, directory: place.path,
                streams: .files(input: nil, output: output.file("\(number).out"), errors: output.file("\(number).err")))
        }
        for (number, child) in children.enumerated() {
            #expect(try child.wait().status == 0, "\((try? output.read("\(number).err")) ?? "")")
        }
        var known = Set(try Ledger(home: place.home).states().keys)
        for name in Tree(place.home).names where name.hasPrefix("ledger.sqlite.") && !name.contains("-") {
            known.formUnion(try Ledger(path: "\(place.home)/\(name)").states().keys)
        }
        for number in 0..<6 {
            let serials = try CertificateFile.serials("\(place.file("users/\(number)"))/user\(number)@example.org.pem")
            #expect(known.contains(serials[0]))
        }
        try expectOrder(place)
    }
}
