import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger revocation lists")
struct RevocationListsTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let issuer: Certificate

    init() throws {
        place = try Place()
        ledger = try place.open()
        issuer = try certificate(0)
    }

    private func list(
        _ number: Int64, _ thisUpdate: Date, _ entries: [RevocationList.Entry]
    ) throws(MailCAError) -> RevocationList {
        do {
            return try RevocationList(
                issuer: issuer, key: key(0), number: number, thisUpdate: thisUpdate,
                nextUpdate: thisUpdate.addingTimeInterval(10 * day), entries: entries)
        } catch {
            throw MailCAError(.internalFault, "the list was not made", cause: error)
        }
    }

    @discardableResult
    private func add(_ from: Date, issuer: Int = 0, to other: SQLiteLedger? = nil) throws -> RevocationList {
        try (other ?? ledger).addRevocationList(issuer: SerialNumber(issuer), from: from) {
            (number, thisUpdate, entries) throws(MailCAError) in try list(number, thisUpdate, entries)
        }
    }

    @Test("Before the first list there is none")
    func none() throws {
        #expect(try ledger.latestRevocationList(issuer: SerialNumber(0)) == nil)
    }

    @Test("The newest list is kept for the next command")
    func latest() throws {
        let first = try add(now)
        #expect(first.number == 1)
        #expect(try first.thisUpdate() == now)
        #expect(try ledger.latestRevocationList(issuer: SerialNumber(0)) == first)
        let second = try add(now.addingTimeInterval(60))
        #expect(second.number == 2)
        #expect(try place.open(.existing).latestRevocationList(issuer: SerialNumber(0)) == second)
        #expect(try add(now.addingTimeInterval(120), to: place.open(.existing)).number == 3)
    }

    @Test("A list is later than the last one also within a second and where the clock was set back")
    func strictlyLater() throws {
        #expect(try add(now.addingTimeInterval(0.9)).thisUpdate() == now)
        #expect(try add(now).thisUpdate() == now.addingTimeInterval(1))
        #expect(try add(now.addingTimeInterval(-1_000 * day)).thisUpdate() == now.addingTimeInterval(2))
        #expect(try add(now.addingTimeInterval(60)).thisUpdate() == now.addingTimeInterval(60))
    }

    @Test("It lists the revoked certificates of its issuer alone, in the order in which they were begun")
    func entries() throws {
        try ledger.issue([.example(5), .example(3), .example(9), .example(4, issuer: 1), .example(6)])
        try ledger.revoke([SerialNumber(9)], .init(date: now, reason: .keyCompromise))
        try ledger.revoke(
            [SerialNumber(4), SerialNumber(5)], .init(date: now.addingTimeInterval(1), reason: .unspecified))
        #expect(
            try add(now).entries() == [
                .init(serialNumber: SerialNumber(5), revokedAt: now.addingTimeInterval(1), reason: nil),
                .init(serialNumber: SerialNumber(9), revokedAt: now, reason: 1),
            ])
        #expect(try add(now, issuer: 1).entries().map(\.serialNumber) == [SerialNumber(4)])
        #expect(try add(now, issuer: 2).entries().isEmpty)
    }

    @Test("Every issuer counts for itself")
    func perIssuer() throws {
        try add(now)
        try add(now)
        #expect(try add(now, issuer: 1).number == 1)
        #expect(try add(now).number == 3)
        #expect(try ledger.latestRevocationList(issuer: SerialNumber(1))?.number == 1)
    }

    @Test("A list that was not made leaves no trace, and its reason is passed on")
    func notMade() throws {
        try add(now)
        let error = try expectRefusal(.keyNotHere) {
            _ = try ledger.addRevocationList(issuer: SerialNumber(0), from: now) { _, _, _ throws(MailCAError) in
                throw MailCAError(.keyNotHere, "no key")
            }
        }
        #expect(error.message == "no key")
        #expect(try ledger.latestRevocationList(issuer: SerialNumber(0))?.number == 1)
        #expect(try add(now).number == 2)
    }

    @Test("Lists that are made at once by several get every number once")
    func concurrent() async throws {
        let place = place
        let numbers = try await withThrowingTaskGroup(of: [Int64?].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let ledger = try place.open(.existing)
                    return try (0..<5).map { _ in try add(now, to: ledger).number }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.compactMap(\.self).sorted() == Array(1...20))
    }
}
