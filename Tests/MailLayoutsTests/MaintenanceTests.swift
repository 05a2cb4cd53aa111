import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@Suite("What is due")
struct MaintenanceTests {
    /// A CA with one server, whose clock the test moves.
    private final class Scene {
        let scratch: TemporaryDirectory
        let time = Years.Time(now)
        let authority: Authority
        let directory: FilePath
        let server: IssuedCertificate
        private(set) var reloads = 0

        init(days: Int = 90, reload: Bool = true) throws {
            scratch = try TemporaryDirectory()
            let time = time
            authority = try Authority.create(
                AuthorityParameters(name: "Example Mail CA", domains: ["example.org"]),
                ledger: SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite")), clock: { time.now }),
                clock: { time.now }, keep: { _ in })
            directory = FilePath(scratch.path).appending("certs")
            server = try authority.issue(.server(["mail.example.org"], days: days))
            try MailLayout.sendmail.plan(server, issuedBy: authority, crl: authority.revocationLists()[0])
                .apply(under: directory)
            try authority.ledger.remember(
                Deployment(directory: directory.string, certificate: server.serialNumber, reload: reload))
        }

        func pass(days: Double) { time.now += days * 86_400 }

        func maintain(isDry: Bool = false) throws -> Maintenance.Outcome {
            let authority = authority
            var count = 0
            let outcome = try Maintenance(authority, isDry: isDry).run(
                unlock: { _ throws(MailCAError) in authority },
                reload: { (_, changed) throws(MailCAError) in
                    guard !Reload(.sendmail).filesReadAtStart.isDisjoint(with: changed) else { return [] }
                    count += 1
                    return [.sendmail]
                })
            reloads += count
            return outcome
        }

        func certificate() throws -> Certificate {
            try #require(try Certificate.all(pem: FileContent.read(directory.appending("cert.pem"))).first)
        }
    }

    @Test("A server's certificate is renewed when less than a third of its life is left, with its key, once")
    func due() throws {
        let scene = try Scene()
        scene.pass(days: 59)
        #expect(try !scene.maintain().deeds.contains { $0.contains("certificate of") })
        #expect(try scene.certificate() == scene.server.certificate)
        #expect(scene.reloads == 0, "the lists alone are read anew without it")
        scene.pass(days: 2)
        let deeds = try scene.maintain().deeds
        #expect(deeds.count { $0.hasPrefix("renewed the certificate of mail.example.org: until ") } == 1, "\(deeds)")
        #expect(deeds.last == "reloaded Sendmail")
        let new = try scene.certificate()
        #expect(new != scene.server.certificate)
        #expect(try new.fields().publicKey.sha256 == scene.server.certificate.fields().publicKey.sha256)
        #expect(scene.reloads == 1)
        #expect(try scene.maintain().deeds == [])
        #expect(scene.reloads == 1)
    }

    @Test("A dry run says what is due and does none of it")
    func dry() throws {
        let scene = try Scene()
        scene.pass(days: 61)
        let before = try scene.scratch.tree("certs")
        let outcome = try scene.maintain(isDry: true)
        #expect(outcome.deeds.contains("would renew the certificate of mail.example.org"), "\(outcome.deeds)")
        #expect(try scene.certificate() == scene.server.certificate)
        #expect(try scene.scratch.tree("certs") == before)
        #expect(try scene.authority.ledger.lastMaintained() == nil)
        #expect(scene.reloads == 0)
        // What it would mend is no problem.
        scene.pass(days: 290)
        let late = try scene.maintain(isDry: true)
        #expect(late.deeds.contains("would make a new revocation list"), "\(late.deeds)")
        #expect(!late.problems.contains { $0.message.contains("revocation list") }, "\(late.problems)")
    }

    @Test("Who did not ask for it is not told")
    func noReload() throws {
        let scene = try Scene(reload: false)
        scene.pass(days: 61)
        #expect(try scene.maintain().deeds.contains { $0.hasPrefix("renewed") })
        #expect(scene.reloads == 0)
    }

    @Test("One that was revoked is not renewed, which is told each time")
    func revoked() throws {
        let scene = try Scene()
        try scene.authority.revoke(scene.server.serialNumber, reason: .superseded)
        scene.pass(days: 61)
        for _ in 0..<2 {
            let outcome = try scene.maintain()
            #expect(outcome.problems.map(\.code) == [.notPermitted], "\(outcome.problems)")
            #expect(!outcome.deeds.contains { $0.hasPrefix("renewed") })
        }
    }

    @Test("Where another certificate or key lies, nothing is signed or written, and that is told once a run")
    func foreign() throws {
        for name in ["cert.pem", "privkey.pem"] {
            let scene = try Scene()
            let other = try TemporaryDirectory()
            try selfSignedPlan().apply(under: other.place("certs"))
            let path = scene.directory.appending(name)
            let bytes = try FileContent.read(other.place("certs").appending(name))
            try Data(bytes).write(to: URL(fileURLWithPath: path.string))
            scene.pass(days: 61)
            let outcome = try scene.maintain()
            #expect(outcome.problems.map(\.code).allSatisfy { $0 == .notPermitted }, "\(outcome.problems)")
            #expect(outcome.problems.count == 1, "\(outcome.problems)")
            #expect(!outcome.deeds.contains { $0.hasPrefix("renewed") || $0.hasPrefix("wrote") }, "\(outcome.deeds)")
            #expect(try FileContent.read(path) == bytes)
            #expect(scene.reloads == 0)
        }
    }

    @Test("For a directory that is gone nothing is signed, and none is made")
    func gone() throws {
        let scene = try Scene()
        try FileManager.default.removeItem(atPath: scene.directory.string)
        scene.pass(days: 61)
        let outcome = try scene.maintain()
        #expect(outcome.problems.map(\.code) == [.notFound], "\(outcome.problems)")
        #expect(!outcome.deeds.contains { $0.hasPrefix("renewed") })
        #expect(!FileManager.default.fileExists(atPath: scene.directory.string))
    }

    @Test("A next key that waits for over thirty days is told of at each run, and left where it is")
    func forgotten() throws {
        let scene = try Scene(days: 365)
        let next = try scene.authority.renew([scene.server.serialNumber], newKey: .ecP256)[0]
        var deployment = try scene.authority.ledger.deployments()[0]
        deployment.staged = .init(certificate: next.serialNumber, printed: now, wait: 3_600)
        try scene.authority.ledger.remember(deployment)
        scene.pass(days: 29)
        #expect(try scene.maintain().problems.isEmpty)
        scene.pass(days: 2)
        for _ in 0..<2 {
            let outcome = try scene.maintain()
            #expect(outcome.problems.count == 1)
            #expect(outcome.problems.first?.message.contains("the next key of mail.example.org") == true)
            #expect(outcome.problems.first?.hint?.contains("--swap") == true)
        }
        #expect(try scene.authority.ledger.deployments()[0].staged == deployment.staged)
    }
}
