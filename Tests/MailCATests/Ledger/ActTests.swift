import Foundation
import Glibc
import MailCA
import OpenSSLKit
import Testing

@Suite("Act")
struct ActTests {
    private func act(
        after previous: [UInt8] = Act.beginning, number: Int64 = 1, date: Date = beginning, userID: UInt32 = 1_000,
        sudoUser: String? = nil, command: String = "revoke", kind: Act.Kind = .revoked, subject: String = "4001",
        note: String = "superseded", content: [UInt8] = [1, 2]
    ) -> Act {
        Act(
            after: previous, number: number, date: date,
            caller: Caller(userID: userID, sudoUser: sudoUser, command: command), kind: kind, subject: subject,
            note: note, content: content)
    }

    @Test("Its digest is made of everything in it, and of the act before")
    func digest() {
        let acts = [
            act(), act(after: [UInt8](repeating: 1, count: 32)), act(number: 2),
            act(date: beginning.addingTimeInterval(1)), act(userID: 1_001), act(sudoUser: "taro"), act(sudoUser: ""),
            act(command: "crl"), act(kind: .listed), act(subject: "4002"), act(note: ""), act(content: []),
        ]
        #expect(Set(acts.map(\.digest)).count == acts.count)
        #expect(act() == act())
        #expect(acts.allSatisfy { $0.digest.count == 32 })
    }

    @Test("What moves from one field into the next makes another digest")
    func borders() {
        #expect(act(subject: "ab", note: "c").digest != act(subject: "a", note: "bc").digest)
        #expect(act(sudoUser: "a", command: "b").digest != act(sudoUser: "", command: "ab").digest)
        #expect(act(note: "a", content: []).digest != act(note: "", content: [0x61]).digest)
    }

    @Test("Its time is to the second, downwards", arguments: [(0.9, 0.0), (-0.1, -1), (5, 5)])
    func seconds(given: Double, kept: Double) {
        #expect(act(date: Date(timeIntervalSince1970: given)).date == Date(timeIntervalSince1970: kept))
    }

    @Test("It can be told with the digest that it was entered with")
    func entered() {
        let told = Act(act(), enteredWith: [7])
        #expect(told.digest == [7])
        #expect(told.subject == "4001" && told.number == 1 && told.content == [1, 2])
    }

    @Test("What a CA signs of it is another for each CA, number and digest")
    func statement() {
        let issuers = [SerialNumber([1]), SerialNumber([2])]
        let acts = [act(), act(number: 2), act(note: "x")]
        let statements = issuers.flatMap { issuer in acts.map { $0.headStatement(issuer: issuer) } }
        #expect(Set(statements).count == 6)
        #expect(act().headStatement(issuer: issuers[0]) == act().headStatement(issuer: issuers[0]))
    }

    @Test("What stands for a certificate is made of all that the ledger has of it, but its revocation")
    func entryContent() {
        let entry = LedgerEntry(
            serialNumber: SerialNumber([1]), issuer: SerialNumber([2]), profile: .client, names: ["a", "b"],
            validity: Validity(notBefore: beginning, days: 1), keyFingerprint: [3], createdAt: beginning)
        func changed(_ change: (inout LedgerEntry) -> Void) -> [UInt8] {
            var other = entry
            change(&other)
            return other.contentDigest
        }
        let digests = [
            entry.contentDigest, changed { $0.serialNumber = SerialNumber([9]) },
            changed { $0.issuer = SerialNumber([9]) }, changed { $0.profile = .server },
            changed { $0.state = .abandoned }, changed { $0.names = ["b", "a"] }, changed { $0.names = ["a"] },
            changed { $0.names = ["ab"] }, changed { $0.device = "" }, changed { $0.device = "x" },
            changed { $0.fullName = "x" }, changed { $0.fullName = "" },
            changed { $0.validity = Validity(notBefore: beginning, days: 2) },
            changed {
                $0.validity = Validity(notBefore: beginning.addingTimeInterval(1), notAfter: entry.validity.notAfter)
            },
            changed { $0.keyFingerprint = [] }, changed { $0.createdAt = beginning.addingTimeInterval(1) },
            changed { $0.certificate = [1] },
        ]
        #expect(Set(digests).count == digests.count)
        #expect(changed { $0.revocation = .init(date: beginning, reason: .superseded) } == entry.contentDigest)
    }

    @Test("What stands for a revocation is made of certificate, time and reason")
    func revocationContent() {
        let serial = SerialNumber([1])
        let digests = [
            LedgerEntry.Revocation(date: beginning, reason: .superseded).contentDigest(of: serial),
            LedgerEntry.Revocation(date: beginning, reason: .superseded).contentDigest(of: SerialNumber([2])),
            LedgerEntry.Revocation(date: beginning, reason: .unspecified).contentDigest(of: serial),
            LedgerEntry.Revocation(date: beginning.addingTimeInterval(1), reason: .superseded)
                .contentDigest(of: serial),
        ]
        #expect(Set(digests).count == 4)
        let late = LedgerEntry.Revocation(date: beginning.addingTimeInterval(0.9), reason: .superseded)
        #expect(late.contentDigest(of: serial) == digests[0])
    }

    @Test("Who runs this process is its user")
    func caller() {
        let caller = Caller.current(command: "x")
        #expect(caller.userID == getuid())
        #expect(caller.command == "x")
        #expect(caller.sudoUser != "")
    }
}
