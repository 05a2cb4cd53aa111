import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("SQLiteLedger")
struct SQLiteLedgerTests {
    private let place: Place

    init() throws { place = try Place() }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: place.directory.file(name))
        return try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
    }

    @Test("A ledger is made where there is none, for its owner alone, with everything beside it")
    func made() throws {
        let ledger = try place.open()
        try ledger.issue([.example(1)])
        let names = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
        #expect(names.contains("ledger.sqlite"))
        for name in names { #expect(try mode(name) == 0o600, "\(name)") }
        #expect(try ledger.all().count == 1)
    }

    @Test("A ledger that has to be there is not made")
    func notMade() throws {
        let error = try expectRefusal(.notFound) { _ = try place.open(.existing) }
        #expect(error.message.contains(place.name))
        #expect(error.hint?.contains("init-ca") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.directory.path).isEmpty)
    }

    @Test("Opening a ledger again changes nothing in it")
    func openedAgain() throws {
        do { try place.open().issue([.example(1)]) }
        let before = try place.bytes()
        do { #expect(try place.open().all().count == 1) }
        do { #expect(try place.open(.existing).all().count == 1) }
        #expect(try place.bytes() == before)
    }

    @Test("Where it cannot be opened, the path is named")
    func notOpened() throws {
        try FileManager.default.createDirectory(
            atPath: place.directory.file("folder"), withIntermediateDirectories: false)
        try place.directory.write("x", to: "file")
        let cases: [(String, MailCAError.Code)] = [
            ("folder", .damaged), ("missing/ledger.sqlite", .inputOutput),
            ("file/ledger.sqlite", .permissionDenied),
        ]
        for (name, code) in cases {
            let error = try expectRefusal(code) { _ = try SQLiteLedger(path: .init(place.directory.file(name))) }
            #expect(error.message.contains("\(place.directory.url.lastPathComponent)/\(name)"))
            #expect(error.hint != nil)
        }
        try expectRefusal(.notFound) {
            _ = try SQLiteLedger(path: .init(place.directory.file("missing/ledger.sqlite")), mode: .existing)
        }
    }

    @Test("Eight tasks write through two ledgers on one file, and all of it is there")
    func concurrent() async throws {
        let ledgers = [try place.open(), try place.open(.existing)]
        try await withThrowingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<10 { try ledgers[task % 2].issue([.example(task * 10 + number)]) }
                }
            }
            try await group.waitForAll()
        }
        for ledger in ledgers {
            #expect(Set(try ledger.all().map { Int(decoding: $0.serialNumber) }) == Set(0..<80))
            #expect(try ledger.all().allSatisfy { $0.state == .issued && $0.certificate != nil })
        }
        #expect(try ledgers[0].closeUnfinished(published: []).isEmpty)
    }

    @Test("Eight that make one ledger at once all have it")
    func madeAtOnce() async throws {
        for _ in 0..<5 {
            let place = try Place()
            try await withThrowingTaskGroup { group in
                for number in 0..<8 { group.addTask { try place.open().issue([.example(number)]) } }
                try await group.waitForAll()
            }
            #expect(try place.open(.existing).all().count == 8)
        }
    }

    @Test(
        "A ledger whose making was cut short is made by the next command",
        arguments: [
            [], ["PRAGMA application_id = 0x6d6c6361"],
            ["PRAGMA application_id = 0x6d6c6361", "PRAGMA journal_mode = WAL"],
            [
                "PRAGMA application_id = 0x6d6c6361", "PRAGMA journal_mode = WAL",
                "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)",
            ],
        ] as [[String]])
    func cutShort(statements: [String]) throws {
        // The file comes first, then one statement after the other.
        try place.directory.write("", to: "ledger.sqlite")
        let script = "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        let lines = statements.map { "database.execute('\($0)')\n" }.joined()
        let made = try Command.run("python3", ["-c", script + lines, place.path])
        try #require(made.status == 0, "\(made.everything)")
        try place.open().issue([.example(1)])
        #expect(try place.open(.existing).all().count == 1)
    }

    @Test("A ledger with 2,000 entries answers as one with two")
    func many() throws {
        let ledger = try place.open()
        try ledger.begin((1...2_000).map { try .example($0, names: ["user\($0)@example.org"]) })
        #expect(try ledger.all().count == 2_000)
        #expect(
            try ledger.entries(LedgerQuery(name: "user1999@example.org")).map(\.serialNumber) == [SerialNumber(1_999)])
        try ledger.abandon((1...2_000).map { SerialNumber($0) })
        #expect(try ledger.entries(LedgerQuery(states: [.pending])).isEmpty)
    }
}
