import Foundation
import TestSupport
import Testing

@Suite("A full disk", .onThreads)
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
        ("issue-server", "etc"), ("issue-client", "var"), ("issue-client", "users"), ("issue-list", "var"),
        ("issue-list", "users"), ("revoke", "var"), ("revoke", "etc"), ("crl", "var"), ("crl", "etc"),
        ("renew", "var"), ("renew", "etc"), ("backup", "var"), ("backup", "users"),
    ].flatMap { command, disk in [0, 4, 48, 128].map { Case(command: command, disk: disk, free: $0) } }

    @Test("It is said, nothing is left or lost, and the command works when there is room again", arguments: cases)
    func full(_ example: Case) throws {
        let place = try Place(for: example.command)
        var arguments = try arguments(example.command, in: place)
        if example.command == "init-ca" { arguments += ["--offline-root", "--root-key", place.file("users/root.key")] }
        let result = try Machine.fullDisk(example.disk, free: example.free, in: place, arguments)
        if result.outcome.status == 0 {
            // There was room enough for it.
            #expect(example.free > 0, "\(result.outcome.everything)")
            let isRepeatable = ["revoke", "crl", "renew", "issue-list"].contains(example.command)
            #expect(result.again.hasSuffix(isRepeatable ? "exit 0\n" : "exit 73\n"), "\(result.again)")
            return
        }
        expectRefusal(result.outcome, status: 74, saying: place.file(example.disk), "full", "room")
        // What the ledger has by then stands, and the same command goes on from there.
        let isForward = example.disk == "etc" && ["revoke", "crl", "renew"].contains(example.command)
        // SQLite's index of its log, and a log with nothing in it, are removed by whoever uses the ledger next.
        let after = result.after.without {
            $0.hasSuffix("ledger.sqlite-shm")
                || ($0.hasSuffix("ledger.sqlite-wal") && result.after.content($0)?.isEmpty == true)
                || (isForward && $0.contains("/ledger.sqlite"))
        }
        let before = result.before.without { isForward && $0.contains("/ledger.sqlite") }
        #expect(after.changes(since: before) == [], "\(result.outcome.everything)")
        #expect(result.again.hasSuffix("exit 0\n"), "\(result.again)")
    }

    /// The command, with what it needs made.
    private func arguments(_ command: String, in place: Place) throws -> [String] {
        let taro = ["issue-client", "taro@example.org", "--format", "pem", "--out", place.file("first")]
        switch command {
        case "issue-list":
            try place.write((0..<20).map { "user\($0)@example.org,\n" }.joined(), to: "users.csv")
            try FileManager.default.createDirectory(
                atPath: place.out, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            return ["issue-client", "--from", place.file("users.csv"), "--format", "pem", "--out", place.out]
        case "revoke": try place.run(taro)
        case "crl":
            try place.run(taro)
            try place.run(["revoke", "taro@example.org"])
        case "renew":
            try place.run(["issue-server", "mail.example.org"])
            return ["renew", "mail.example.org"]
        case "backup": return ["backup", place.file("users/mailca.backup")]
        default: break
        }
        return OutputTests.example(command, in: place)
    }
}

extension Place {
    /// With a CA or without, as the command needs it; a backup warns of a key that is not encrypted.
    fileprivate init(for command: String) throws {
        switch command {
        case "self-signed", "init-ca": try self.init()
        case "backup": try self.init(.locked)
        default: try self.init(.open)
        }
    }
}
