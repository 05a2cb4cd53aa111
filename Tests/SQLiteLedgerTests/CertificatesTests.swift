import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger certificates")
struct CertificatesTests {
    private let place: Place
    private let ledger: SQLiteLedger

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    @Test("What was begun is pending, then issued, and keeps every detail, also for the next command")
    func lifeOfAnEntry() throws {
        var entry = try LedgerEntry.example(
            1, issuer: 7, names: ["例え.jp", "mail.example.org", "'; DROP TABLE certificate; --"])
        entry.device = "Tarō's \"phone\""
        entry.fullName = "山田 太郎"
        entry.validity = Validity(notBefore: now.addingTimeInterval(-3_600), days: 36_500)
        try ledger.begin([entry])
        #expect(try ledger.entry(SerialNumber(1)) == entry)
        let certificate = try certificate(1)
        try ledger.complete([certificate])
        entry.state = .issued
        entry.certificate = certificate.der
        #expect(try ledger.entry(SerialNumber(1)) == entry)
        #expect(try place.open(.existing).entry(SerialNumber(1)) == entry)
        #expect(try place.open(.existing).all() == [entry])
    }

    @Test("An unknown number has no entry")
    func unknown() throws {
        #expect(try ledger.entry(SerialNumber(1)) == nil)
        #expect(try ledger.entry(SerialNumber([0])) == nil)
        #expect(try ledger.all().isEmpty)
    }

    @Test("What was given up stays known, without a certificate, and its number stays taken")
    func abandon() throws {
        try ledger.begin([.example(1), .example(2)])
        try ledger.abandon([SerialNumber(1), SerialNumber(2)])
        #expect(try ledger.states() == [1: .abandoned, 2: .abandoned])
        #expect(try ledger.all().allSatisfy { $0.certificate == nil })
        try expectRefusal(.internalFault) { try ledger.complete([certificate(1)]) }
        try expectRefusal(.alreadyExists) { try ledger.begin([.example(1)]) }
        #expect(try ledger.states() == [1: .abandoned, 2: .abandoned])
    }

    @Test("What somebody else has given up meanwhile cannot be completed by who began it")
    func abandonedElsewhere() throws {
        try ledger.begin([.example(1), .example(2)])
        let other = try place.open(.existing)
        try other.abandon([SerialNumber(1)])
        try expectRefusal(.internalFault) { try ledger.complete([certificate(1)]) }
        #expect(try ledger.states() == [1: .abandoned, 2: .pending])
        try ledger.complete([certificate(2)])
        #expect(try ledger.states() == [1: .abandoned, 2: .issued])
    }

    @Test("What was issued cannot be given up, nor completed again")
    func issuedStays() throws {
        try ledger.issue([.example(1)])
        try ledger.abandon([SerialNumber(1)])
        #expect(try ledger.states() == [1: .issued])
        try expectRefusal(.internalFault) { try ledger.complete([certificate(1)]) }
        #expect(try ledger.states() == [1: .issued])
    }

    @Test("What was never begun cannot be completed")
    func neverBegun() throws {
        try expectRefusal(.internalFault) { try ledger.complete([certificate(1)]) }
        #expect(try ledger.all().isEmpty)
    }

    @Test("Several begin together or not at all, and so they end")
    func together() throws {
        try ledger.issue([.example(1)])
        try expectRefusal(.alreadyExists) { try ledger.begin([.example(2), .example(1), .example(3)]) }
        try expectRefusal(.alreadyExists) { try ledger.begin([.example(4), .example(4)]) }
        #expect(try ledger.states() == [1: .issued])
        try ledger.begin([.example(5), .example(6)])
        try expectRefusal(.internalFault) { try ledger.complete([certificate(5), certificate(7)]) }
        #expect(try ledger.states() == [1: .issued, 5: .pending, 6: .pending])
    }

    @Test("Of roots, one at most is not given up")
    func oneRoot() throws {
        try ledger.begin([.example(1, issuer: 1, profile: .root)])
        try expectRefusal(.alreadyExists) { try ledger.begin([.example(2, issuer: 2, profile: .root)]) }
        try ledger.abandon([SerialNumber(1)])
        try ledger.issue([.example(3, issuer: 3, profile: .root)])
        try expectRefusal(.alreadyExists) { try ledger.begin([.example(4, issuer: 4, profile: .root)]) }
        #expect(try ledger.states() == [1: .abandoned, 3: .issued])
    }

