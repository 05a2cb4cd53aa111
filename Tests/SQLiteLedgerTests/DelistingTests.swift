import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger delisting")
struct DelistingTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let issuer = SerialNumber(0)
    /// The last second of what the examples live.
    private let end: Date

    init() throws {
        place = try Place()
        ledger = try place.open()
        try ledger.issue([.example(1), .example(2), .example(3)])
        try ledger.revoke([SerialNumber(1), SerialNumber(2)], .init(date: now, reason: .keyCompromise))
        end = try LedgerEntry.example(1).validity.notAfter
    }

    /// The numbers on a new list.
    private func listed(_ from: Date, isPlanned: Bool = false) throws -> [Int] {
        let list = try ledger.addList(from: from, isPlanned: isPlanned)
        let numbers = try list.decoded().entries().map { Int(decoding: $0.serialNumber) }
        #expect(list.count == numbers.count)
        return numbers
    }

    @Test("What is revoked stays on every list until its end, and on the first that is made after it")
    func leaves() throws {
        #expect(try listed(now) == [1, 2])
        #expect(try listed(end.addingTimeInterval(-1)) == [1, 2])
        #expect(try listed(end) == [1, 2])
        #expect(try listed(end.addingTimeInterval(day)) == [1, 2])
        #expect(try listed(end.addingTimeInterval(2 * day)) == [])
        #expect(try listed(end.addingTimeInterval(3 * day)) == [])
    }

    @Test("Each leaves at its own time")
    func each() throws {
        var long = try LedgerEntry.example(9)
        long.validity = Validity(notBefore: now, days: 730)
        try ledger.issue([long])
        try ledger.revoke([SerialNumber(9)], .init(date: now, reason: .superseded))
        #expect(try listed(end.addingTimeInterval(1)) == [1, 2, 9])
        #expect(try listed(end.addingTimeInterval(2)) == [9])
        #expect(try listed(long.validity.notAfter.addingTimeInterval(1)) == [9])
        #expect(try listed(long.validity.notAfter.addingTimeInterval(2)) == [])
    }

    @Test("What is revoked after its end is on one list, too")
    func late() throws {
        #expect(try listed(end.addingTimeInterval(day)) == [1, 2])
        try ledger.revoke([SerialNumber(3)], .init(date: now, reason: .superseded))
        #expect(try ledger.hasUnlisted(issuer: issuer))
        #expect(try listed(end.addingTimeInterval(2 * day)) == [3])
        #expect(try listed(end.addingTimeInterval(3 * day)) == [])
    }

    @Test("A list that was not made after all delists none")
    func notMade() throws {
        let failing = RevocationListSigner(
            list: { (_) throws(MailCAError) in throw MailCAError(.keyNotHere, "no key") },
            head: { (_) throws(MailCAError) in [] })
        try expectRefusal(.keyNotHere) {
            _ = try ledger.addRevocationList(
                issuer: issuer, from: end.addingTimeInterval(day), isPlanned: false, signer: failing)
        }
        #expect(try listed(end.addingTimeInterval(2 * day)) == [1, 2])
    }

    @Test("A list that is planned for after the end takes none off those that are made before it")
    func planned() throws {
        #expect(try listed(now) == [1, 2])
        #expect(try listed(end.addingTimeInterval(day), isPlanned: true) == [1, 2])
        #expect(try listed(now.addingTimeInterval(day)) == [1, 2])
    }

    @Test("What need not be listed any more is still revoked, and the audit is content")
    func remembered() throws {
        for days in [0.0, 366, 367] { _ = try listed(now.addingTimeInterval(days * day)) }
        #expect(try ledger.entries(LedgerQuery(revokedBy: issuer)).isEmpty)
        #expect(try ledger.count(LedgerQuery(isRevoked: true)) == 2)
        #expect(try ledger.entry(SerialNumber(1))?.revocation == .init(date: now, reason: .keyCompromise))
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
        try expectRefusal(.alreadyExists) {
            try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        }
    }

    @Test("Another CA's lists delist none of this one's")
    func perIssuer() throws {
        try ledger.addList(issuer: 1, from: end.addingTimeInterval(day))
        try ledger.addList(issuer: 1, from: end.addingTimeInterval(2 * day))
        #expect(try listed(end.addingTimeInterval(3 * day)) == [1, 2])
    }
}
