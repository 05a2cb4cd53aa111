import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("SQLiteLedger audit log")
struct AuditLogTests {
    private let place: Place
    private let ledger: SQLiteLedger

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    @Test("Every act is entered, with number, kind, caller and time")
    func entered() throws {
        let acts = try Chronicle().open().acts()
        #expect(acts.map(\.number) == Array(1...13))
        #expect(
            acts.map(\.kind) == [
                .listed, .issued, .issued, .issued, .abandoned, .revoked, .listed, .deployed, .recovered, .backedUp,
                .restored, .listed, .issued,
            ])
        #expect(acts.allSatisfy { $0.caller == Chronicle.caller })
        let days = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
        #expect(acts.map(\.date) == days.map { now.addingTimeInterval(Double($0) * day) })
    }

    @Test("An act says what it was about: the serial number and names, the reason, the list, the directory")
    func subjects() throws {
        let chronicle = try Chronicle()
        let acts = try chronicle.open().acts()
        let rows = [1, 1, 2, 3, 4, 2, 1, nil, 5, nil, nil, 1, 6]
        let others = [8: "/etc/mail/certs", 10: "/backup/ledger", 11: "/backup/ledger"]
        for (act, row) in zip(acts, rows) {
            #expect(act.subject == row.map { chronicle.serials[$0 - 1] } ?? others[Int(act.number)])
        }
        #expect(
            acts.map(\.note) == [
                "number 1, 0 revoked", "example.org", "taro@example.org", "mail.example.org, mx.example.org",
                "taro@example.org", "keyCompromise", "number 2, 1 revoked", "40000003", "saburo@example.org", "",
                "of Monday", "number 3, 1 revoked", "jiro@example.org",
            ])
    }

    @Test("Each has the digest of the one before in its own, the first that of nothing")
    func chain() throws {
        var previous = Act.beginning
        for act in try Chronicle().open().acts() {
            let expected = Act(
                after: previous, number: act.number, date: act.date, caller: act.caller, kind: act.kind,
                subject: act.subject, note: act.note, content: act.content)
            #expect(act.digest == expected.digest)
            previous = act.digest
        }
        #expect(previous != Act.beginning)
    }

    @Test("An act stands for the entry as it is, and for a revocation")
    func content() throws {
        let chronicle = try Chronicle()
        let ledger = try chronicle.open()
        let entries = try ledger.all()
        let acts = try ledger.acts()
        for (number, row) in [(2, 0), (3, 1), (4, 2), (5, 3), (9, 4), (13, 5)] {
            #expect(acts[number - 1].content == entries[row].contentDigest)
        }
        let revocation = try #require(entries[1].revocation)
        #expect(acts[5].content == revocation.contentDigest(of: entries[1].serialNumber))
        #expect(acts[9].content == Act.beginning)
    }

    @Test("The newest come first where only so many are wanted")
    func newest() throws {
        let ledger = try Chronicle().open()
        #expect(try ledger.acts(newest: 3).map(\.number) == [13, 12, 11])
        #expect(try ledger.acts(newest: 100).map(\.number) == (1...13).reversed())
        #expect(try ledger.acts(newest: 0).isEmpty)
        #expect(try ledger.lastAct() == ledger.acts().last)
    }

    @Test("A new ledger has no act")
    func none() throws {
        #expect(try ledger.acts().isEmpty)
        #expect(try ledger.lastAct() == nil)
    }

    @Test("Who acts is entered as they are: with and without sudo, whatever is in the text")
    func callers() throws {
        let callers = [
            Caller(userID: 0, command: "init-ca"), Caller(userID: .max, sudoUser: "", command: ""),
            Caller(userID: 7, sudoUser: "'; DROP TABLE act; --", command: "例え\n"),
        ]
        for caller in callers { try place.open(caller: caller).note(.backedUp, subject: "'\u{7f}", note: "\"") }
        #expect(try ledger.acts().map(\.caller) == callers)
        #expect(try ledger.acts().allSatisfy { $0.subject == "'\u{7f}" && $0.note == "\"" })
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("A time is entered to the second, also one before 1970")
    func times() throws {
        for time in [0.999, -0.001, -86_400.5] {
            try place.open(clock: Clock(Date(timeIntervalSince1970: time))).note(.backedUp, subject: "", note: "")
        }
        #expect(try ledger.acts().map(\.date.timeIntervalSince1970) == [0, -1, -86_401])
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("What changed nothing is no act")
    func nothing() throws {
        try ledger.issue([.example(1)])
        try ledger.remember(Deployment(directory: "/a"))
        let before = try ledger.acts()
        try ledger.abandon([SerialNumber(1), SerialNumber(2)])
        try ledger.remember(Deployment(directory: "/a"))
        try ledger.begin([.example(3)])
        try expectRefusal(.notFound) {
            try ledger.revoke([SerialNumber(1), SerialNumber(9)], .init(date: now, reason: .superseded))
        }
        try expectRefusal(.internalFault) { try ledger.complete([certificate(3), certificate(8)]) }
        _ = try ledger.all()
        _ = try place.open(.existing).auditFaults(authorities: [])
        #expect(try ledger.acts() == before)
    }

    @Test("What others left behind is closed by acts of who closes it")
    func closed() throws {
        do { try place.open().begin([.example(1), .example(2)]) }
        let closing = Caller(userID: 5, command: "verify")
        let other = try place.open(caller: closing)
        #expect(try other.closeUnfinished(published: [certificate(2)]).count == 2)
        #expect(try ledger.acts().map(\.kind) == [.abandoned, .issued])
        #expect(try ledger.acts().allSatisfy { $0.caller == closing })
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("Acts of several at once make one chain without a gap")
    func concurrent() async throws {
        let place = place
        try await withThrowingTaskGroup { group in
            for user in 0..<4 {
                group.addTask {
                    let ledger = try place.open(.existing, caller: Caller(userID: UInt32(user), command: "x"))
                    for number in 0..<10 { try ledger.issue([.example(user * 10 + number)]) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try ledger.acts().map(\.number) == Array(1...40))
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }
}