    @Test("Entries are found by everything that is asked for at once, oldest first")
    func queries() throws {
        try ledger.issue([
            .example(9, profile: .server, names: ["mail.example.org", "mx.example.org"]),
            .example(3, profile: .server, names: ["mail.example.org"]), .example(5),
            .example(2, names: ["hanako@example.org"]),
        ])
        try ledger.begin([.example(1)])
        func numbers(_ query: LedgerQuery) throws -> [Int] {
            try ledger.entries(query).map { Int(decoding: $0.serialNumber) }
        }
        #expect(try numbers(LedgerQuery()) == [9, 3, 5, 2, 1])
        #expect(try numbers(LedgerQuery(profiles: [.server])) == [9, 3])
        #expect(try numbers(LedgerQuery(profiles: [.server, .client])) == [9, 3, 5, 2, 1])
        #expect(try numbers(LedgerQuery(states: [.pending])) == [1])
        #expect(try numbers(LedgerQuery(states: [.issued, .abandoned])) == [9, 3, 5, 2])
        #expect(try numbers(LedgerQuery(name: "mail.example.org")) == [9, 3])
        #expect(try numbers(LedgerQuery(name: "mx.example.org")) == [9])
        #expect(try numbers(LedgerQuery(name: "taro@example.org")) == [5, 1])
        #expect(try numbers(LedgerQuery(states: [.issued], name: "taro@example.org")) == [5])
        #expect(try numbers(LedgerQuery(keyFingerprint: key(2).publicKey.sha256)) == [2])
        #expect(try numbers(LedgerQuery(profiles: [.server], keyFingerprint: key(2).publicKey.sha256)) == [])
    }

    @Test(
        "A name is found as a whole and as it is",
        arguments: ["example.org", "MAIL.example.org", "%", "mail_example.org", "", "' OR 1=1 --"])
    func otherNames(name: String) throws {
        try ledger.issue([.example(1, profile: .server, names: ["mail.example.org"])])
        #expect(try ledger.entries(LedgerQuery(name: name)).isEmpty)
    }

    @Test("A query for none of the kinds finds nothing")
    func emptySets() throws {
        try ledger.issue([.example(1)])
        #expect(try ledger.entries(LedgerQuery(profiles: [])).isEmpty)
        #expect(try ledger.entries(LedgerQuery(states: [])).isEmpty)
    }

    @Test("A certificate is revoked once; a second time changes nothing")
    func revoke() throws {
        try ledger.issue([.example(1)])
        let revocation = LedgerEntry.Revocation(date: now, reason: .keyCompromise)
        try ledger.revoke([SerialNumber(1)], revocation)
        #expect(try ledger.entry(SerialNumber(1))?.revocation == revocation)
        #expect(try ledger.entry(SerialNumber(1))?.state == .issued)
        try expectRefusal(.alreadyExists) {
            try ledger.revoke([SerialNumber(1)], .init(date: now.addingTimeInterval(1), reason: .superseded))
        }
        #expect(try ledger.entry(SerialNumber(1))?.revocation == revocation)
    }

    @Test("Every reason is kept", arguments: RevocationReason.allCases)
    func reasons(reason: RevocationReason) throws {
        try ledger.issue([.example(1)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: reason))
        #expect(try place.open(.existing).entry(SerialNumber(1))?.revocation == .init(date: now, reason: reason))
    }

    @Test("What is not issued cannot be revoked, and takes the others with it")
    func revokeOthers() throws {
        try ledger.issue([.example(1)])
        try ledger.begin([.example(2), .example(3)])
        let revocation = LedgerEntry.Revocation(date: now, reason: .superseded)
        for (number, code) in [(2, MailCAError.Code.alreadyExists), (4, .notFound)] {
            try expectRefusal(code) {
                try ledger.revoke([SerialNumber(1), SerialNumber(number)], revocation)
            }
        }
        #expect(try ledger.all().allSatisfy { $0.revocation == nil })
    }
}
