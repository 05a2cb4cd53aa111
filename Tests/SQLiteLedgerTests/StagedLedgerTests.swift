import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@Suite("A ledger that is put back")
struct StagedLedgerTests {
    private let place: Place
    private var ledgerPath: FilePath { FilePath(place.path) }
    private var backupPath: FilePath { FilePath(place.directory.file("copy")) }
    private let files = [
        AuthorityFile(name: "root.pem", mode: 0o644, content: SecretBytes(Array("a certificate\n".utf8)))
    ]

    init() throws { place = try Place() }

    /// A ledger with a CA and some certificates, and a backup of it.
    private func backedUp() throws -> LedgerBackup {
        let ledger = try place.open()
        try ledger.issue([.example(0, issuer: 0, profile: .root)])
        try ledger.issue((1...5).map { try .example($0, names: ["user\($0)@example.org"]) })
        try ledger.revoke([SerialNumber(2)], .init(date: now, reason: .superseded))
        try ledger.addList()
        try ledger.remember(Deployment(directory: "/etc/mail/certs"))
        try ledger.begin([.example(9)])
        try ledger.copy(to: backupPath, as: backupPath, files: files, program: "mailca test")
        ledger.close()
        return try LedgerBackup(verifying: backupPath)
    }

    /// Puts the backup into the ledger's place.
    @discardableResult
    private func restore(
        _ backup: LedgerBackup, clock: Clock = Clock(), isReadable: Bool = true,
        recover: (SQLiteLedger) throws(MailCAError) -> [SerialNumber: Date] = { _ in [:] }
    ) throws -> [FilePath] {
        let staged = try StagedLedger(for: ledgerPath)
        _ = try backup.makeLedger(
            at: staged.path, caller: Caller(userID: 0, command: "restore"), clock: { clock.time }, recover: recover)
        return try staged.takePlace(keepingOldAs: "20260601T120000Z", isReadable: isReadable)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.directory.path).sorted()
    }

    @Test("It has what the backup had; what was being made is given up, and the act is entered")
    func content() throws {
        let backup = try backedUp()
        let staged = try StagedLedger(for: ledgerPath)
        let abandoned = try backup.makeLedger(
            at: staged.path, caller: Caller(userID: 7, command: "restore"), clock: { now })
        #expect(abandoned.map(\.serialNumber) == [SerialNumber(9)])
        _ = try staged.takePlace(keepingOldAs: "old", isReadable: true)
        let ledger = try place.open(.existing)
        #expect(
            try ledger.states() == [
                0: .issued, 1: .issued, 2: .issued, 3: .issued, 4: .issued, 5: .issued, 9: .abandoned,
            ])
        #expect(try ledger.entry(SerialNumber(2))?.revocation?.reason == .superseded)
        #expect(try ledger.deployments().map(\.directory) == ["/etc/mail/certs"])
        let act = try #require(try ledger.lastAct())
        #expect(act.kind == .restored && act.subject == backupPath.string && act.caller.userID == 7)
        #expect(act.note == "made 2026-06-01 12:00:00 UTC, act \(backup.lastAct)")
        #expect(try ledger.auditFaults(authorities: [certificate(0)]) == [])
        try ledger.check()
    }

    @Test("The next list is above all that can have been made before, in number and in time, and counts at once")
    func lists() throws {
        let backup = try backedUp()
        let later = Clock(now.addingTimeInterval(30 * day))
        try restore(backup, clock: later)
        let list = try place.open(.existing, clock: later).addList(from: now)
        #expect(list.number > Int64(later.time.timeIntervalSince1970) - 3_600)
        #expect(list.thisUpdate > later.time.addingTimeInterval(-3_600) && list.thisUpdate <= later.time)
        #expect(list.count == 1)
    }

    @Test("It is above a list that was found, too, where the clock was set back since")
    func foundLists() throws {
        let backup = try backedUp()
        let found = now.addingTimeInterval(90 * day)
        try restore(backup) { _ in [SerialNumber(0): found] }
        let list = try place.open(.existing).addList(from: now)
        #expect(list.number > Int64(found.timeIntervalSince1970))
        #expect(list.thisUpdate > found)
    }

    @Test("The files of the CA are in it until it is told that they are in their places")
    func filesOfBackup() throws {
        try restore(try backedUp())
        let ledger = try place.open(.existing)
        #expect(try ledger.filesOfBackup().map(\.name) == ["root.pem"])
        try ledger.forgetFilesOfBackup()
        #expect(try ledger.filesOfBackup().isEmpty)
        try ledger.forgetFilesOfBackup()
        ledger.close()
        #expect(try !place.bytes().contains(Array("a certificate\n".utf8)))
        try place.open(.existing).check()
    }

    @Test("The old ledger is kept beside with its write-ahead log, which is never taken for the new one's")
    func oldLog() throws {
        let backup = try backedUp()
        let old = try place.open(.existing)
        try old.issue([.example(20), .example(21)])
        // As a kill leaves it: with a log that is not in the file yet.
        let saved = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: place.path + $0)) }
        #expect(saved[1].count > 4_096)
        old.close()
        for (suffix, data) in zip(["", "-wal"], saved) { try data.write(to: URL(fileURLWithPath: place.path + suffix)) }
        let kept = try restore(backup, isReadable: false)
        #expect(
            kept.map { $0.lastComponent?.string } == [
                "ledger.sqlite.20260601T120000Z", "ledger.sqlite.20260601T120000Z-wal",
            ])
        #expect(try names().filter { $0.hasPrefix("ledger.sqlite-") } == [])
        let ledger = try place.open(.existing)
        #expect(try ledger.entry(SerialNumber(20)) == nil)
        try ledger.check()
        // And what is kept is whole.
        let before = try SQLiteLedger(path: kept[0], mode: .existing)
        #expect(try before.entry(SerialNumber(21))?.state == .issued)
    }

    @Test("Of a ledger that can be read, nothing is left in its log alone")
    func readableOld() throws {
        let backup = try backedUp()
        let old = try place.open(.existing)
        try old.issue([.example(20)])
        let saved = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: place.path + $0)) }
        old.close()
        for (suffix, data) in zip(["", "-wal"], saved) { try data.write(to: URL(fileURLWithPath: place.path + suffix)) }
        let kept = try restore(backup)
        #expect(kept.count == 1)
        #expect(try SQLiteLedger(path: kept[0], mode: .existing).entry(SerialNumber(20))?.state == .issued)
    }

    @Test("Who has the ledger open is waited for", .timed)
    func waits() throws {
        let backup = try backedUp()
        let old = try place.open(.existing)
        _ = try old.all()
        Thread.detachNewThread {
            usleep(1_000_000)
            old.close()
        }
        let begin = ContinuousClock.now
        try restore(backup)
        #expect(ContinuousClock.now - begin > .milliseconds(900))
    }

    @Test("Another process at work is waited for", .timed)
    func waitsForWork() throws {
        let backup = try backedUp()
        let holder = try Holder(directory: place.directory.path)
        let pid = holder.pid
        Thread.detachNewThread {
            usleep(1_000_000)
            kill(pid, SIGKILL)
        }
        let begin = ContinuousClock.now
        try restore(backup)
        #expect(ContinuousClock.now - begin > .milliseconds(900))
        withExtendedLifetime(holder) {}
    }

    @Test("Writers that go on meanwhile write to the new ledger, or were all in the old one")
    func writers() async throws {
        let backup = try backedUp()
        let place = place
        let path = ledgerPath
        let issued = try await withThrowingTaskGroup(of: [Int].self) { group in
            for writer in 1...3 {
                group.addTask {
                    var done: [Int] = []
                    for number in 1...15 {
                        let serial = writer * 1_000 + number
                        let ledger = try place.open(.existing)
                        try ledger.issue([.example(serial, names: ["user\(serial)@example.org"])])
                        ledger.close()
                        done.append(serial)
                    }
                    return done
                }
            }
            group.addTask {
                for round in 0..<3 {
                    try await Task.sleep(for: .milliseconds(100))
                    let staged = try StagedLedger(for: path)
                    _ = try backup.makeLedger(at: staged.path, caller: Caller(userID: 0, command: "restore"))
                    _ = try staged.takePlace(keepingOldAs: "round\(round)", isReadable: true)
                }
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // Every certificate is in the ledger of its time.
        var known: Set<Int> = []
        for name in try names() where name.hasPrefix("ledger.sqlite") && !name.contains("-") {
            let ledger = try SQLiteLedger(path: FilePath(place.directory.file(name)), mode: .existing)
            try ledger.check()
            #expect(try ledger.auditFaults(authorities: [certificate(0)]) == [], "\(name)")
            known.formUnion(try ledger.states().filter { $0.value == .issued }.keys)
        }
        #expect(Set(issued).subtracting(known) == [])
    }

    @Test("Where there is no ledger one is made, and a ledger that came to be meanwhile is not overwritten")
    func noOld() throws {
        let backup = try backedUp()
        unlink(place.path)
        let staged = try StagedLedger(for: ledgerPath)
        _ = try backup.makeLedger(at: staged.path, caller: Caller(userID: 0, command: "restore"))
        #expect(try staged.takePlace(keepingOldAs: "old", isReadable: true) == [])
        #expect(try place.open(.existing).states().count == 7)
        #expect(try names().filter { $0.hasPrefix(".mailca-") } == [])
    }

    @Test("What is no file is kept under its other name", arguments: ["mkdir", "ln -s /nonexistent/ledger"])
    func notAFile(command: String) throws {
        let backup = try backedUp()
        unlink(place.path)
        #expect(try Command.run("sh", ["-c", "\(command) \"$1\"", "sh", place.path]).status == 0)
        #expect(try restore(backup, isReadable: false).count == 1)
        #expect(try place.open(.existing).states().count == 7)
    }

    @Test("What a killed command left is removed, and what another one is still making is not")
    func left() throws {
        let backup = try backedUp()
        for suffix in ["", "-wal", "-journal"] {
            try place.directory.write("x", to: ".mailca-0011223344556677\(suffix)")
        }
        let other = try StagedLedger(for: ledgerPath)
        try restore(backup)
        #expect(try names().filter { $0.hasPrefix(".mailca-") } == [other.path.lastComponent?.string ?? ""])
        withExtendedLifetime(other) {}
    }

    @Test("A name that the old ledger got from a command that was killed is used again")
    func killedBefore() throws {
        let backup = try backedUp()
        let earlier = place.directory.file("ledger.sqlite.20260601T115959Z")
        #expect(link(place.path, earlier) == 0)
        #expect(try restore(backup).map { $0.lastComponent?.string } == ["ledger.sqlite.20260601T115959Z"])
        #expect(try names().filter { $0.hasPrefix("ledger.sqlite.") } == ["ledger.sqlite.20260601T115959Z"])
    }

    @Test("A name that is taken is left to who has it")
    func takenName() throws {
        let backup = try backedUp()
        try place.directory.write("x", to: "ledger.sqlite.20260601T120000Z")
        #expect(try restore(backup).map { $0.lastComponent?.string } == ["ledger.sqlite.20260601T120000Z-2"])
        #expect(try place.directory.read("ledger.sqlite.20260601T120000Z") == "x")
    }
}

extension [UInt8] {
    fileprivate func contains(_ other: [UInt8]) -> Bool {
        Data(self).range(of: Data(other)) != nil
    }
}
