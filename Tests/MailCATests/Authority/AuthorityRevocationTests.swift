import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("Authority revocation")
struct AuthorityRevocationTests {
    private let office: Office
    private var ca: Authority { office.authority }

    init() throws { office = try Office() }

    @Test("A revoked certificate is on the next list, with its time and reason", arguments: RevocationReason.allCases)
    func revoke(reason: RevocationReason) throws {
        let issued = try ca.issue(.client("taro@example.org"))
        let other = try ca.issue(.client("hanako@example.org"))
        office.clock.advance(days: 3)
        try ca.revoke(issued.serialNumber, reason: reason)
        let list = try ca.revocationList().decoded()
        #expect(
            try list.entries() == [
                .init(
                    serialNumber: issued.serialNumber, revokedAt: office.clock.now,
                    reason: reason == .unspecified ? nil : reason.code)
            ])
        #expect(try !list.lists(other.serialNumber))
        let entry = try #require(try office.ledger.entry(issued.serialNumber))
        #expect(entry.revocation == .init(date: office.clock.now, reason: reason))
        #expect(entry.state == .issued)
        #expect(!entry.isLive(at: office.clock.now))
    }

    @Test("A verifier that has the list refuses the certificate")
    func verified() throws {
        let issued = try ca.issue(.server(["mail.example.org"]))
        try ca.revoke(issued.serialNumber, reason: .keyCompromise)
        let store = try TrustStore(roots: [ca.root], revocationLists: [ca.revocationList().decoded()])
        let failure = try #require(
            #expect(throws: TrustStore.Failure.self) {
                try store.validate(issued.certificate, purpose: .server, time: beginning, checkRevocation: true)
            })
        #expect(failure.code == TrustStore.Failure.revoked)
    }

    @Test("A certificate is revoked once")
    func twice() throws {
        let issued = try ca.issue(.client("taro@example.org"))
        try ca.revoke(issued.serialNumber, reason: .superseded)
        office.clock.advance(days: 1)
        let error = try office.expectRefusal(.alreadyExists) {
            try ca.revoke(issued.serialNumber, reason: .keyCompromise)
        }
        #expect(error.message.contains("superseded"))
    }

    @Test("What was never issued here cannot be revoked")
    func unknown() throws {
        let error = try office.expectRefusal(.notFound) {
            try ca.revoke(SerialNumber([1, 2, 3]), reason: .unspecified)
        }
        #expect(error.message.contains("010203"))
    }

    @Test("Several are revoked together, all of them or none")
    func several() throws {
        let issued = try ca.issue([.client("a@example.org"), .client("b@example.org")]).map(\.serialNumber)
        try office.expectRefusal(.notFound) {
            try ca.revoke(issued + [SerialNumber([1])], reason: .cessationOfOperation)
        }
        try ca.revoke(issued, reason: .cessationOfOperation)
        #expect(try ca.revocationList().decoded().entries().map(\.serialNumber) == issued)
    }

    @Test("A locked CA revokes, for the ledger comes before the list")
    func locked() throws {
        let issued = try ca.issue(.client("taro@example.org"))
        try office.reopened().revoke(issued.serialNumber, reason: .keyCompromise)
        #expect(try ca.revocationList().decoded().lists(issued.serialNumber))
    }

    @Test("Numbers and times of the lists only grow, also within a second and where the clock is set back")
    func growing() throws {
        var lists = [try ca.revocationList()]
        for days in [0, 0, 1, -0.5, -400, 0, 900, -1] {
            office.clock.advance(days: days)
            lists.append(try ca.revocationList())
        }
        for (one, next) in zip(lists, lists.dropFirst()) {
            #expect(next.number == one.number + 1)
            #expect(one.thisUpdate < next.thisUpdate)
        }
        // The first was made with the CA.
        #expect(lists[0].number == 2)
        #expect(try office.reopened().unlocked(with: office.members[0].key).revocationList().number == 11)
    }

    @Test("A list begins an hour ago, for clocks that are behind, and lasts as long as was asked")
    func times() throws {
        let first = try #require(try ca.latestRevocationLists().first)
        #expect(first.thisUpdate == beginning.addingTimeInterval(-3_600))
        let made = try ca.revocationList()
        let list = try made.decoded()
        #expect(try made.thisUpdate == list.thisUpdate() && made.nextUpdate == list.nextUpdate())
        #expect(made.nextUpdate == made.thisUpdate.addingTimeInterval(365 * day))
        let short = try ca.revocationList(days: 10)
        #expect(short.nextUpdate == short.thisUpdate.addingTimeInterval(10 * day))
        #expect(list.isSigned(by: ca.root))
        #expect(try list.issuer() == ca.root.subject())
        #expect(made.issuer == ca.certificateFields[0].serialNumber)
    }

    @Test("A list for no days, or too many, is refused, and takes no number", arguments: [0, -1, 36_501])
    func days(count: Int) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try ca.revocationList(days: count) })
        #expect(error.code == .invalidParameters)
        #expect(try ca.revocationList().number == 2)
    }

    @Test("Every CA of a chain has a list, the one that signs first")
    func lists() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        let ca = office.authority
        #expect(try ca.latestRevocationLists().map(\.number) == [1, 1])
        let issued = try ca.issue(.client("taro@example.org"))
        try ca.revoke(issued.serialNumber, reason: .superseded)
        let made = try ca.revocationLists(days: 20)
        let lists = try made.decoded()
        #expect(try lists.map { try $0.issuer() } == [ca.issuer.subject(), ca.root.subject()])
        #expect(lists.map(\.count) == [1, 0])
        #expect(made.map(\.count) == [1, 0])
        #expect(made.map(\.number) == [2, 2])
        #expect(try ca.latestRevocationLists().decoded() == lists)
    }

    @Test("Where the root's key is away, its newest list still counts")
    func rootAway() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        let daily = try office.reopened().unlocked(with: office.members[1].key)
        let before = try office.authority.latestRevocationLists().decoded()
        // It was made once, for as long as there is an issuing CA that it could revoke.
        #expect(try before[1].nextUpdate() == office.authority.certificateFields[0].validity.notAfter)
        let lists = try daily.revocationLists().decoded()
        #expect(lists[1] == before[1])
        #expect(lists[0] != before[0])
        #expect(try #require(lists[0].number) > #require(before[0].number))
    }

    @Test("A revoked issuing CA is on the root's list, not on its own")
    func revokedIssuing() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        let serial = office.authority.certificateFields[0].serialNumber
        try office.authority.revoke(serial, reason: .cACompromise)
        let lists = try office.authority.revocationLists().decoded()
        #expect(try !lists[0].lists(serial))
        #expect(try lists[1].lists(serial))
    }

    @Test("A CA whose issuing CA was revoked does not issue from its root instead")
    func noIssuingFromOfflineRoot() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        try office.authority.revoke(office.authority.certificateFields[0].serialNumber, reason: .cACompromise)
        let withRoot = try office.reopened().unlocked(with: office.members[0].key)
        #expect(throws: MailCAError.self) { try withRoot.issue(.server(["mail.example.org"])) }
    }

    @Test("The ledger's entries are listed in the order in which they were issued")
    func order() throws {
        let issued = try ca.issue((0..<50).map { .client("user\($0)@example.org") }).map(\.serialNumber)
        for serial in issued.shuffled() { try ca.revoke(serial, reason: .superseded) }
        #expect(try ca.revocationList().decoded().entries().map(\.serialNumber) == issued)
    }
}
