import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("Damaged ledgers")
struct DamageTests {
    private let place: Place

    init() throws {
        place = try Place()
        let ledger = try place.open()
        try ledger.issue((1...100).map { try .example($0, names: ["user\($0)@example.org"]) })
    }

    /// Opens the ledger and reads all of it.
    private func use(_ mode: SQLiteLedger.Mode = .existing) throws {
        let ledger = try place.open(mode)
        for entry in try ledger.all() { _ = try ledger.entry(entry.serialNumber) }
    }

    /// Expects that the ledger is refused as damaged, and left as it is.
    private func expectDamaged(_ mode: SQLiteLedger.Mode = .existing, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let before = try place.bytes()
        let error = try expectRefusal(.damaged, sourceLocation: sourceLocation) { try use(mode) }
        #expect(error.message.contains(place.name), sourceLocation: sourceLocation)
        #expect(error.hint?.contains("Nothing was changed.") == true, sourceLocation: sourceLocation)
        let isUnchanged = try place.bytes() == before
        #expect(isUnchanged, "the file is as it was", sourceLocation: sourceLocation)
    }

    private static let bothModes: [SQLiteLedger.Mode] = [.existing, .createIfMissing]

    @Test("Garbage is no ledger", arguments: bothModes)
    func garbage(mode: SQLiteLedger.Mode) throws {
        try place.write((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        try expectDamaged(mode)
    }

    @Test("Text is no ledger", arguments: bothModes)
    func text(mode: SQLiteLedger.Mode) throws {
        try place.write(Array("this is not a database\n".utf8))
        try expectDamaged(mode)
    }

    @Test("A ledger with an overwritten page is damaged")
    func overwrittenPages() throws {
        var bytes = try place.bytes()
        #expect(bytes.count > 10 * 4_096)
        for page in 1..<bytes.count / 4_096 {
            bytes.replaceSubrange(page * 4_096..<(page + 1) * 4_096, with: repeatElement(0xa5, count: 4_096))
        }
        try place.write(bytes)
        try expectDamaged()
    }

    @Test("A ledger that was cut in the middle is damaged")
    func cut() throws {
        let bytes = try place.bytes()
        try place.write(Array(bytes.prefix(bytes.count / 2)))
        try expectDamaged()
    }

    @Test("Looking through the whole ledger finds damage that nobody would come across")
    func lookedThrough() throws {
        try place.open(.existing).check()
        var bytes = try place.bytes()
        let name = Array("user50@example.org".utf8)
        let found = try #require(bytes.indices.dropLast(name.count).first { bytes[$0...].starts(with: name) })
        bytes[found] = UInt8(ascii: "z")
        try place.write(bytes)
        let error = try expectRefusal(.damaged) { try place.open(.existing).check() }
        #expect(error.message.contains(place.name))
    }

    @Test("An empty file is no ledger where one has to be there")
    func empty() throws {
        try place.write([])
        try expectDamaged(.existing)
    }

    @Test("Somebody else's database is no ledger, and is not touched", arguments: bothModes)
    func foreignDatabase(mode: SQLiteLedger.Mode) throws {
        var bytes = try place.bytes()
        bytes.replaceSubrange(68..<72, with: [0, 0, 0, 0])
        // Not in write-ahead mode either, as most databases are not.
        bytes.replaceSubrange(18..<20, with: [1, 1])
        try place.write(bytes)
        try expectDamaged(mode)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.directory.path) == ["ledger.sqlite"])
    }

    @Test("A ledger of a later version is refused, and not one byte of it changes", arguments: bothModes)
    func newer(mode: SQLiteLedger.Mode) throws {
        var bytes = try place.bytes()
        let version = bytes[63]
        bytes.replaceSubrange(60..<64, with: [0, 0, 0, version + 1])
        try place.write(bytes)
        let error = try expectRefusal(.ledgerIsNewer) { try use(mode) }
        #expect(error.message.contains("format \(version + 1)"))
        #expect(error.message.contains(place.name))
        let isUnchanged = try place.bytes() == bytes
        #expect(isUnchanged)
    }

    @Test("A revocation for a reason that is not known here is damage: it is neither shown, nor listed, nor audited")
    func unknownReason() throws {
        try place.open().revoke([SerialNumber(7)], .init(date: now, reason: .unspecified))
        for code in [8, 6, -1, 300] {
            try place.execute("UPDATE certificate SET reason = \(code) WHERE revoked_at IS NOT NULL")
            let ledger = try place.open()
            try expectRefusal(.damaged) { _ = try ledger.entry(SerialNumber(7)) }
            try expectRefusal(.damaged) { _ = try ledger.auditFaults(authorities: []) }
            try expectRefusal(.damaged) { try ledger.addList() }
        }
    }

    @Test("An entry of a kind that is not known here is damage, not a crash")
    func unknownProfile() throws {
        var bytes = try place.bytes()
        let places = bytes.indices.dropLast(6).filter { bytes[$0..<$0 + 6].elementsEqual("client".utf8) }
        #expect(places.count >= 100)
        for place in places { bytes.replaceSubrange(place..<place + 6, with: Array("clyent".utf8)) }
        try place.write(bytes)
        try expectRefusal(.damaged) { try use() }
    }
}
