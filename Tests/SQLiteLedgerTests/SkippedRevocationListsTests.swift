import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger skipped revocation lists")
struct SkippedRevocationListsTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let issuer = SerialNumber(0)

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    private func after(_ days: Double) -> Date { now.addingTimeInterval(days * day) }

    @Test("The next list has a number and a time above any that was made before")
    func above() throws {
        try ledger.addList()
        try ledger.skipRevocationLists(issuer: issuer, to: after(1))
        // As the other past went on: a list every hour for a day.
        let list = try ledger.addList(from: after(0.9))
        #expect(list.number > 25)
        #expect(list.number > Int64(after(1).timeIntervalSince1970))
        #expect(list.thisUpdate > after(1))
        #expect(list.thisUpdate <= after(1).addingTimeInterval(2))
        #expect(try list.decoded().number == list.number)
        #expect(try ledger.addList(from: after(2)).thisUpdate == after(2))
    }

    @Test("The list that counts stays, and so do planned ones, until a new one is made")
    func stays() throws {
        let latest = try ledger.addList().decoded()
        try ledger.addList(from: after(30), isPlanned: true)
        try ledger.skipRevocationLists(issuer: issuer, to: after(1))
        #expect(try ledger.latestRevocationList(issuer: issuer, at: after(2))?.decoded() == latest)
        #expect(try ledger.plannedRevocationLists(issuer: issuer, at: after(2)).map(\.number) == [2])
        #expect(try ledger.latestRevocationList(issuer: issuer, at: after(30))?.number == 2)
    }

    @Test("What is planned for a far day does not move the next list there")
    func planned() throws {
        try ledger.addList()
        try ledger.addList(from: after(700), isPlanned: true)
        try ledger.skipRevocationLists(issuer: issuer, to: now)
        let list = try ledger.addList(from: after(1))
        #expect(list.thisUpdate == after(1))
    }

    @Test("It can be done again, where nothing was made before, and for one CA of several")
    func again() throws {
        for _ in 0..<3 { try ledger.skipRevocationLists(issuer: issuer, to: now) }
        #expect(try ledger.latestRevocationList(issuer: issuer, at: after(1)) == nil)
        let list = try ledger.addList()
        #expect(list.number > Int64(now.timeIntervalSince1970))
        #expect(try ledger.addList(issuer: 1).number == 1)
    }

    @Test("Nothing is made less where the numbers are above already")
    func aboveAlready() throws {
        try ledger.skipRevocationLists(issuer: issuer, to: after(100))
        let number = try ledger.addList().number
        try ledger.skipRevocationLists(issuer: issuer, to: now)
        let list = try ledger.addList()
        #expect(list.number > number)
        #expect(list.thisUpdate > after(100))
    }

    @Test("It is no fault, and no list that could be missing something")
    func honest() throws {
        try ledger.issue([.example(1)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        try ledger.skipRevocationLists(issuer: issuer, to: now)
        #expect(try ledger.hasUnlisted(issuer: issuer))
        try ledger.addList()
        try ledger.skipRevocationLists(issuer: issuer, to: after(1))
        #expect(try !ledger.hasUnlisted(issuer: issuer))
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
    }
}
