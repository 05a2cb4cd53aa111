import Foundation
import TestSupport
import Testing

@Suite("mailca backup", .onThreads)
struct BackupCommandTests {
    private static let file = "users/mailca.backup"

    /// A place with a CA and a user's certificate.
    private func place(_ authority: Place.Authority = .locked) throws -> Place {
        let place = try Place(authority)
        let secret = authority == .locked ? ["--passphrase-file", place.passphraseFile] : []
        try place.run(
            ["issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile] + secret)
        return place
    }

    @Test("It is said where the file is, with its mode, what it has in it and how it is put back")
    func output() throws {
        let place = try place()
        let outcome = try place.run(["backup", place.file(Self.file)])
        #expect(outcome.stderr == "")
        #expect(outcome.stdout.contains("  0600  \(place.file(Self.file))\n"))
        let count = try Ledger(home: place.home).sql("SELECT count(*) FROM act")[0]
        #expect(outcome.stdout.contains("It has 2 certificates, \(count) acts, and root.key, root.pem; "))
        #expect(outcome.stdout.contains("mailca restore \(place.file(Self.file)) --home \(place.home)"))
        let sum = try Command.run("sha256sum", [place.file(Self.file)]).stdout.prefix(64)
        #expect(outcome.stdout.contains("SHA-256 \(sum)\n"))
        #expect(
            try Ledger(home: place.home).sql("SELECT kind, subject FROM act ORDER BY id DESC LIMIT 1") == [
                "backed-up\t\(place.file(Self.file))"
            ])
        #expect(try place.mailca(["verify", place.certs]).status != 65)
    }

    @Test("The keys of its JSON are these")
    func json() throws {
        let place = try place()
        let json = try place.json(["backup", place.file(Self.file)])
        #expect(
            json.keys == [
                "acts", "certificates", "contents", "dryRun", "files[].mode", "files[].path", "madeAt", "sha256",
                "size",
            ])
        #expect(json["contents"].strings == ["root.key", "root.pem"])
        #expect(json["files"][0]["mode"].string == "0600")
    }

    @Test("It is its owner's alone under every umask, and nothing else is left", arguments: ["000", "077", "777"])
    func mode(_ umask: String) throws {
        let place = try place()
        let before = place.tree
        let outcome = try place.mailca(["backup", place.file(Self.file)], umask: umask)
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(place.tree.mode(Self.file) == 0o600)
        #expect(place.tree.changes(since: before) == ["new: \(Self.file)", "changed: var/home/ledger.sqlite"])
    }

    @Test("Keys are in it as they are kept: encrypted, and with a warning where they are not")
    func keys() throws {
        for authority in Place.Authority.allCases {
            let place = try place(authority)
            let outcome = try place.run(["backup", place.file(Self.file)])
            let backup = Ledger(path: place.file(Self.file))
            let rows = try backup.sql("SELECT name, mode, bytes FROM backup_file ORDER BY name")
            let kept = Tree("\(place.home)/ca")
            #expect(rows.count == kept.names.count)
            for (row, name) in zip(rows, kept.names) {
                let columns = row.split(separator: "\t").map(String.init)
                #expect(columns[0] == name)
                #expect(Int(columns[1]).map { mode_t($0) } == kept.mode(name))
                #expect(columns[2] == CertificateFile.hexadecimal(Array(kept.content(name) ?? Data())))
            }
            #expect(outcome.stderr.contains("is not encrypted") == (authority != .locked))
        }
    }

    @Test("A key that is away is not in it, which is said")
    func keyAway() throws {
        let place = try place()
        try FileManager.default.removeItem(atPath: "\(place.home)/ca/root.key")
        let outcome = try place.run(["backup", place.file(Self.file)])
        #expect(outcome.stderr.contains("mailca: warning: the CA's key \(place.home)/ca/root.key is not there"))
        #expect(outcome.stdout.contains("and root.pem; "))
    }

