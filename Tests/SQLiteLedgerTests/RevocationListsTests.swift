import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger revocation lists")
struct RevocationListsTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let issuer = SerialNumber(0)

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    private func latest(of issuer: Int = 0, in other: SQLiteLedger? = nil) throws -> SignedRevocationList? {
        try (other ?? ledger).latestRevocationList(issuer: SerialNumber(issuer), at: now.addingTimeInterval(day))
    }

    @Test("Before the first list there is none")
    func none() throws {
        #expect(try latest() == nil)
        #expect(try ledger.plannedRevocationLists(issuer: issuer, at: now).isEmpty)
    }

    @Test("What a list says of itself is what is in it")
    func whole() throws {
        try ledger.issue([.example(1), .example(2)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        let list = try ledger.addList(days: 7)
        let decoded = try list.decoded()
        #expect(list.issuer == issuer)
        #expect(list.number == 1 && decoded.number == 1)
        #expect(list.thisUpdate == now)
        #expect(try decoded.thisUpdate() == now)
        #expect(list.nextUpdate == now.addingTimeInterval(7 * day))
        #expect(try decoded.nextUpdate() == list.nextUpdate)
        #expect(list.count == 1 && decoded.count == 1)
        #expect(try decoded.isSigned(by: certificate(0)))
    }

    @Test("The newest list is kept for the next command")
    func newest() throws {
        let first = try ledger.addList().decoded()
        #expect(first.number == 1)
        #expect(try latest()?.decoded() == first)
        let second = try ledger.addList(from: now.addingTimeInterval(60)).decoded()
        #expect(second.number == 2)
        #expect(try latest(in: place.open(.existing))?.decoded() == second)
        #expect(try place.open(.existing).addList().number == 3)
    }

    @Test("A list is later than the last one also within a second and where the clock was set back")
    func strictlyLater() throws {
        #expect(try ledger.addList(from: now.addingTimeInterval(0.9)).thisUpdate == now)
        #expect(try ledger.addList(from: now).thisUpdate == now.addingTimeInterval(1))
        #expect(try ledger.addList(from: now.addingTimeInterval(-1_000 * day)).thisUpdate == now.addingTimeInterval(2))
        #expect(try ledger.addList(from: now.addingTimeInterval(60)).thisUpdate == now.addingTimeInterval(60))
    }

    @Test("It lists the revoked certificates of its issuer alone, in the order in which they were begun")
    func entries() throws {
        try ledger.issue([.example(5), .example(3), .example(9), .example(4, issuer: 1), .example(6)])
        try ledger.revoke([SerialNumber(9)], .init(date: now, reason: .keyCompromise))
        try ledger.revoke(
            [SerialNumber(4), SerialNumber(5)], .init(date: now.addingTimeInterval(1), reason: .unspecified))
        #expect(
            try ledger.addList().decoded().entries() == [
                .init(serialNumber: SerialNumber(5), revokedAt: now.addingTimeInterval(1), reason: nil),
                .init(serialNumber: SerialNumber(9), revokedAt: now, reason: 1),
            ])
        #expect(try ledger.addList(issuer: 1).decoded().entries().map(\.serialNumber) == [SerialNumber(4)])
        #expect(try ledger.addList(issuer: 2).decoded().entries().isEmpty)
    }

    @Test("Every issuer counts for itself")
    func perIssuer() throws {
        try ledger.addList()
        try ledger.addList()
        #expect(try ledger.addList(issuer: 1).number == 1)
        #expect(try ledger.addList().number == 3)
        #expect(try latest(of: 1)?.number == 1)
    }

    @Test("A list that was not made leaves no trace, and its reason is passed on")
    func notMade() throws {
        try ledger.issue([.example(1)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        let before = try ledger.addList().decoded()
        let failing = RevocationListSigner(
            list: { (_) throws(MailCAError) in throw MailCAError(.keyNotHere, "no key") },
            head: { (_) throws(MailCAError) in [] })
        let error = try expectRefusal(.keyNotHere) {
            _ = try ledger.addRevocationList(issuer: issuer, from: now, isPlanned: false, signer: failing)
        }
        #expect(error.message == "no key")
        #expect(try latest()?.decoded() == before)
        #expect(try ledger.addList().number == 2)
    }

    @Test("Lists that are made at once by several get every number once")
    func concurrent() async throws {
        let place = place
        let numbers = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let ledger = try place.open(.existing)
                    return try (0..<5).map { _ in try ledger.addList().number }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(1...20))
    }

    @Test("The bytes of a list that another took the place of are gone, and that is said")
    func pruned() throws {
        let first = try ledger.addList()
        #expect(try first.decoded().number == 1)
        try ledger.addList()
        let error = try expectRefusal(.busy) { _ = try first.decoded() }
        #expect(error.message.contains("newer revocation list"))
        #expect(try place.rows("SELECT DISTINCT number FROM revocation_list_part") == ["2"])
        #expect(try place.rows("SELECT number FROM revocation_list ORDER BY number") == ["1", "2"])
    }

    @Test("What was revoked since the newest list is not listed yet, CA by CA")
    func unlisted() throws {
        try ledger.issue([.example(1), .example(2), .example(3, issuer: 1)])
        #expect(try !ledger.hasUnlisted(issuer: issuer))
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        #expect(try ledger.hasUnlisted(issuer: issuer))
        #expect(try !ledger.hasUnlisted(issuer: SerialNumber(1)))
        try ledger.addList(issuer: 1)
        #expect(try ledger.hasUnlisted(issuer: issuer))
        try ledger.addList()
        #expect(try !ledger.hasUnlisted(issuer: issuer))
        try ledger.revoke([SerialNumber(3)], .init(date: now, reason: .superseded))
        #expect(try !ledger.hasUnlisted(issuer: issuer))
        #expect(try ledger.hasUnlisted(issuer: SerialNumber(1)))
        // Long ago, but entered now.
        try ledger.revoke([SerialNumber(2)], .init(date: now.addingTimeInterval(-9 * day), reason: .superseded))
        #expect(try place.open(.existing).hasUnlisted(issuer: issuer))
    }
}
