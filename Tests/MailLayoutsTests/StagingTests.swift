import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@Suite("The key that comes next")
struct StagingTests {
    private let scratch: TemporaryDirectory
    private let time = Years.Time(now)
    private let authority: Authority
    private let served: IssuedCertificate
    private let next: IssuedCertificate
    private let path: FilePath

    init() throws {
        scratch = try TemporaryDirectory()
        let time = time
        authority = try Authority.create(
            AuthorityParameters(name: "Example Mail CA", domains: ["example.org"]),
            ledger: SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite")), clock: { time.now }),
            clock: { time.now }, keep: { _ in })
        path = FilePath(scratch.path).appending("certs")
        served = try authority.issue(.server(["mail.example.org"]))
        try MailLayout.sendmail.plan(served, issuedBy: authority, crl: authority.revocationLists()[0])
            .apply(under: path)
        next = try authority.renew([served.serialNumber], days: 30, newKey: .ecP256)[0]
    }

    private func directory(keyGroup: String? = nil, staged: SerialNumber? = nil) throws -> DeployedDirectory {
        let deployment = Deployment(
            directory: path.string, certificate: served.serialNumber, keyGroup: keyGroup,
            staged: .init(certificate: staged ?? next.serialNumber, printed: now, wait: 3_600))
        try authority.ledger.remember(deployment)
        return DeployedDirectory(deployment)
    }

    private func stage(_ directory: DeployedDirectory) throws {
        try directory.planOfStaging(next, now).apply(under: path)
    }

    private func swap(_ directory: DeployedDirectory) throws -> LayoutPlan.Outcome {
        try directory.planOfSwap(authority, authority.latestRevocationLists(), now).apply(under: path)
    }

    @Test("It lies beside the pair until it takes its place, as one step; the old one stays under another name")
    func swapped() throws {
        let directory = try directory()
        try stage(directory)
        let before = try scratch.tree("certs")
        #expect(before.contains("0600 privkey.next.pem: PRIVATE KEY"))
        #expect(before.contains("0644 cert.next.pem: CERTIFICATE"))
        #expect(try directory.afterSwap(authority) == nil)
        let outcome = try swap(directory)
        #expect(outcome.written.map(\.name) == ["privkey.pem", "cert.pem"])
        #expect(outcome.removed == ["cert.next.pem", "privkey.next.pem"])
        #expect(outcome.kept == ["privkey.pem.20270115T080000Z", "cert.pem.20270115T080000Z"])
        let present = try Certificate.all(pem: FileContent.read(path.appending("cert.pem")))
        #expect(present == [next.certificate])
        let after = try #require(try directory.afterSwap(authority))
        #expect(after.certificate == next.serialNumber && after.staged == nil)
        #expect(try DeployedDirectory(directory.deployment).asFound(by: authority.ledger) == after)
        #expect(
            try DeployedDirectory(after).plan(authority, authority.latestRevocationLists()).differences(in: path) == [])
    }

    @Test("A new pair that was put in place and not noted is found; an older one, and another host's, are not")
    func rekeyed() throws {
        let deployment = Deployment(directory: path.string, certificate: served.serialNumber)
        let directory = DeployedDirectory(deployment)
        #expect(try directory.withNewKey(authority) == nil)
        time.now += 1
        let newer = try authority.issue(.server(["mail.example.org"]))
        let lists = try authority.latestRevocationLists()
        func lay(_ issued: IssuedCertificate) throws {
            var plan = try directory.plan(laying: issued, authority, lists)
            plan.keepOld = (MailLayout.pairFileNames, time.now)
            try plan.apply(under: path)
        }
        try lay(newer)
        #expect(throws: MailCAError.self) { try directory.plan(authority, lists) }
        let after = try #require(try directory.withNewKey(authority))
        #expect(after.certificate == newer.serialNumber)
        #expect(try DeployedDirectory(after).plan(authority, lists).differences(in: path) == [])
        time.now += 1
        try lay(served)
        #expect(try DeployedDirectory(after).withNewKey(authority) == nil)
        try lay(authority.issue(.server(["mx.example.org"])))
        #expect(try directory.withNewKey(authority) == nil)
    }

    @Test("While it waits only its owner reads it; in its place, whoever may read the served one")
    func group() throws {
        let group = try #require(getgrgid(getgid()))
        let directory = try directory(keyGroup: String(cString: group.pointee.gr_name))
        try stage(directory)
        #expect(FileStatus(path.appending("privkey.next.pem"))?.permissions == 0o600)
        _ = try swap(directory)
        let status = try #require(FileStatus(path.appending("privkey.pem")))
        #expect(status.permissions == 0o640 && status.group == getgid())
    }

    @Test("One that has ended, was revoked, is for other names or is not there does not take its place")
    func refused() throws {
        let directory = try directory()
        #expect(try failure { try swap(directory) }.code == .notFound, "the key is not there")
        try stage(directory)
        let before = try scratch.tree("certs")
        #expect(try failure { try swap(self.directory(staged: served.serialNumber)) }.code == .notFound, "another key")
        time.now += 31 * 86_400
        let ended = try failure { try swap(self.directory()) }
        #expect(ended.code == .notPermitted && ended.message.contains("ended"))
        time.now -= 31 * 86_400
        try authority.revoke(next.serialNumber, reason: .superseded)
        let revoked = try failure { try swap(directory) }
        #expect(revoked.code == .notPermitted && revoked.message.contains("revoked"))
        #expect(try scratch.tree("certs") == before)
        let other = try authority.issue(.server(["mx.example.org"]))
        try directory.planOfStaging(other, now).apply(under: path)
        let names = try failure { try swap(self.directory(staged: other.serialNumber)) }
        #expect(names.code == .notPermitted && names.message.contains("mx.example.org"))
    }

    @Test("Where its certificate has ended, a new one is made for the same key, which is not touched")
    func ended() throws {
        let directory = try directory()
        try stage(directory)
        let key = try FileContent.read(path.appending("privkey.next.pem"))
        time.now += 31 * 86_400
        guard case .ended(let entry) = try directory.staging(authority) else {
            Issue.record("it has not ended")
            return
        }
        let renewed = try authority.renew([entry.serialNumber])[0]
        let outcome = try directory.planOfStaging(renewed, now).apply(under: path)
        #expect(outcome.written.map(\.name) == ["cert.next.pem"] && outcome.kept.isEmpty)
        #expect(try FileContent.read(path.appending("privkey.next.pem")) == key)
        _ = try swap(self.directory(staged: renewed.serialNumber))
    }

    @Test("It takes nobody's place by being made, and what was served before it is not meant any more after")
    func successor() throws {
        let old = try #require(try authority.ledger.entry(served.serialNumber))
        let longer = try authority.renew([served.serialNumber], days: 400, newKey: .ecP256)[0]
        _ = try directory(staged: longer.serialNumber)
        #expect(try authority.successor(of: old) == nil)
        #expect(try authority.stagedCertificates() == [longer.serialNumber])
        #expect(
            try authority.due(within: 500 * 86_400).map(\.serialNumber) == [served.serialNumber])
        try authority.ledger.remember(Deployment(directory: path.string, certificate: longer.serialNumber))
        #expect(try authority.successor(of: old)?.serialNumber == longer.serialNumber)
        let again = try authority.renew([served.serialNumber], days: 500)[0]
        let current = try #require(try authority.ledger.entry(longer.serialNumber))
        #expect(again.fields.validity.notAfter > current.validity.notAfter)
        #expect(try authority.successor(of: current) == nil, "its key is served, and that of the other is not")
    }
}
