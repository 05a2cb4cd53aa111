import Foundation
import MailCA
import OpenSSLKit
import Synchronization
import Testing

@testable import SQLiteLedger

/// How SQLite goes about the very statements that queries become.
@Suite("SQLiteLedger query plans")
struct QueryPlanTests {
    private let place: Place
    private let ledger: SQLiteLedger

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    /// A line for each step.
    private func plan(_ query: LedgerQuery, counting: Bool = false) throws -> [String] {
        let statements = Mutex<[String]>([])
        ledger.database.inDatabase { database in
            database.trace { event in statements.withLock { $0.append(event.expandedDescription) } }
        }
        if counting { _ = try ledger.count(query) } else { _ = try ledger.entries(query) }
        let statement = try #require(statements.withLock { $0.first { $0.contains("FROM certificate") } })
        return try place.rows("EXPLAIN QUERY PLAN \(statement)").map { row in
            String(row.split(separator: "|", maxSplits: 3).last ?? "")
        }
    }

    @Test("A name is looked up")
    func name() throws {
        for query in [
            LedgerQuery(name: "mail.example.org"),
            LedgerQuery(profiles: [.server], states: [.issued], name: "mail.example.org", isRevoked: false),
            LedgerQuery(name: "mail.example.org", isRevoked: true, order: .revokedLast, limit: 10),
        ] {
            let plan = try plan(query)
            #expect(plan[0] == "SEARCH certificate_name USING PRIMARY KEY (name=?)", "\(plan)")
            #expect(plan[1] == "SEARCH certificate USING INTEGER PRIMARY KEY (rowid=?)", "\(plan)")
        }
    }

    @Test("A kind of certificate is looked up, in the order of age, without sorting")
    func profile() throws {
        for order in [LedgerQuery.Order.oldestFirst, .newestFirst] {
            #expect(
                try plan(LedgerQuery(profiles: [.client], order: order, limit: 100))
                    == ["SEARCH certificate USING INDEX certificate_profile (profile=?)"])
        }
    }

    @Test("What ends soon is looked up, in the order of its end, without sorting")
    func ends() throws {
        let live = LedgerQuery(
            states: [.issued], isRevoked: false, endsFrom: now, endsBefore: now.addingTimeInterval(30 * day),
            order: .endingFirst)
        #expect(
            try plan(live) == ["SEARCH certificate USING INDEX certificate_end (not_after>? AND not_after<?)"])
        #expect(
            try plan(live, counting: true) == [
                "SEARCH certificate USING INDEX certificate_end (not_after>? AND not_after<?)"
            ])
        var ended = live
        ended.endsFrom = nil
        ended.limit = 10
        #expect(try plan(ended) == ["SEARCH certificate USING INDEX certificate_end (not_after<?)"])
    }

    @Test("What is revoked is read off, the last first, without sorting")
    func revoked() throws {
        #expect(
            try plan(LedgerQuery(isRevoked: true, order: .revokedLast, limit: 100)).first?
                .contains("USING INDEX certificate_revocation") == true)
        #expect(
            try plan(LedgerQuery(isRevoked: true, order: .revokedLast)).contains { $0.contains("TEMP B-TREE") } == false
        )
    }

    @Test("What is under way is found without looking at anything else")
    func pending() throws {
        #expect(
            try plan(LedgerQuery(states: [.pending])).first?.contains("USING INDEX certificate_pending") == true)
        #expect(
            try plan(LedgerQuery(states: [.pending]), counting: true).first?.contains("certificate_pending") == true)
    }

    @Test("What a CA has to list, a key and the CAs are looked up")
    func others() throws {
        #expect(
            try plan(LedgerQuery(revokedBy: SerialNumber(0)))
                == ["SEARCH certificate USING INDEX certificate_revoked (issuer=?)"])
        #expect(
            try plan(LedgerQuery(keyFingerprint: [1]))[0]
                == "SEARCH certificate USING INDEX certificate_key (key_fingerprint=?)")
        #expect(
            try plan(LedgerQuery(profiles: [.root, .issuing], states: [.issued]))[0]
                == "SEARCH certificate USING INDEX certificate_profile (profile=?)")
    }

    @Test("All of it is read in the order of the table")
    func all() throws {
        for order in [LedgerQuery.Order.oldestFirst, .newestFirst] {
            #expect(try plan(LedgerQuery(order: order, limit: 10)) == ["SCAN certificate"])
        }
    }
}
