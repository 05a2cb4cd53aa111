import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("Unfinished entries")
struct PresenceTests {
    private let place: Place

    init() throws { place = try Place() }

    /// Begins entries and goes away as a command that is killed does.
    private func leaveBehind(_ numbers: [Int]) throws {
        let ledger = try place.open()
        try ledger.begin(numbers.map { try .example($0) })
    }

    @Test("What a command left behind is given up by the next one, and told")
    func abandoned() throws {
        try leaveBehind([1, 2])
        let ledger = try place.open(.existing)
        try ledger.issue([.example(3)])
        let closed = try ledger.closeUnfinished(published: [])
        #expect(closed.map(\.serialNumber) == [SerialNumber(1), SerialNumber(2)])
        #expect(closed.map(\.state) == [.abandoned, .abandoned])
        #expect(try ledger.states() == [1: .abandoned, 2: .abandoned, 3: .issued])
        #expect(try ledger.closeUnfinished(published: []).isEmpty)
    }

    @Test("What was published all the same is completed")
    func published() throws {
        try leaveBehind([1, 2])
        let ledger = try place.open(.existing)
        let found = try certificate(2)
        let closed = try ledger.closeUnfinished(published: [certificate(9), found])
        #expect(closed.map(\.state) == [.abandoned, .issued])
        #expect(closed[1].certificate == found.der)
        #expect(try ledger.states() == [1: .abandoned, 2: .issued])
    }

    @Test("A certificate of the same number from elsewhere completes nothing")
    func sameNumberElsewhere() throws {
        let ledger = try place.open()
        do {
            let other = try place.open()
            var entry = try LedgerEntry.example(1)
            entry.keyFingerprint = try key(2).publicKey.sha256
            try other.begin([entry])
        }
        #expect(try ledger.closeUnfinished(published: [certificate(1)]).map(\.state) == [.abandoned])
    }

    @Test("While somebody is at work nothing is closed, and afterwards there is nothing to close")
    func atWork() throws {
        let working = try place.open()
        let other = try place.open(.existing)
        try leaveBehind([1])
        try working.begin([.example(2)])
        #expect(try other.closeUnfinished(published: []).isEmpty)
        #expect(try working.closeUnfinished(published: []).isEmpty)
        #expect(try other.states() == [1: .pending, 2: .pending])
        try working.complete([certificate(2)])
        #expect(try other.closeUnfinished(published: []).map(\.serialNumber) == [SerialNumber(1)])
        #expect(try other.states() == [1: .abandoned, 2: .issued])
    }

    @Test("One of two pieces of work ends, and the other is still protected")
    func twoPieces() throws {
        let working = try place.open()
        let other = try place.open(.existing)
        try working.begin([.example(1)])
        try working.begin([.example(2)])
        try working.abandon([SerialNumber(1)])
        #expect(try other.closeUnfinished(published: []).isEmpty)
        try working.abandon([SerialNumber(2)])
        #expect(try other.states() == [1: .abandoned, 2: .abandoned])
    }

    @Test("Work that never began protects nothing")
    func beginFails() throws {
        let failing = try place.open()
        let other = try place.open(.existing)
        try failing.issue([.example(1)])
        try expectRefusal(.alreadyExists) { try failing.begin([.example(1)]) }
        try leaveBehind([2])
        #expect(try other.closeUnfinished(published: []).map(\.serialNumber) == [SerialNumber(2)])
        withExtendedLifetime(failing) {}
    }

    @Test("Another process at work is respected too, and one that was killed is not")
    func otherProcess() throws {
        try leaveBehind([1])
        let ledger = try place.open(.existing)
        let holder = try Holder(directory: place.directory.path)
        #expect(try ledger.closeUnfinished(published: []).isEmpty)
        #expect(try ledger.states() == [1: .pending])
        holder.kill()
        #expect(try ledger.closeUnfinished(published: []).count == 1)
    }
}
