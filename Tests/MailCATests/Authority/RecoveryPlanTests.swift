import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("What was found outside, and a ledger does not know")
struct RecoveryPlanTests {
    /// A CA, and an older state of its ledger.
    private struct Loss {
        let office: Office
        let directory: TemporaryDirectory
        let ledger: SQLiteLedger

        init(_ office: Office) throws {
            self.office = office
            directory = try TemporaryDirectory()
            let copy = directory.file("ledger.sqlite")
            let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))"
            let made = try Command.run("python3", ["-c", script, office.directory.file("ledger.sqlite"), copy])
            try #require(made.status == 0, "\(made.everything)")
            let clock = office.clock
            ledger = try SQLiteLedger(path: .init(copy), mode: .existing, clock: { clock.now })
        }

        func plan(_ certificates: [Certificate], _ lists: [RevocationList] = []) throws -> RecoveryPlan {
            try RecoveryPlan(certificates: certificates, lists: lists, ledger: ledger)
        }

        func expectNoFaults() throws {
            #expect(try ledger.auditFaults(authorities: office.authority.certificates) == [])
        }
    }

    @Test("A certificate is entered as it was, but for device and full name, which it does not have")
    func entries() throws {
        let office = try Office(
            .init(name: "A", domains: ["example.org"], addressBlocks: ["192.0.2.0/24", "2001:db8::/32"]))
        let loss = try Loss(office)
        let issued = try office.authority.issue([
            .server(["mx.example.org", "*.mail.example.org", "例え.example.org", "192.0.2.7", "2001:DB8::7"]),
            .client("Taro@example.org"), .client("tarō@example.org"), .client("taro@例え.example.org"),
        ])
        let plan = try loss.plan(issued.map(\.certificate))
        #expect(plan.foreignCount == 0 && plan.refused.isEmpty && plan.knownCount == 0 && plan.numbers.isEmpty)
        try plan.enter()
        for issued in issued {
            var original = try #require(try office.ledger.entry(issued.serialNumber))
            original.createdAt = original.validity.notBefore
            #expect(try loss.ledger.entry(issued.serialNumber) == original)
        }
        try loss.expectNoFaults()
        let again = try loss.plan(issued.map(\.certificate) + office.authority.certificates)
        #expect(again.isEmpty && again.knownCount == 5)
    }

    @Test("What lists call revoked is revoked, whether its certificate is known, found, or neither")
    func lists() throws {
        let office = try Office()
        let known = try office.authority.issue(.client("known@example.org"))
        let loss = try Loss(office)
        let found = try office.authority.issue(.client("found@example.org"))
        let lost = try office.authority.issue(.client("lost@example.org"))
        try office.authority.revoke([known, found, lost].map(\.serialNumber), reason: .keyCompromise)
        let list = try office.authority.revocationList()
        let plan = try loss.plan([found.certificate], [list.decoded()])
        #expect(plan.certificates.map(\.serialNumber) == [found.serialNumber])
        #expect(plan.revocations.map(\.serialNumber) == [known.serialNumber])
        #expect(plan.numbers.map(\.serialNumber) == [lost.serialNumber])
        #expect(plan.newestLists == [list.issuer: list.thisUpdate])
        try plan.enter()
        for issued in [known, found, lost] {
            #expect(
                try loss.ledger.entry(issued.serialNumber)?.revocation == .init(date: beginning, reason: .keyCompromise)
            )
        }
        try loss.expectNoFaults()
        let again = try loss.plan([lost.certificate], [list.decoded()])
        #expect(again.certificates.map(\.serialNumber) == [lost.serialNumber] && again.numbers.isEmpty)
        #expect(again.revocations.isEmpty)
        try again.enter()
        let entry = try #require(try loss.ledger.entry(lost.serialNumber))
        #expect(entry.state == .issued && entry.revocation != nil && entry.names == ["lost@example.org"])
        try loss.expectNoFaults()
        #expect(try loss.plan([known, found, lost].map(\.certificate), [list.decoded()]).isEmpty)
    }

    @Test("What was being made when the copy was, and was published, becomes issued; so does what a list calls revoked")
    func abandoned() throws {
        let office = try Office()
        let published = try office.authority.issue(.client("taro@example.org", device: "phone"))
        let lost = try office.authority.issue(.client("lost@example.org"))
        let directory = try TemporaryDirectory()
        let clock = office.clock
        let ledger = try SQLiteLedger(path: .init(directory.file("ledger.sqlite")), clock: { clock.now })
        for entry in try office.entries() {
            try ledger.begin([entry])
            if entry.profile == .root {
                try ledger.complete(office.authority.certificates)
            } else {
                try ledger.abandon([entry.serialNumber])
            }
        }
        try office.authority.revoke(lost.serialNumber, reason: .superseded)
        let plan = try RecoveryPlan(
            certificates: [published.certificate], lists: [office.authority.revocationList().decoded()], ledger: ledger)
        try plan.enter()
        let entry = try #require(try ledger.entry(published.serialNumber))
        #expect(entry.state == .issued && entry.device == "phone" && entry.revocation == nil)
        #expect(try ledger.entry(lost.serialNumber)?.revocation?.reason == .superseded)
        #expect(try ledger.entry(lost.serialNumber)?.names == ["lost@example.org"])
        #expect(try ledger.auditFaults(authorities: office.authority.certificates) == [])
    }

    @Test("What another CA signed, of the same name too, is foreign, and its lists take nothing back")
    func foreign() throws {
        let office = try Office()
        let own = try office.authority.issue(.client("taro@example.org"))
        let other = try Office()
        let issued = try other.authority.issue(.client("taro@example.org"))
        try other.authority.revoke(issued.serialNumber, reason: .unspecified)
        let list = try RevocationList(
            issuer: other.authority.root, key: other.members[0].key, number: 9, thisUpdate: beginning,
            nextUpdate: beginning.addingTimeInterval(day),
            entries: [.init(serialNumber: own.serialNumber, revokedAt: beginning, reason: nil)])
        let plan = try RecoveryPlan(
            certificates: [issued.certificate, other.authority.root], lists: [list], ledger: office.ledger)
        #expect(plan.isEmpty && plan.foreignCount == 2 && plan.newestLists.isEmpty)
    }

    @Test("A CA's certificate is not entered, and what has a number that is taken is not either")
    func refused() throws {
        let office = try Office(.init(name: "A", domains: ["example.org"], offlineRoot: true))
        let key = try PrivateKey.generate(.ecP256)
        func sign(_ serial: SerialNumber, isCA: Bool) throws -> Certificate {
            let issuer = try #require(office.members.last)
            var extensions = CertificateExtensions()
            extensions.basicConstraints = .init(isCA: isCA)
            return try CertificateBuilder(
                serialNumber: serial, issuer: issuer.certificate.subject(),
                subject: try DistinguishedName([.commonName("x")]), validity: .init(notBefore: beginning, days: 10),
                publicKey: key.publicKey, extensions: extensions
            ).sign(with: issuer.key)
        }
        let taken = try office.authority.issue(.client("taro@example.org")).serialNumber
        let plan = try RecoveryPlan(
            certificates: [
                sign(SerialNumber([1]), isCA: true), sign(taken, isCA: false), sign(SerialNumber([2]), isCA: false),
                sign(SerialNumber([2]), isCA: false),
            ], lists: [], ledger: office.ledger)
        #expect(plan.certificates.count == 1 && plan.refused.count == 3)
        #expect(plan.refused[0].reason.contains("CA's"))
        #expect(plan.refused[1].reason.contains("another certificate"))
        #expect(plan.refused[2].reason.contains("two certificates"))
    }

    @Test("The revocation of an issuing CA is not lost")
    func issuingCA() throws {
        let office = try Office(.init(name: "A", domains: ["example.org"], offlineRoot: true))
        let root = try #require(office.members.first { $0.profile == .root })
        let issuing = try #require(office.authority.certificates.first).serialNumber
        let list = try RevocationList(
            issuer: root.certificate, key: root.key, number: 9, thisUpdate: beginning,
            nextUpdate: beginning.addingTimeInterval(day),
            entries: [.init(serialNumber: issuing, revokedAt: beginning, reason: 2)])
        let plan = try RecoveryPlan(certificates: [], lists: [list], ledger: office.ledger)
        #expect(plan.revocations.map(\.profile) == [.issuing])
        try plan.enter()
        #expect(try office.ledger.entry(issuing)?.revocation?.reason == .cACompromise)
    }
}

extension RecoveryPlan {
    /// The plan for all of these.
    fileprivate init(certificates: [Certificate], lists: [RevocationList], ledger: any Ledger) throws {
        try self.init(ledger: ledger)
        for certificate in certificates { try add(certificate) }
        for list in lists { try add(list) }
    }
}
