import Foundation
import TestSupport
import Testing

@Suite("A full disk")
struct FullDiskTests {
    /// A command, and which of the directories that it writes to is on a disk of its own.
    struct Case: Sendable, CustomTestStringConvertible {
        let command: String
        let disk: String
        let free: Int
        var testDescription: String { "\(command) with \(free) KiB left for \(disk)" }
    }

    static let cases = [
        ("self-signed", "etc"), ("init-ca", "var"), ("init-ca", "etc"), ("init-ca", "users"), ("issue-server", "var"),
        ("issue-server", "etc"), ("issue-client", "var"), ("issue-client", "users"),
    ].flatMap { command, disk in [0, 4, 48, 128].map { Case(command: command, disk: disk, free: $0) } }

    @Test("It is said, nothing is left or lost, and the command works when there is room again", arguments: cases)
    func full(_ example: Case) throws {
        let place = ["issue-server", "issue-client"].contains(example.command) ? try Place(.open) : try Place()
        var arguments = OutputTests.example(example.command, in: place)
        if example.command == "init-ca" { arguments += ["--offline-root", "--root-key", place.file("users/root.key")] }
        let result = try Machine.fullDisk(example.disk, free: example.free, in: place, arguments)
        if result.outcome.status == 0 {
            // There was room enough for it.
            #expect(example.free > 0, "\(result.outcome.everything)")
            #expect(result.again.hasSuffix("exit 73\n"), "\(result.again)")
            return
        }
        expectRefusal(result.outcome, status: 74, saying: place.file(example.disk), "full", "room")
        // SQLite's index of its log, and a log with nothing in it, are removed by whoever uses the ledger next.
        let after = result.after.without {
            $0.hasSuffix("ledger.sqlite-shm")
                || ($0.hasSuffix("ledger.sqlite-wal") && result.after.content($0)?.isEmpty == true)
        }
        #expect(after.changes(since: result.before) == [], "\(result.outcome.everything)")
        #expect(result.again.hasSuffix("exit 0\n"), "\(result.again)")
    }
}
