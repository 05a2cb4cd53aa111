import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("Authority's lists of the root for times to come")
struct AuthorityRootListsTests {
    private let office: Office
    private var ca: Authority { office.authority }
    private var root: SerialNumber { ca.certificateFields[1].serialNumber }

    init() throws { office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true)) }

    @Test("The first counts now, each begins a period after the one before and counts for two")
    func made() throws {
        let lists = try ca.rootRevocationLists(periods: 4, days: 30)
        #expect(lists.map(\.number) == [2, 3, 4, 5])
        let start = beginning.addingTimeInterval(-3_600)
        for (index, list) in lists.enumerated() {
            #expect(list.issuer == root)
            let begin = list.thisUpdate.timeIntervalSince(start) - Double(index) * 30 * day
            // A second later at most: the CA's first list was made at the same time.
            #expect(0...2 ~= begin)
            #expect(list.nextUpdate == list.thisUpdate.addingTimeInterval(60 * day))
            let decoded = try list.decoded()
            #expect(decoded.isSigned(by: ca.root))
            #expect(try decoded.thisUpdate() == list.thisUpdate)
        }
    }

    @Test("As time goes on one takes the place of the other, and there is always one in its time")
    func inTime() throws {
        _ = try ca.rootRevocationLists(periods: 4, days: 30)
        for (days, number) in [(0.0, 2), (29, 2), (2, 3), (30, 4), (30, 5), (50, 5)] as [(Double, Int64)] {
            office.clock.advance(days: days)
            let list = try ca.latestRevocationLists()[1]
            #expect(list.number == number)
            #expect(list.thisUpdate <= office.clock.now && office.clock.now < list.nextUpdate)
        }
    }

    @Test("Another sitting takes the place of what was planned")
    func again() throws {
        _ = try ca.rootRevocationLists(periods: 10, days: 30)
        office.clock.advance(days: 45)
        let serial = ca.certificateFields[0].serialNumber
        try ca.revoke(serial, reason: .cACompromise)
        #expect(try !ca.revocationListsAreComplete())
        let lists = try ca.rootRevocationLists(periods: 2, days: 10)
        #expect(lists.map(\.number) == [12, 13])
        for list in lists { #expect(try list.decoded().lists(serial)) }
        #expect(try office.ledger.plannedRevocationLists(issuer: root, at: office.clock.now).map(\.number) == [13])
        #expect(try ca.latestRevocationLists()[1].number == 12)
        #expect(try office.ledger.auditFaults(authorities: ca.certificates).isEmpty)
    }

    @Test("Without the root's key none is made")
    func keyAway() throws {
        let daily = try office.reopened().unlocked(with: office.members[1].key)
        let error = try office.expectRefusal(.keyNotHere) { _ = try daily.rootRevocationLists(periods: 2, days: 30) }
        #expect(error.hint?.contains("--root-key") == true)
        #expect(try office.ledger.plannedRevocationLists(issuer: root, at: beginning).isEmpty)
    }

    @Test(
        "No lists, too many, or lists for no time are refused",
        arguments: [(0, 30), (-1, 30), (1_001, 30), (2, 0), (2, 36_501)])
    func refused(periods: Int, days: Int) throws {
        try office.expectRefusal(.invalidParameters) { _ = try ca.rootRevocationLists(periods: periods, days: days) }
        #expect(try ca.latestRevocationLists()[1].number == 1)
    }

    @Test("A root that signs servers and users itself can plan its lists too")
    func rootAlone() throws {
        let office = try Office()
        #expect(try office.authority.rootRevocationLists(periods: 3, days: 1).map(\.number) == [2, 3, 4])
    }

    @Test("Lists live a year until somebody is seen to renew them, and ten days from then on")
    func usualDays() throws {
        #expect(try ca.usualListDays() == Authority.revocationListDays)
        try office.ledger.noteMaintained(beginning)
        #expect(try ca.usualListDays() == Authority.maintainedListDays)
        let list = try ca.revocationList()
        #expect(list.nextUpdate == list.thisUpdate.addingTimeInterval(10 * day))
        let asked = try ca.revocationList(days: 3)
        #expect(asked.nextUpdate == asked.thisUpdate.addingTimeInterval(3 * day))
    }

    @Test("The lists have all that was taken back, until more is")
    func complete() throws {
        #expect(try ca.revocationListsAreComplete())
        let issued = try ca.issue(.client("taro@example.org"))
        #expect(try ca.revocationListsAreComplete())
        try ca.revoke(issued.serialNumber, reason: .superseded)
        #expect(try !ca.revocationListsAreComplete())
        _ = try ca.revocationList()
        #expect(try ca.revocationListsAreComplete())
        #expect(try office.reopened().revocationListsAreComplete())
    }

    @Test("A revocation that is still to come is refused, and one of the past is listed with its time")
    func dates() throws {
        let issued = try ca.issue(.client("taro@example.org")).serialNumber
        try office.expectRefusal(.invalidParameters) {
            try ca.revoke(issued, reason: .keyCompromise, at: beginning.addingTimeInterval(1))
        }
        let date = beginning.addingTimeInterval(-9 * day)
        try ca.revoke(issued, reason: .keyCompromise, at: date)
        #expect(try ca.revocationList().decoded().entries().map(\.revokedAt) == [date])
    }
}
