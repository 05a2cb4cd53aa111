import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("SQLiteLedger formats")
struct SchemaTests {
    private let caller = Caller(userID: 3, command: "verify")

    @Test("A ledger of the first format becomes one of today, with all that it holds", arguments: [true, false])
    func upgraded(mayCreate: Bool) throws {
        let old = try FormatOne()
        let ledger = try old.place.open(mayCreate ? .createIfMissing : .existing)
        #expect(try ledger.states() == [0: .issued, 2: .issued, 3: .issued, 4: .abandoned, 5: .pending])
        let user = try #require(try ledger.entry(SerialNumber(2)))
        #expect(user.device == "phone" && user.names == ["taro@example.org"] && user.issuer == SerialNumber(0))
        #expect(user.revocation == .init(date: now, reason: .keyCompromise))
        #expect(try ledger.entry(SerialNumber(3))?.names == ["mail.example.org", "mx.example.org"])
        #expect(try ledger.entries(LedgerQuery(name: "mail.example.org")).count == 2)
        #expect(try old.place.rows("PRAGMA user_version") == ["4"])
        #expect(try old.place.rows("PRAGMA integrity_check") == ["ok"])
        #expect(try old.place.rows("PRAGMA foreign_key_check") == [])
    }

    @Test("What the ledger held then is entered as acts of who opened it first, and the audit is content")
    func acts() throws {
        let old = try FormatOne()
        let ledger = try old.place.open(.existing, caller: caller)
        let acts = try ledger.acts()
        #expect(acts.map(\.kind) == [.upgraded, .issued, .issued, .revoked, .issued, .abandoned])
        #expect(acts.map(\.number) == Array(1...6))
        #expect(
            acts.map(\.subject) == [ledger.path.string, "40000000", "40000002", "40000002", "40000003", "40000004"])
        #expect(
            acts.map(\.note) == [
                "format 2", "example.org", "taro@example.org", "keyCompromise", "mail.example.org, mx.example.org",
                "mail.example.org",
            ])
        #expect(acts.allSatisfy { $0.caller == caller && $0.date == now })
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
        // Once and for all.
        #expect(try old.place.open(.existing).acts() == acts)
    }

    @Test("The newest list of each CA is kept whole, and the next one follows it")
    func lists() throws {
        let old = try FormatOne()
        let ledger = try old.place.open(.existing)
        let latest = try #require(try ledger.latestRevocationList(issuer: SerialNumber(0), at: now))
        #expect(try latest.decoded() == old.lists[1])
        #expect(latest.number == 2)
        #expect(latest.thisUpdate == now.addingTimeInterval(1))
        #expect(latest.nextUpdate == now.addingTimeInterval(10 * day))
        #expect(try ledger.plannedRevocationLists(issuer: SerialNumber(0), at: now).isEmpty)
        #expect(try old.place.rows("SELECT number FROM revocation_list_part") == ["2"])
        let next = try ledger.addList()
        #expect(next.number == 3)
        #expect(next.thisUpdate == now.addingTimeInterval(2))
        #expect(try next.decoded().entries() == old.lists[1].entries())
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
    }

    @Test("What was under way then can be ended")
    func pending() throws {
        let old = try FormatOne()
        let ledger = try old.place.open(.existing)
        #expect(try ledger.closeUnfinished(published: []).map(\.serialNumber) == [SerialNumber(5)])
        #expect(try ledger.lastAct()?.kind == .abandoned)
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("An empty ledger of the first format gets no act")
    func empty() throws {
        let old = try FormatOne(isEmpty: true)
        let ledger = try old.place.open(.existing)
        #expect(try ledger.acts().isEmpty)
        try ledger.issue([.example(1)])
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("Several that open a ledger of the first format at once upgrade it once")
    func concurrent() async throws {
        let old = try FormatOne()
        try await withThrowingTaskGroup { group in
            for _ in 0..<6 { group.addTask { _ = try old.place.open(.existing) } }
            try await group.waitForAll()
        }
        #expect(try old.place.open(.existing).acts().count == 6)
        #expect(try old.place.open(.existing).auditFaults(authorities: []).isEmpty)
    }

    @Test("A new ledger has the tables and indices of one that was upgraded")
    func same() throws {
        func tables(_ place: Place) throws -> Set<String> {
            _ = try place.open()
            return Set(try place.rows("SELECT type, name, tbl_name FROM sqlite_schema"))
        }
        #expect(try tables(Place()) == tables(FormatOne().place))
    }

    @Test("A ledger of the first format that cannot be upgraded stays as it was")
    func notUpgraded() throws {
        let old = try FormatOne()
        try old.place.execute("UPDATE certificate SET profile = 'unheard-of' WHERE id = 3")
        try expectRefusal(.damaged) { _ = try old.place.open(.existing) }
        #expect(try old.place.rows("PRAGMA user_version") == ["1"])
        #expect(try old.place.rows("SELECT count(*) FROM revocation_list WHERE der IS NOT NULL") == ["2"])
        try old.place.execute("UPDATE certificate SET profile = 'server' WHERE id = 3")
        #expect(try old.place.open(.existing).acts().count == 6)
    }
}
