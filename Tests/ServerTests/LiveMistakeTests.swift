import MailLayouts
import TestSupport
import Testing

/// `mailca verify URL` and the real servers: as they should be, and with one mistake.
@Suite(.onThreads) struct LiveMistakeTests {
    @Test("verify finds each mistake of a running server, and nothing else", arguments: MailServer.allCases)
    func mistakes(server name: MailServer) throws {
        let live = try LiveServer(name)
        for (scheme, notes) in LiveMistake.right(name) {
            let seen = try live.verify("\(scheme)://mail.example.org")
            #expect(seen.findings == notes && seen.outcome.status == 0, "\(seen.outcome.everything)")
        }
        for mistake in LiveMistake.all where mistake.server == name {
            try live.make(mistake)
            let seen = try live.verify(mistake.url)
            #expect(
                seen.findings == mistake.findings && seen.outcome.status == mistake.status,
                "\(mistake): \(seen.outcome.everything)\n\(live.server.log.suffix(2_000))")
            try live.mend()
            // It serves as before; of what comes next it may be told nothing.
            let (scheme, notes) = LiveMistake.right(name)[0]
            let after = try live.verify("\(scheme)://mail.example.org")
            #expect(after.findings == notes, "after \(mistake): \(after.outcome.everything)")
        }
    }

    @Test("No two mistakes of one server have the same name, and nothing but notes is right")
    func table() {
        let names = LiveMistake.all.map(\.testDescription)
        #expect(Set(names).count == names.count)
        #expect(Set(LiveMistake.all.map(\.server)) == Set(MailServer.allCases))
        let notes = MailServer.allCases.flatMap { LiveMistake.right($0).flatMap(\.notes) }
        #expect(notes.allSatisfy { $0.hasPrefix("note ") })
    }
}
