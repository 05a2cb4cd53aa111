import Foundation
import MailCA
import TestSupport
import Testing

@testable import SQLiteLedger

@Suite("How SQLite finds what has a standing")
struct StandingQueryTests {
    static let queries: [LedgerQuery] = {
        var queries: [LedgerQuery] = []
        for profiles in [nil, [.client], [.server], [.root]] as [Set<Profile>?] {
            queries += LedgerEntry.Standing.allCases.map { LedgerQuery($0, at: now, profiles: profiles) }
            var expiring = LedgerQuery(.valid, at: now, profiles: profiles)
            expiring.endsBefore = now.addingTimeInterval(30 * day)
            queries.append(expiring)
        }
        queries.append(LedgerQuery(profiles: [.client], states: [.pending, .issued], order: .newestFirst))
        return queries
    }()

    /// What SQLite does for a statement, a line for each step.
    private func plan(_ sql: String) throws -> [String] {
        let place = try Place()
        _ = try place.open()
        return try place.rows("EXPLAIN QUERY PLAN \(sql.replacing("?", with: "'x'"))")
            .map { String($0.split(separator: "|")[3]) }
    }

    @Test("What is asked for by its standing is found in an index, in order", arguments: queries)
    func standing(_ query: LedgerQuery) throws {
        let steps = try plan(Row.selection(query).sql)
        #expect(steps.count == 1 && steps[0].contains("INDEX certificate_"), "\(query): \(steps)")
    }

    @Test("The newest entries are read from the end")
    func newest() throws {
        let query = LedgerQuery(states: [.pending, .issued], order: .newestFirst)
        #expect(try plan(Row.selection(query).sql) == ["SCAN certificate"])
    }

    @Test("What is asked for by name is found by the name first, whatever else is asked", arguments: queries)
    func name(_ query: LedgerQuery) throws {
        var query = query
        query.name = "taro@example.org"
        let steps = try plan(Row.selection(query).sql)
        #expect(steps.first == "SEARCH certificate_name USING PRIMARY KEY (name=?)", "\(query): \(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") }, "\(query): \(steps)")
    }
}
