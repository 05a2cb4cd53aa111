import Foundation
import Glibc
import TestSupport
import Testing

@Suite("No permission", .onThreads)
struct PermissionTests {
    /// A command, the directory that it may not write to, and what of that its message has to name.
    struct Case: Sendable, CustomTestStringConvertible {
        let command: String
        let directory: String
        var testDescription: String { "\(command), \(directory)" }
    }

    static let cases = [
        Case(command: "self-signed", directory: "etc"), Case(command: "init-ca", directory: "var"),
        Case(command: "init-ca", directory: "etc"), Case(command: "issue-server", directory: "var/home"),
        Case(command: "issue-server", directory: "etc/certs"), Case(command: "issue-client", directory: "var/home"),
        Case(command: "issue-client", directory: "users"),
    ]

    private func place(_ example: Case) throws -> Place {
        ["issue-server", "issue-client"].contains(example.command) ? try Place(.open) : try Place()
    }

    @Test("A directory that its mode closes is named, and nothing changes", arguments: cases)
    func closedByMode(_ example: Case) throws {
        let place = try place(example)
        let directory = place.file(example.directory)
        let mode = try #require(place.tree.mode(example.directory))
        chmod(directory, 0o500)
        defer { chmod(directory, mode) }
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(OutputTests.example(example.command, in: place), under: Machine.boundByModes),
                status: 77,
                saying: directory)
        }
    }

    @Test("A disk that is mounted read-only is named, and nothing changes", arguments: cases)
    func readOnlyDisk(_ example: Case) throws {
        let place = try place(example)
        let directory = place.file(example.directory)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(OutputTests.example(example.command, in: place), under: Machine.readOnly(directory)),
                status: 77,
                saying: directory)
        }
    }

    @Test(
        "A file that may not be read is named, and nothing changes",
        arguments: [
            ("var/home/ledger.sqlite", ["issue-client", "taro@example.org"]),
            ("var/home/ca/root.key", ["issue-client", "taro@example.org"]),
            ("var/home/ca/root.pem", ["issue-client", "taro@example.org"]),
            ("var/home", ["issue-client", "taro@example.org"]),
            ("var/home", ["verify"]), ("etc/certs", ["verify"]),
            ("password", ["issue-client", "taro@example.org", "--password-file", "password"]),
        ])
    func unreadable(_ name: String, _ arguments: [String]) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let path = place.file(name)
        let before = place.tree
        let mode = try #require(before.mode(name))
        chmod(path, 0)
        let outcome = try place.mailca(arguments, under: Machine.boundByModes)
        chmod(path, mode)
        expectRefusal(outcome, status: name == "password" ? 66 : 77, saying: name)
        #expect(place.tree.changes(since: before) == [])
    }
}