    @Test("An existing file is refused, and replaced when that is asked for")
    func existing() throws {
        let place = try place()
        try place.run(["backup", place.file(Self.file)])
        let first = place.tree.content(Self.file)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["backup", place.file(Self.file)]), status: 73, saying: place.file(Self.file),
                "is there already", "--force")
        }
        try place.run(["backup", place.file(Self.file), "--force"])
        #expect(place.tree.content(Self.file) != first)
        #expect(Aftermath(place).unfinished == [])
    }

    @Test(
        "What a newcomer may try is refused, with what to do instead, and nothing changes",
        arguments: [
            (["users"], Int32(64), "is a directory", "mailca.backup"), (["nowhere/x"], 66, "no directory", "mount"),
            ([], 64, "argument", "--help"), (["passphrase"], 73, "is there already", "--force"),
            (["var/home/ledger.sqlite", "--force"], 64, "CA's own files", "another disk"),
            (["var/home/ledger.sqlite-wal"], 64, "CA's own files", "another disk"),
            (["var/home/ca/root.pem", "--force"], 64, "CA's own files", "another disk"),
            (["/dev/null"], 73, "is there already", "--force"),
            (["/dev/null", "--force"], 73, "not a plain file", "new file"), (["a", "b"], 64, "argument", "--help"),
        ])
    func newcomers(_ arguments: [String], _ status: Int32, _ words: String, _ hint: String) throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["backup"] + arguments), status: status, saying: words, hint)
        }
    }

    @Test("Without a CA there is nothing to copy")
    func noAuthority() throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["backup", place.file("x")]), status: 66, saying: place.home, "init-ca")
        }
    }

    @Test("Of a CA that is damaged none is made", arguments: DamageTests.damages)
    func damaged(_ damage: DamageTests.Damage) throws {
        let place = try place(.open)
        _ = try Command.run("sh", ["-c", damage.script], environment: ["home": place.home])
        let before = place.tree
        let outcome = try place.mailca(["backup", place.file(Self.file)])
        // A key may be away; then it is said.
        guard outcome.status != 0 else {
            #expect(damage.status == 66 && outcome.stderr.contains("warning"), "\(outcome.everything)")
            return
        }
        expectRefusal(outcome, status: 65, saying: place.home)
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("Of a ledger whose audit log is not right none is made")
    func faulty() throws {
        let place = try place()
        try Ledger(home: place.home).sql("UPDATE certificate SET device = 'other' WHERE profile = 'client'")
        expectRefusal(
            try place.mailca(["backup", place.file(Self.file)]), status: 65, saying: "no backup was made",
            "\(place.home)/ledger.sqlite", "act", "mailca verify")
        #expect(Tree(place.file("users")).names == ["out/taro@example.org.p12"])
    }

    @Test("A dry run makes nothing")
    func dryRun() throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            let outcome = try place.run(["backup", place.file(Self.file), "--dry-run"])
            #expect(outcome.stdout == "Would write:\n  0600  \(place.file(Self.file))\n")
        }
    }

    @Test("While others issue, each backup is whole, and nobody is disturbed")
    func concurrent() throws {
        let place = try Place(.open)
        let output = try TemporaryDirectory()
        let lines =
            (0..<8).map {
                ["issue-client", "user\($0)@example.org", "--format", "pem", "--out", place.file("users/\($0)")]
            }
            + (0..<4).map { ["backup", place.file("backup\($0)")] }
        let children = try lines.enumerated().map { number, arguments in
            try Child(
                [Command.mailcaPath] + arguments + place.places, directory: place.path,
                streams: .files(input: nil, output: output.file("\(number).out"), errors: output.file("\(number).err")))
        }
        for (number, child) in children.enumerated() {
            #expect(try child.wait().status == 0, "\((try? output.read("\(number).err")) ?? "")")
        }
        for number in 0..<4 {
            let home = place.file("restored\(number)")
            let restored = try Command.mailca(
                ["restore", place.file("backup\(number)"), "--home", home, "--certs", place.file("none")],
                environment: Place.plain)
            #expect(restored.status == 0, "\(restored.everything)")
        }
    }

    @Test("Killed at any step: there is no file or a whole one, and the next command makes one")
    func killed() throws {
        try eachStep { place, step, arguments in
            let killed = try Trace.kill(at: step, arguments, in: place)
            #expect(killed.status == 137, "not killed at \(step): \(killed.everything)")
        }
    }

    @Test("Failed by the disk at any step: it is said, and there is no file or a whole one")
    func failed() throws {
        let mayFail = ["write", "pwrite64", "fsync", "fdatasync", "renameat", "linkat", "fchmod", "ftruncate"]
        try eachStep { place, step, arguments in
            guard mayFail.contains(step.name) else { return }
            let outcome = try Trace.fail("ENOSPC", at: step, arguments, in: place)
            guard outcome.status != 0 else { return }
            #expect([65, 70, 74].contains(outcome.status), "at \(step): \(outcome.everything)")
            #expect(outcome.stderr.contains("mailca: error: "), "at \(step): \(outcome.everything)")
            #expect(outcome.stdout == "", "at \(step)")
            #expect(Tree(place.file("users")).names.filter { $0.contains(".mailca-") } == [], "at \(step)")
        }
    }

    /// Does something at each step of a backup that replaces another one, and sees that one of them is there and whole.
    private func eachStep(_ work: (Place, Trace.Step, [String]) throws -> Void) throws {
        // Always in the same place: it is where the files are deployed.
        let place = try place(.open)
        try place.run(["backup", place.file(Self.file)])
        let tree = place.tree
        let arguments = ["backup", place.file(Self.file), "--force"]
        let all = try Trace.steps(arguments, in: place)
        try #require(all.count > 10)
        let isSoak = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1"
        for (number, step) in all.enumerated() where isSoak || number % max(1, all.count / 10) == 3 {
            try place.reset(to: tree)
            try work(place, step, arguments)
            let home = place.file("restored")
            let restored = try Command.mailca(
                ["restore", place.file(Self.file), "--home", home, "--certs", place.file("none")],
                environment: Place.plain)
            #expect(restored.status == 0, "at \(step): \(restored.everything)")
            #expect(place.tree.mode(Self.file) == 0o600)
            try place.run(arguments)
            #expect(Aftermath(place).unfinished == [], "at \(step)")
            #expect(try place.mailca(["verify", "\(place.home)/ca/root.pem"]).status == 0)
        }
    }

    @Test(
        "A full disk is said, nothing is left or lost, and it works when there is room again",
        arguments: ["users", "var"], [0, 8, 64])
    func fullDisk(_ disk: String, _ free: Int) throws {
        let place = try place(.open)
        let result = try Machine.fullDisk(disk, free: free, in: place, ["backup", place.file(Self.file)])
        guard result.outcome.status != 0 else {
            #expect(free > 0, "\(result.outcome.everything)")
            return
        }
        #expect(result.outcome.status == 74, "\(result.outcome.everything)")
        #expect(
            result.outcome.stderr.contains("is full") && result.outcome.stderr.contains("Make room"),
            "\(result.outcome.everything)")
        let after = result.after.without { $0.contains("ledger.sqlite") }
        #expect(after.changes(since: result.before.without { $0.contains("ledger.sqlite") }) == [])
        #expect(result.again.hasSuffix("exit 0\n"), "\(result.again)")
    }

    @Test("A directory that one may not write to is named", arguments: ["mode", "mount"])
    func closed(_ kind: String) throws {
        let place = try place(.open)
        if kind == "mode" { chmod(place.file("users"), 0o500) }
        defer { chmod(place.file("users"), 0o755) }
        let runner = kind == "mode" ? Machine.boundByModes : Machine.readOnly(place.file("users"))
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["backup", place.file(Self.file)], under: runner)
            #expect(outcome.status == 77 && outcome.stderr.contains(place.file("users")), "\(outcome.everything)")
        }
    }
}
