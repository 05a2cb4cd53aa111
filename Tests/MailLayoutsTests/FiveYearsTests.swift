import Foundation
import Testing

/// Five years of a CA, a day at a time, with every user's certificate looked at at every server every day: so with
/// `MAILCA_SOAK=1`. Otherwise it is a year and a month, in which servers and users are renewed, and a few users each day,
/// in turn.
@Suite("Five years")
struct FiveYearsTests {
    private static let isSoak = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1"
    private static let days = isSoak ? 5 * 365 + 1 : 400
    private static let users = 50
    private let checking = isSoak ? users : 4

    @Test("Maintained every day, nobody valid is refused and nobody revoked let in")
    func daily() throws {
        let years = try Years(servers: 3, users: Self.users)
        for _ in 0..<Self.days { try years.pass(maintaining: true, checking: checking) }
        try expectLife(years)
        let listed = try years.listed()
        #expect(listed.ever > Self.days / 45)
        if Self.isSoak {
            #expect(listed.count < listed.ever / 2, "\(listed): what ended long ago is still listed")
        }
    }

    @Test("A week without maintenance now and then changes nothing of that")
    func missedWeeks() throws {
        let years = try Years(servers: 3, users: Self.users)
        var random = Seeded(state: 7)
        var missing = 0
        for _ in 0..<Self.days {
            // After a week without it, it runs at least once.
            if missing < 0 && random.next() % 30 == 0 { missing = 7 }
            try years.pass(maintaining: missing <= 0, checking: checking)
            missing = max(-1, missing - 1)
        }
        try expectLife(years)
    }

    @Test("With the root offline, its lists of times to come are put in place")
    func offlineRoot() throws {
        let years = try Years(servers: 3, users: Self.users, offlineRoot: true)
        // The issuing CA ends with the five years.
        for _ in 0..<(Self.days - 4) { try years.pass(maintaining: true, checking: checking) }
        try expectLife(years)
    }

    /// All of it happened: both verdicts were given many times, and the ledger is whole.
    private func expectLife(_ years: Years) throws {
        #expect(years.admitted > Self.days * 3)
        #expect(years.refused > Self.days / 4)
        #expect(years.deeds > Self.days / 3)
        #expect(try years.faults().isEmpty)
    }
}
