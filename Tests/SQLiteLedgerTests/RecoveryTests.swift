import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("What was found outside of a ledger")
struct RecoveryTests {
    private let place: Place
    private let ledger: SQLiteLedger

    init() throws {
        place = try Place()
        ledger = try place.open()
        try ledger.issue([.example(0, issuer: 0, profile: .root), .example(1)])
    }

    /// A certificate as it is found.
    private func found(_ number: Int, revoked: Bool = false) throws -> LedgerEntry {
        var entry = try LedgerEntry.example(number, names: ["user\(number)@example.org"])
        entry.state = .issued
        entry.certificate = try certificate(number).der
        if revoked { entry.revocation = .init(date: now, reason: .keyCompromise) }
        return entry
    }

    /// A number on a list, and nothing else.
    private func number(_ number: Int) throws -> LedgerEntry {
        LedgerEntry(
            serialNumber: SerialNumber(number), issuer: SerialNumber(0), profile: .client, state: .abandoned, names: [],
            validity: Validity(notBefore: now, days: 3_650), keyFingerprint: [], createdAt: now,
            revocation: .init(date: now, reason: .superseded))
    }

    private func expectNoFaults() throws {
        #expect(try ledger.auditFaults(authorities: [certificate(0)]) == [])
        try ledger.check()
    }

    @Test("A certificate is entered as it is, with its revocation")
    func certificates() throws {
        let entries = [try found(5), try found(6, revoked: true)]
        try ledger.recover(entries)
        #expect(try ledger.entry(SerialNumber(5)) == entries[0])
        #expect(try ledger.entry(SerialNumber(6)) == entries[1])
        #expect(try ledger.addList().decoded().entries().map(\.serialNumber) == [SerialNumber(6)])
        try expectNoFaults()
    }

    @Test("What is known is not entered again, and takes the others with it")
    func known() throws {
        try ledger.begin([.example(8)])
        for number in [1, 8] {
            try expectRefusal(.alreadyExists) { try ledger.recover([found(5), found(number)]) }
            #expect(try ledger.entry(SerialNumber(5)) == nil)
        }
        try expectNoFaults()
    }

    @Test("What was given up and was published all the same keeps its details, and becomes issued")
    func abandoned() throws {
        var entry = try LedgerEntry.example(5, names: ["taro@example.org"])
        entry.device = "phone"
        try ledger.begin([entry])
        try ledger.abandon([SerialNumber(5)])
        let found = try found(5)
        try ledger.recover([found])
        let after = try #require(try ledger.entry(SerialNumber(5)))
        #expect(after.state == .issued && after.device == "phone" && after.names == ["taro@example.org"])
        #expect(after.certificate == found.certificate)
        try expectNoFaults()
    }

    @Test("A number alone is on every list, and its certificate takes its row when it is found")
    func numbers() throws {
        try ledger.recover([number(7)])
        for _ in 0..<2 {
            #expect(try ledger.addList().decoded().entries().map(\.serialNumber) == [SerialNumber(7)])
        }
        try expectNoFaults()
        try expectRefusal(.alreadyExists) { try ledger.recover([number(7)]) }
        try ledger.recover([found(7, revoked: true)])
        let after = try #require(try ledger.entry(SerialNumber(7)))
        #expect(after.state == .issued && after.names == ["user7@example.org"])
        #expect(after.revocation?.reason == .superseded)
        #expect(try ledger.entries(LedgerQuery(name: "user7@example.org")).count == 1)
        #expect(try ledger.addList().decoded().entries().map(\.serialNumber) == [SerialNumber(7)])
        try expectNoFaults()
    }

    @Test("A number that was given up and is on a list is revoked")
    func abandonedNumber() throws {
        try ledger.begin([.example(5, names: ["taro@example.org"])])
        try ledger.abandon([SerialNumber(5)])
        var entry = try #require(try ledger.entry(SerialNumber(5)))
        entry.revocation = .init(date: now, reason: .superseded)
        try ledger.recover([entry])
        #expect(try ledger.entry(SerialNumber(5)) == entry)
        #expect(try ledger.addList().decoded().entries().map(\.serialNumber) == [SerialNumber(5)])
        try expectNoFaults()
    }

    @Test("Who changes what was recovered is found out")
    func changed() throws {
        try ledger.begin([.example(5)])
        try ledger.abandon([SerialNumber(5)])
        try ledger.recover([found(5)])
        ledger.close()
        try place.execute("UPDATE certificate SET device = 'other' WHERE id = 3")
        let faults = try place.open(.existing).auditFaults(authorities: [certificate(0)])
        #expect(faults.count == 1)
        #expect(faults.first?.message.contains("is not what act") == true)
    }
}
