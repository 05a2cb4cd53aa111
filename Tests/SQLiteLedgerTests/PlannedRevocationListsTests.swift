import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger planned revocation lists")
struct PlannedRevocationListsTests {
    private let place: Place
    private let clock = Clock()
    private let ledger: SQLiteLedger
    private let issuer = SerialNumber(0)

    init() throws {
        place = try Place()
        ledger = try place.open(clock: clock)
    }

    private func after(_ days: Double) -> Date { now.addingTimeInterval(days * day) }

    /// One that counts now, and two for times to come.
    private func plan() throws {
        try ledger.addList()
        try ledger.addList(from: after(30), isPlanned: true)
        try ledger.addList(from: after(60), isPlanned: true)
    }

    private func latest(_ days: Double) throws -> Int64? {
        try ledger.latestRevocationList(issuer: issuer, at: after(days))?.number
    }

    private func planned(_ days: Double = 0) throws -> [Int64] {
        try ledger.plannedRevocationLists(issuer: issuer, at: after(days)).map(\.number)
    }

    @Test("A planned list counts from its time on, and not a second before")
    func times() throws {
        try plan()
        #expect(try latest(0) == 1)
        #expect(try ledger.latestRevocationList(issuer: issuer, at: after(30).addingTimeInterval(-1))?.number == 1)
        #expect(try latest(30) == 2)
        #expect(try latest(59.9) == 2)
        #expect(try latest(60) == 3)
        #expect(try latest(1_000) == 3)
        #expect(try place.open(.existing).latestRevocationList(issuer: issuer, at: after(30))?.number == 2)
    }

    @Test("Planned lists are told, the next one first, until their time has come")
    func order() throws {
        try plan()
        #expect(try planned() == [2, 3])
        #expect(try planned(30) == [3])
        #expect(try planned(60) == [])
        #expect(try ledger.plannedRevocationLists(issuer: SerialNumber(1), at: now).isEmpty)
    }

    @Test("A planned list is signed and whole before its time, with all that is revoked")
    func whole() throws {
        try ledger.issue([.example(1)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .keyCompromise))
        try plan()
        for (list, days) in zip(try ledger.plannedRevocationLists(issuer: issuer, at: now), [30.0, 60]) {
            let decoded = try list.decoded()
            #expect(try decoded.isSigned(by: certificate(0)))
            #expect(try decoded.thisUpdate() == after(days))
            #expect(list.thisUpdate == after(days))
            #expect(decoded.number == list.number)
            #expect(try decoded.lists(SerialNumber(1)))
        }
    }

    @Test("Where none counts yet there are planned ones only")
    func onlyPlanned() throws {
        try ledger.addList(from: after(30), isPlanned: true)
        #expect(try latest(0) == nil)
        #expect(try planned() == [1])
        #expect(try latest(30) == 1)
    }

    @Test("A new list takes the place of the planned ones, for good, and their numbers are not used again")
    func withdrawn() throws {
        try plan()
        let made = try ledger.addList(from: after(1))
        #expect(made.number == 4)
        // Later than the last that counts, not than what was only planned.
        #expect(made.thisUpdate == after(1))
        #expect(try planned() == [])
        for days in [0.0, 1, 30, 60, 1_000] { #expect(try latest(days) == 4) }
        #expect(try place.rows("SELECT DISTINCT number FROM revocation_list_part") == ["4"])
        #expect(try ledger.addList(from: after(30), isPlanned: true).number == 5)
        #expect(try planned() == [5])
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
    }

    @Test("A planned list that was withdrawn cannot be read any more")
    func withdrawnBytes() throws {
        try plan()
        let planned = try ledger.plannedRevocationLists(issuer: issuer, at: now)
        try ledger.addList()
        for list in planned { try expectRefusal(.busy) { _ = try list.decoded() } }
    }

    @Test("Another planned list withdraws none, and is later than all of them")
    func another() throws {
        try plan()
        let made = try ledger.addList(from: after(45), isPlanned: true)
        #expect(made.number == 4)
        #expect(made.thisUpdate == after(60).addingTimeInterval(1))
        #expect(try planned() == [2, 3, 4])
    }

    @Test("A planned list whose time has come is not withdrawn: the new one is later and has a higher number")
    func hasCome() throws {
        try plan()
        clock.advance(days: 40)
        let made = try ledger.addList(from: after(29))
        #expect(made.number == 4)
        #expect(made.thisUpdate == after(30).addingTimeInterval(1))
        #expect(try planned(40) == [])
        #expect(try latest(100) == 4)
    }

    @Test("A new list of one CA leaves the plans of another alone")
    func perIssuer() throws {
        try plan()
        try ledger.addList(issuer: 1)
        try ledger.addList(issuer: 1, from: after(5), isPlanned: true)
        #expect(try planned() == [2, 3])
        try ledger.addList()
        #expect(try ledger.plannedRevocationLists(issuer: SerialNumber(1), at: now).map(\.number) == [2])
    }

    @Test("Of old lists only the numbers are kept; what counts and what is planned is whole")
    func pruned() throws {
        try plan()
        clock.advance(days: 31)
        let planned = try ledger.addList(from: after(90), isPlanned: true)
        // The first was replaced by the second when its time came.
        #expect(try place.rows("SELECT DISTINCT number FROM revocation_list_part ORDER BY 1") == ["2", "3", "4"])
        #expect(try planned.decoded().number == 4)
        #expect(try ledger.latestRevocationList(issuer: issuer, at: clock.time)?.decoded().number == 2)
        #expect(try place.rows("SELECT count(*) FROM revocation_list") == ["4"])
    }

    @Test("What is revoked after lists were planned is on none of them, until a new one is made")
    func unlisted() throws {
        try ledger.issue([.example(1)])
        try plan()
        #expect(try !ledger.hasUnlisted(issuer: issuer))
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        #expect(try ledger.hasUnlisted(issuer: issuer))
        try ledger.addList()
        #expect(try !ledger.hasUnlisted(issuer: issuer))
    }

    @Test("A planned list that its CA did not sign leaves no trace, and withdraws none")
    func notMade() throws {
        try plan()
        let failing = RevocationListSigner(
            list: { (_) throws(MailCAError) in throw MailCAError(.keyNotHere, "no key") },
            head: { (_) throws(MailCAError) in [] })
        for isPlanned in [true, false] {
            try expectRefusal(.keyNotHere) {
                _ = try ledger.addRevocationList(issuer: issuer, from: now, isPlanned: isPlanned, signer: failing)
            }
        }
        #expect(try planned() == [2, 3])
        #expect(try ledger.plannedRevocationLists(issuer: issuer, at: now)[0].decoded().number == 2)
    }
}
