import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("Authority")
struct AuthorityTests {
    @Test("There is no CA in a new ledger")
    func none() throws {
        let directory = try TemporaryDirectory()
        let ledger = try SQLiteLedger(path: .init(directory.file("ledger.sqlite")))
        #expect(try Authority.open(ledger: ledger) == nil)
    }

    @Test(
        "A CA is found again as it was made",
        arguments: [
            AuthorityParameters(name: "CA", domains: ["example.org", "例え.jp"]),
            .init(
                name: "CA", domains: ["example.org"], addressBlocks: ["192.0.2.0/24", "2001:db8::7"], offlineRoot: true),
            .init(name: "CA", domains: ["mail"], insecureUnconstrained: true),
            .init(name: "CA", domains: [], insecureUnconstrained: true),
        ])
    func reopened(parameters: AuthorityParameters) throws {
        let office = try Office(parameters)
        let found = try office.reopened()
        #expect(found.certificates == office.authority.certificates)
        #expect(found.certificateFields == office.authority.certificateFields)
        #expect(found.permitted == office.authority.permitted)
    }

    @Test("A locked CA issues nothing, and a key of its own unlocks it")
    func unlocking() throws {
        let office = try Office()
        let locked = try office.reopened()
        let error = try office.expectRefusal(.keyNotHere) { _ = try locked.issue(.server(["mail.example.org"])) }
        #expect(error.hint?.contains("passphrase") == true)
        try office.expectRefusal(.keyNotHere) { _ = try locked.revocationList() }
        let unlocked = try locked.unlocked(with: office.members[0].key)
        #expect(try unlocked.issue(.server(["mail.example.org"])).certificate.isSigned(by: office.authority.root))
    }

    @Test("Nobody else's key unlocks it")
    func foreignKey() throws {
        let locked = try Office().reopened()
        for key in [try PrivateKey.generate(.ecP256), try Keys.key(.rsa2048)] {
            let error = try #require(#expect(throws: MailCAError.self) { try locked.unlocked(with: key) })
            #expect(error.code == .damaged)
        }
    }

    @Test("The issuing CA's key is enough for the daily work, and the root's is not")
    func offlineRoot() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        let locked = try office.reopened()
        let withRoot = try locked.unlocked(with: office.members[0].key)
        try office.expectRefusal(.keyNotHere) { _ = try withRoot.issue(.server(["mail.example.org"])) }
        let issued = try locked.unlocked(with: office.members[1].key).issue(.server(["mail.example.org"]))
        #expect(issued.certificate.isSigned(by: office.authority.issuer))
        #expect(issued.intermediates == [office.authority.issuer])
        #expect(issued.root == office.authority.root)
    }

    @Test("A CA whose ledger holds no readable certificate is damaged")
    func damaged() throws {
        let directory = try TemporaryDirectory()
        let ledger = try SQLiteLedger(path: .init(directory.file("ledger.sqlite")))
        let unreadable = LedgerEntry(
            serialNumber: SerialNumber([1]), issuer: SerialNumber([1]), profile: .root, state: .issued,
            names: ["example.org"], validity: .init(notBefore: beginning, days: 1), keyFingerprint: [],
            createdAt: beginning, certificate: [0x30, 0x00])
        let forged = BrokenLedger(ledger: ledger, broken: [], forged: [unreadable])
        let error = try #require(#expect(throws: MailCAError.self) { try Authority.open(ledger: forged) })
        #expect(error.code == .damaged)
        #expect(error.hint?.contains("backup") == true)
    }

    @Test("The other certificates of a holder are those that are good now")
    func otherLiveCertificates() throws {
        let office = try Office()
        let ca = office.authority
        let first = try ca.issue(.client("taro@example.org", days: 2))
        let second = try ca.issue(.client("Taro@example.org", device: "phone"))
        let revoked = try ca.issue(.client("taro@example.org"))
        try ca.revoke(revoked.serialNumber, reason: .superseded)
        let third = try ca.issue(.client("taro@example.org"))
        _ = try ca.issue(.client("hanako@example.org"))
        _ = try ca.issue(.server(["example.org"]))
        #expect(
            try ca.otherLiveCertificates(of: third).map(\.serialNumber) == [first.serialNumber, second.serialNumber])
        office.clock.advance(days: 3)
        #expect(try ca.otherLiveCertificates(of: third).map(\.serialNumber) == [second.serialNumber])
        let stranger = try SelfSigned.server(["example.org"], now: beginning)
        #expect(try ca.otherLiveCertificates(of: stranger).isEmpty)
    }
}
