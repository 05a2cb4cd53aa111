import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger queries")
struct QueriesTests {
    private let ledger: SQLiteLedger
    private let place: Place

    /// 1 to 5 end after so many tens of days, the odd ones users and the even ones servers; 2 and 3 are revoked, 3 first;
    /// 6 is under way, 7 was given up, 8 is another CA's, and revoked last.
    init() throws {
        place = try Place()
        ledger = try place.open()
        try ledger.issue((1...5).map { try Self.entry($0, days: 10 * $0) })
        try ledger.begin([Self.entry(7, days: 70)])
        try ledger.abandon([SerialNumber(7)])
        try ledger.begin([Self.entry(6, days: 60)])
        try ledger.issue([Self.entry(8, days: 80, issuer: 1)])
        for (hour, number) in [3, 2, 8].enumerated() {
            try ledger.revoke(
                [SerialNumber(number)],
                .init(date: now.addingTimeInterval(Double(hour) * 3_600), reason: .superseded))
        }
    }

    private static func entry(_ number: Int, days: Int, issuer: Int = 0) throws -> LedgerEntry {
        var entry = try LedgerEntry.example(
            number, issuer: issuer, profile: number % 2 == 0 ? .server : .client,
            names: number % 2 == 0 ? ["mail.example.org", "mx\(number).example.org"] : ["taro@example.org"])
        entry.validity = Validity(notBefore: now, days: days)
        return entry
    }

    /// The numbers that are found, which are as many as are counted.
    private func find(_ query: LedgerQuery) throws -> [Int] {
        let found = try ledger.entries(query).map { Int(decoding: $0.serialNumber) }
        if query.limit == nil { #expect(try ledger.count(query) == found.count) }
        return found
    }

    private func after(_ days: Double) -> Date { now.addingTimeInterval(days * day) }

    @Test("Without a condition everything is found, the oldest first")
    func all() throws { #expect(try find(LedgerQuery()) == [1, 2, 3, 4, 5, 7, 6, 8]) }

    @Test("Revoked ones, and others")
    func revoked() throws {
        #expect(try find(LedgerQuery(isRevoked: true)) == [2, 3, 8])
        #expect(try find(LedgerQuery(isRevoked: false)) == [1, 4, 5, 7, 6])
        #expect(try find(LedgerQuery(states: [.issued], isRevoked: false)) == [1, 4, 5])
        #expect(try find(LedgerQuery(revokedBy: SerialNumber(0))) == [2, 3])
        #expect(try find(LedgerQuery(revokedBy: SerialNumber(1))) == [8])
        #expect(try find(LedgerQuery(revokedBy: SerialNumber(0), isRevoked: false)) == [])
    }

    @Test("What ends from a time on, that second included, and what ends before it")
    func ends() throws {
        let end = after(30).addingTimeInterval(-1)
        #expect(try find(LedgerQuery(endsFrom: end)) == [3, 4, 5, 7, 6, 8])
        #expect(try find(LedgerQuery(endsFrom: end.addingTimeInterval(1))) == [4, 5, 7, 6, 8])
        #expect(try find(LedgerQuery(endsBefore: end)) == [1, 2])
        #expect(try find(LedgerQuery(endsBefore: end.addingTimeInterval(1))) == [1, 2, 3])
        #expect(try find(LedgerQuery(endsFrom: after(15), endsBefore: after(45))) == [2, 3, 4])
        #expect(try find(LedgerQuery(endsFrom: after(45), endsBefore: after(15))) == [])
        #expect(try find(LedgerQuery(endsBefore: Date(timeIntervalSince1970: -1e10))) == [])
        #expect(try find(LedgerQuery(endsFrom: Date(timeIntervalSince1970: 1e10))) == [])
    }

    @Test("Everything that is set has to hold")
    func together() throws {
        #expect(
            try find(
                LedgerQuery(
                    profiles: [.server], states: [.issued], name: "mail.example.org", isRevoked: false,
                    endsFrom: after(0), endsBefore: after(1_000))) == [4])
        #expect(try find(LedgerQuery(name: "taro@example.org", isRevoked: true)) == [3])
        #expect(try find(LedgerQuery(profiles: [.client], endsFrom: after(40))) == [5, 7])
        #expect(try find(LedgerQuery(keyFingerprint: key(4).publicKey.sha256, isRevoked: false)) == [4])
        #expect(try find(LedgerQuery(keyFingerprint: key(3).publicKey.sha256, isRevoked: false)) == [])
    }

    @Test("In each order: by age, by end, by revocation")
    func orders() throws {
        #expect(try find(LedgerQuery(order: .newestFirst)) == [8, 6, 7, 5, 4, 3, 2, 1])
        #expect(try find(LedgerQuery(order: .endingFirst)) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try find(LedgerQuery(isRevoked: true, order: .revokedLast)) == [8, 2, 3])
        #expect(try find(LedgerQuery(name: "mail.example.org", order: .newestFirst)) == [8, 6, 4, 2])
        #expect(try find(LedgerQuery(name: "mail.example.org", order: .endingFirst)) == [2, 4, 6, 8])
    }

    @Test("What ends, or was revoked, in the same second is in the order of its age")
    func ties() throws {
        try ledger.issue([Self.entry(12, days: 10), Self.entry(10, days: 10)])
        try ledger.revoke([SerialNumber(10), SerialNumber(12)], .init(date: now, reason: .superseded))
        #expect(try find(LedgerQuery(endsBefore: after(10), order: .endingFirst)) == [1, 12, 10])
        #expect(try find(LedgerQuery(isRevoked: true, order: .revokedLast)) == [8, 2, 10, 12, 3])
    }

    @Test("At most so many are found, of those that come first; all are counted")
    func limits() throws {
        #expect(try find(LedgerQuery(limit: 0)) == [])
        #expect(try find(LedgerQuery(limit: 2)) == [1, 2])
        #expect(try find(LedgerQuery(order: .newestFirst, limit: 1)) == [8])
        #expect(try find(LedgerQuery(isRevoked: true, order: .revokedLast, limit: 2)) == [8, 2])
        #expect(try find(LedgerQuery(limit: 1_000)).count == 8)
        #expect(try find(LedgerQuery(name: "mail.example.org", limit: 3)) == [2, 4, 6])
        #expect(try ledger.count(LedgerQuery(limit: 2)) == 8)
    }

    @Test("Who takes the entries can stop, and its reason is passed on")
    func stopped() throws {
        var taken = 0
        let error = try expectRefusal(.busy) {
            try ledger.forEachEntry(LedgerQuery()) { _ throws(MailCAError) in
                taken += 1
                if taken == 3 { throw MailCAError(.busy, "enough") }
            }
        }
        #expect(taken == 3)
        #expect(error.message == "enough")
        #expect(try find(LedgerQuery()).count == 8)
    }
}
