import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import SQLiteLedger

/// Backups that somebody made who knows how: what SQLite checks is right, and the digest of the content too.
@Suite("Forged backups")
struct ForgedBackupTests {
    private let place: Place
    private var path: FilePath { FilePath(place.directory.file("copy")) }

    init() throws {
        place = try Place()
        let ledger = try place.open()
        try ledger.issue([.example(0, issuer: 0, profile: .root), .example(1)])
        try ledger.addList()
        try ledger.note(.backedUp, subject: path.string, note: "")
        try ledger.copy(to: path, as: path, files: [], program: "mailca test")
        ledger.close()
    }

    /// Runs SQL on the backup, and enters the digest of what it holds then.
    private func forge(_ statements: String) throws {
        try execute(statements)
        let queue = try LedgerBackup.open(path)
        let digest = try queue.read { try ContentDigest.sha256(of: $0, without: "backup") }
        try queue.close()
        try execute("UPDATE backup SET content = x'\(digest.hexadecimal())'")
    }

    private func execute(_ statements: String) throws {
        let script = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.commit()"
        let outcome = try Command.run("python3", ["-c", script, path.string, statements])
        try #require(outcome.status == 0, "\(outcome.everything)")
    }

    private func restore() throws {
        let staged = try StagedLedger(for: FilePath(place.directory.file("restored.sqlite")))
        _ = try LedgerBackup(verifying: path).makeLedger(
            at: staged.path, caller: Caller(userID: 0, command: "restore"), clock: { now })
    }

    @Test("Without a change it is a backup, whose digest can be made anew")
    func unchanged() throws {
        try forge("SELECT 1")
        try restore()
    }

    private static let last = Int64.max
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test(
        "What no ledger holds is refused, and crashes nothing",
        arguments: [
            // Tables that promise less than ours.
            "CREATE TABLE loose AS SELECT * FROM certificate; DROP TABLE certificate; ALTER TABLE loose RENAME TO certificate; UPDATE certificate SET serial = NULL",
            "CREATE TABLE loose AS SELECT * FROM act; DROP TABLE act; ALTER TABLE loose RENAME TO act; UPDATE act SET digest = NULL",
            "DROP TABLE revocation_list_part; CREATE TABLE revocation_list_part (issuer, number, position, bytes)",
            "CREATE VIEW more AS SELECT * FROM act", "DROP INDEX certificate_key", "PRAGMA user_version = 0",
            "PRAGMA user_version = 3",
            // Numbers at their limits.
            "UPDATE act SET id = \(last) WHERE id = (SELECT max(id) FROM act); UPDATE backup SET act = \(last)",
            "UPDATE act SET id = -id - 1", "UPDATE act SET time = \(last)", "UPDATE act SET time = -\(last) - 1",
            "UPDATE certificate SET not_after = \(last)", "UPDATE certificate SET created_at = -\(last) - 1",
            "UPDATE revocation_list SET act = -\(last) - 1",
            "UPDATE revocation_list SET number = \(last), count = -1",
            "INSERT INTO revocation_list (issuer, number, this_update, next_update, count, planned) SELECT issuer, \(last), 0, 0, 0, 0 FROM revocation_list",
            "INSERT INTO revocation_list (issuer, number, this_update, next_update, count, planned) SELECT issuer, 99, \(last), 0, 0, 0 FROM revocation_list",
            // Names that no file can have.
            "INSERT INTO backup_file VALUES ('../root.key', 384, x'\(empty)', x'')",
        ])
    func refused(statements: String) throws {
        try forge(statements)
        let error = try expectRefusal(.damaged) { try restore() }
        #expect(error.hint != nil)
    }
}
