import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@Suite("Backups of a ledger")
struct LedgerBackupTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let files = [
        AuthorityFile(name: "root.key", mode: 0o600, content: SecretBytes(Array("a key\n".utf8))),
        AuthorityFile(name: "root.pem", mode: 0o644, content: SecretBytes(Array("a certificate\n".utf8))),
    ]

    init() throws {
        place = try Place()
        ledger = try place.open()
        try ledger.issue([.example(0, issuer: 0, profile: .root)])
    }

    private func path(_ name: String = "copy") -> FilePath { FilePath(place.directory.file(name)) }

    /// Copies the ledger and verifies the copy.
    @discardableResult
    private func backUp(to name: String = "copy") throws -> LedgerBackup {
        try ledger.note(.backedUp, subject: path(name).string, note: "")
        try ledger.copy(to: path(name), as: path(name), files: files, program: "mailca test")
        return try LedgerBackup(verifying: path(name))
    }

    private func bytes(_ name: String = "copy") throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: place.directory.file(name))))
    }

    private func write(_ bytes: [UInt8], to name: String = "copy") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: place.directory.file(name)))
    }

    /// Runs SQL on the backup, past everything that guards it.
    private func execute(_ statement: String, on name: String = "copy") throws {
        let script = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.commit()"
        let outcome = try Command.run("python3", ["-c", script, place.directory.file(name), statement])
        #expect(outcome.status == 0, "\(outcome.everything)")
    }

    @Test("It tells when it was made, by what and up to which act, and has the CA's files and certificates")
    func summary() throws {
        try ledger.issue([.example(1), .example(2)])
        try ledger.begin([.example(3)])
        let backup = try backUp()
        #expect(backup.date == now)
        #expect(backup.program == "mailca test")
        #expect(try backup.lastAct == ledger.lastAct()?.number)
        #expect(backup.certificateCount == 3)
        #expect(backup.authorities.map(\.serialNumber) == [SerialNumber(0)])
        #expect(backup.files.map(\.name) == ["root.key", "root.pem"])
        #expect(backup.files.map(\.mode) == [0o600, 0o644])
        #expect(backup.files[0].content == files[0].content)
    }

    @Test("Nothing lies beside it, and it is read where nothing can be written")
    func alone() throws {
        try backUp()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directory.path).filter { $0.contains("copy") }
                == ["copy"])
        chmod(place.directory.path, 0o500)
        defer { chmod(place.directory.path, 0o700) }
        _ = try LedgerBackup(verifying: path())
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directory.path).filter { $0.contains("copy") }
                == ["copy"])
    }

    @Test("Backups that are taken while others issue are whole, each up to its own act")
    func whileIssuing() async throws {
        let place = place
        try await withThrowingTaskGroup { group in
            for writer in 0..<2 {
                group.addTask {
                    let ledger = try place.open(.existing)
                    for number in 1...60 {
                        let serial = writer * 1_000 + number
                        try ledger.issue([.example(serial, names: ["user\(serial)@example.org"])])
                        if number.isMultiple(of: 5) {
                            try ledger.revoke([SerialNumber(serial)], .init(date: now, reason: .superseded))
                        }
                        if number.isMultiple(of: 20) { try ledger.addList() }
                    }
                }
            }
            group.addTask {
                var last: Int64 = 0
                for number in 1...8 {
                    let backup = try backUp(to: "copy\(number)")
                    #expect(backup.lastAct > last)
                    last = backup.lastAct
                }
            }
            try await group.waitForAll()
        }
        #expect(try ledger.count(LedgerQuery(states: [.issued])) == 121)
        #expect(try ledger.auditFaults(authorities: [certificate(0)]) == [])
    }

    @Test(
        "What was changed in it is seen, also where SQLite finds nothing wrong",
        arguments: [
            "UPDATE certificate SET device = 'other' WHERE id = 2",
            "UPDATE certificate_name SET name = 'mallory@example.org' WHERE certificate = 2",
            "UPDATE certificate SET revoked_at = NULL, reason = NULL, revocation_act = NULL",
            "DELETE FROM certificate WHERE id = 3", "DELETE FROM act WHERE id = (SELECT max(id) FROM act)",
            "UPDATE act SET uid = 0", "UPDATE deployment SET directory = '/etc/other'",
            "INSERT INTO setting VALUES ('other', '1')", "DELETE FROM backup_file WHERE name = 'root.key'",
            "UPDATE backup_file SET bytes = x'00' WHERE name = 'root.pem'", "UPDATE backup SET act = act - 1",
            "DELETE FROM backup", "UPDATE revocation_list SET number = 7", "DROP TABLE setting",
            "UPDATE revocation_list_part SET bytes = x'30' WHERE position = 0", "DROP TABLE backup_file",
            "CREATE TRIGGER more AFTER INSERT ON act BEGIN DELETE FROM setting; END", "DROP INDEX act_kind",
            "CREATE TABLE more (x)",
        ])
    func tampered(_ statement: String) throws {
        try ledger.issue([.example(1), .example(2)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .keyCompromise))
        try ledger.addList()
        try ledger.remember(Deployment(directory: "/etc/mail/certs"))
        try backUp()
        try execute(statement)
        let error = try expectRefusal(.damaged) { _ = try LedgerBackup(verifying: path()) }
        #expect(error.message.contains("/copy"))
        #expect(error.hint?.contains("Nothing was changed.") == true)
    }

    @Test("Who can make all digests anew still cannot make the CA's signature")
    func forged() throws {
        try ledger.issue([.example(1)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .keyCompromise))
        try ledger.addList()
        // A whole log of its own, under which the CA never signed.
        let forger = try Place()
        let other = try forger.open(clock: Clock(now.addingTimeInterval(1)))
        try other.issue([.example(0, issuer: 0, profile: .root), .example(1)])
        try other.addList()
        other.close()
        try forger.execute("UPDATE revocation_list SET signature = x'00'")
        let reopened = try forger.open(.existing)
        try reopened.copy(to: path(), as: path(), files: files, program: "mailca test")
        let error = try expectRefusal(.damaged) { _ = try LedgerBackup(verifying: path()) }
        #expect(error.message.contains("did not sign"))
    }

    @Test("A bit that was turned over anywhere is seen, unless it is in a place that holds nothing")
    func flipped() throws {
        try ledger.issue([.example(1), .example(2)])
        try backUp()
        let good = try bytes()
        var seen = 0
        for offset in stride(from: 3, to: good.count, by: 53) {
            var bytes = good
            bytes[offset] ^= 1 << UInt8(offset % 8)
            try write(bytes)
            do {
                let backup = try LedgerBackup(verifying: path())
                #expect(backup.certificateCount == 3 && backup.files[0].content == files[0].content)
            } catch {
                #expect([.damaged, .ledgerIsNewer].contains(error.code), "at \(offset): \(error)")
                seen += 1
            }
        }
        #expect(seen > 100)
    }

    @Test("One that was cut off is damaged", arguments: [1, 99, 100, 4_096, 30_000])
    func cut(size: Int) throws {
        try backUp()
        try write(Array(try bytes().prefix(size)))
        try expectRefusal(.damaged) { _ = try LedgerBackup(verifying: path()) }
    }

    @Test("What is no backup is told for what it is")
    func others() throws {
        try place.directory.write("", to: "empty")
        try place.directory.write(
            "some text, as long as the header of a database is, which has a hundred bytes of it: \(now)", to: "text")
        try FileManager.default.createDirectory(
            atPath: place.directory.file("folder"), withIntermediateDirectories: false)
        try execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)", on: "foreign")
        let cases: [(String, MailCAError.Code, String)] = [
            ("empty", .damaged, "empty"), ("text", .damaged, "not a backup"), ("folder", .damaged, "not a plain file"),
            ("foreign", .damaged, "not a backup"), ("ledger.sqlite", .damaged, "a ledger itself"),
            ("gone", .notFound, "could not read the backup"), ("text/x", .notFound, "could not read the backup"),
        ]
        ledger.close()
        for (name, code, words) in cases {
            let error = try expectRefusal(code) { _ = try LedgerBackup(verifying: path(name)) }
            #expect(error.message.contains(words) && error.message.contains("/\(name)"), "\(error)")
            #expect(error.hint != nil)
        }
    }

    @Test("One of a later version is left to that version")
    func newer() throws {
        try backUp()
        try execute("PRAGMA user_version = 99")
        let error = try expectRefusal(.ledgerIsNewer) { _ = try LedgerBackup(verifying: path()) }
        #expect(error.message.contains("format 99"))
    }

    @Test("It is not a ledger, and is not opened as one")
    func noLedger() throws {
        try backUp()
        try expectRefusal(.damaged) { _ = try SQLiteLedger(path: path(), mode: .existing) }
    }

    @Test("A ledger whose log is not right gives no backup")
    func faultyLedger() throws {
        try ledger.issue([.example(1)])
        ledger.close()
        try place.execute("UPDATE certificate SET device = 'other' WHERE id = 2")
        let reopened = try place.open(.existing)
        try reopened.copy(to: path(), as: path(), files: files, program: "mailca test")
        let error = try expectRefusal(.damaged) { _ = try LedgerBackup(verifying: path()) }
        #expect(error.message.contains("is not what act 2 entered"))
    }
}
