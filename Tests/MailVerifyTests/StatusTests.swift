import Foundation
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage
import Testing

@Suite("Status")
struct StatusTests {
    /// A CA whose server's files are deployed, looked at when a test likes.
    struct Scene {
        let material: Material
        let fixture: Fixture
        let authority: Authority

        init(_ layout: Layout = .rootAlone, listDays: Int = 365, serverDays: Int? = nil) throws {
            material = try Material(layout, serverDays: serverDays, listDays: listDays)
            fixture = try Fixture(material)
            authority = try #require(material.authority)
            try authority.ledger.remember(
                Deployment(directory: fixture.certs.string, certificate: material.issued.serialNumber))
        }

        /// The CA at another time, with the key of the one that signs.
        func authority(at days: Double) throws -> Authority {
            try #require(try Authority.open(ledger: authority.ledger, clock: { after(days: days) }))
                .unlocked(with: material.signer.key)
        }

        func status(at days: Double = 0) throws -> Status { try Status(of: authority(at: days)) }

        /// The most urgent that is said with these words.
        func level(_ words: String, at days: Double = 0) throws -> Status.Level {
            try status(at: days).reasons.filter { $0.message.contains(words) }.map(\.level).max() ?? .ok
        }

        /// Lays everything out as the CA has it.
        func layOut(at days: Double = 0) throws {
            let authority = try authority(at: days)
            for deployment in try authority.ledger.deployments() {
                let directory = DeployedDirectory(deployment)
                try directory.plan(authority, authority.latestRevocationLists()).apply(under: directory.path)
            }
        }
    }

    @Test("What was just made is fine", arguments: [Layout.rootAlone, .issuingCA])
    func fine(_ layout: Layout) throws {
        let scene = try Scene(layout)
        let status = try scene.status()
        #expect(status.level == .ok && status.reasons.isEmpty, "\(status.reasons)")
        #expect(status.authorities.count == (layout == .rootAlone ? 1 : 2))
        #expect(status.lists.count == status.authorities.count)
        #expect(status.deployments.map(\.differences) == [[]])
        #expect(status.deployments.first?.certificate?.names == ["mail.example.org"])
        #expect(!status.hasUnlisted && status.pending == 0 && status.lastMaintained == nil)
        #expect(status.servers.count == 0 && status.users.count == 0)
    }

    @Test("What ends within thirty days is counted, and told no more than ten of; it is no reason to warn")
    func ending() throws {
        let scene = try Scene(serverDays: 60)
        let authority = try scene.authority(at: 0)
        for number in 1...12 { _ = try authority.issue(.client("user\(number)@example.org", days: 29)) }
        let revoked = try authority.issue(.client("gone@example.org", days: 20))
        try authority.revoke(revoked.serialNumber, reason: .superseded)
        _ = try authority.revocationLists()
        try scene.layOut()
        let status = try scene.status()
        #expect(status.users.count == 12 && status.users.first.count == 10)
        #expect(status.servers.count == 0 && status.level == .ok, "\(status.reasons)")
        #expect(try scene.status(at: 31).servers.first.map(\.names) == [["mail.example.org"]])
        #expect(try scene.status(at: 31).users.count == 0)
    }

    @Test(
        "A list is critical in the last quarter of its life, and short already before where somebody renews lists",
        arguments: [
            (365, 273.0, false, Status.Level.ok), (365, 274, false, .critical), (365, 218, true, .ok),
            (365, 220, true, .warning), (365, 274, true, .critical), (365, 366, false, .critical),
            (10, 5.9, true, .ok), (10, 6.1, true, .warning), (10, 7.4, false, .ok), (10, 7.6, false, .critical),
            (10, 7.6, true, .critical),
        ])
    func lists(_ life: Int, _ day: Double, _ isMaintained: Bool, _ level: Status.Level) throws {
        let scene = try Scene(listDays: life)
        if isMaintained { try scene.authority.ledger.noteMaintained(after(days: day)) }
        #expect(try scene.level("the revocation list of", at: day) == level)
    }

    @Test("The list of an offline root, which lasts for years, is thought of a quarter of a year ahead")
    func offlineRoot() throws {
        let scene = try Scene(.issuingCA)
        for (day, level) in [(1_700.0, Status.Level.ok), (1_740, .critical)] {
            _ = try scene.authority(at: day).revocationList()
            try scene.layOut(at: day)
            let reasons = try scene.status(at: day).reasons
            #expect(try scene.level("the revocation list of", at: day) == level, "\(day): \(reasons)")
        }
        #expect(try scene.status(at: 1_740).reasons.contains { $0.remedy.contains("--root-key") })
    }

    @Test("Lists that were planned count until the last of them ends")
    func planned() throws {
        let scene = try Scene()
        let authority = try scene.authority(at: 0).unlocked(with: scene.material.root.key)
        _ = try authority.rootRevocationLists(periods: 12, days: 30)
        let list = try #require(try scene.status(at: 100).lists.first)
        #expect(list.planned == 8 && list.nextUpdate < after(days: 151) && list.coveredUntil > after(days: 389))
        #expect(try scene.level("the revocation list of", at: 300) == .ok)
        #expect(try scene.level("the revocation list of", at: 380) == .critical)
    }

    @Test("The end of the CA is a warning ninety days ahead, and critical thirty days ahead")
    func endOfTheCA() throws {
        let scene = try Scene()
        for (left, level) in [(91.0, Status.Level.ok), (89, .warning), (29, .critical), (-1, .critical)] {
            #expect(try scene.level("and all its certificates with it", at: 3_650 - left) == level, "\(left)")
        }
    }

    @Test("A server's certificate is a warning two weeks before its end, and critical after it")
    func endOfTheServer() throws {
        let scene = try Scene()
        for (left, level) in [(15.0, Status.Level.ok), (13, .warning), (-1, .critical)] {
            #expect(try scene.level("the certificate of mail.example.org", at: 365 - left) == level, "\(left)")
        }
    }

    @Test("Where maintain runs, a certificate that it should have renewed is a warning; one that it renewed is none")
    func notRenewed() throws {
        let scene = try Scene()
        try scene.authority.ledger.noteMaintained(after(days: 200))
        #expect(try scene.level("did not renew it", at: 250) == .ok, "it did not run since it was due")
        try scene.authority.ledger.noteMaintained(after(days: 250))
        #expect(try scene.level("did not renew it", at: 251) == .warning)
        _ = try scene.authority(at: 251).renew([scene.material.issued.serialNumber])
        #expect(try scene.level("cert.pem in", at: 251) == .warning, "renewed, and not laid out")
        try scene.layOut(at: 251)
        #expect(try scene.level("the certificate of", at: 251) == .ok)
        #expect(try scene.level("cert.pem in", at: 251) == .ok)
    }

    @Test("That maintain, which ran before, was not heard of for three days is a warning")
    func silence() throws {
        let scene = try Scene()
        try scene.authority.ledger.noteMaintained(after(days: 10))
        #expect(try scene.level("mailca maintain ran last", at: 12.9) == .ok)
        #expect(try scene.level("mailca maintain ran last", at: 13.1) == .warning)
    }

    @Test("What was revoked and is on no list is critical, and so is a list outside that does not have it")
    func unlisted() throws {
        let scene = try Scene()
        let authority = try scene.authority(at: 0)
        let user = try authority.issue(.client("taro@example.org"))
        try authority.revoke(user.serialNumber, reason: .keyCompromise)
        #expect(try scene.level("what was revoked is not on the revocation list") == .critical)
        _ = try authority.revocationLists()
        #expect(try scene.level("what was revoked is not") == .ok)
        #expect(try scene.level("who was revoked since still gets in") == .critical)
        try scene.layOut()
        #expect(try scene.status().level == .ok)
        // One more, which says the same.
        _ = try authority.revocationLists()
        #expect(try scene.level("crl.pem is not as the CA laid it out") == .warning)
        #expect(try scene.status().level == .warning)
    }

    @Test("A list outside that has as many as the newest, but others, is critical")
    func otherListed() throws {
        let scene = try Scene()
        let beginning = try scene.authority(at: 0)
        let brief = try beginning.issue(.client("brief@example.org", days: 5))
        let long = try beginning.issue(.client("long@example.org"))
        try beginning.revoke(brief.serialNumber, reason: .superseded)
        _ = try beginning.revocationLists()
        try scene.layOut()
        let later = try scene.authority(at: 6)
        _ = try later.revocationLists()
        try later.revoke(long.serialNumber, reason: .keyCompromise)
        #expect(try later.revocationLists().map(\.count) == [1])
        #expect(try scene.level("who was revoked since still gets in", at: 6) == .critical)
    }

    @Test("A list outside that is newer than the ledger's is critical")
    func newerOutside() throws {
        let scene = try Scene()
        let list = try RevocationList(
            issuer: scene.material.root.certificate, key: scene.material.root.key, number: 9, thisUpdate: now,
            nextUpdate: after(days: 10), entries: [])
        try scene.fixture.replaceLists([list])
        #expect(try scene.level("has list number 9, and the last that the ledger knows is number 2") == .critical)
    }

    @Test("Files that are not as they were laid out are said, and are as bad as what comes of them")
    func files() throws {
        let scene = try Scene(.issuingCA)
        let fixture = scene.fixture
        #expect(try scene.status().level == .ok)
        try fixture.write("something", to: "ca-1.pem")
        fixture.setMode(0o666, of: "cacert.pem")
        let status = try scene.status()
        #expect(status.deployments[0].differences == ["ca-1.pem", "cacert.pem"] && status.level == .warning)
        #expect(status.reasons[0].message.hasPrefix("ca-1.pem, cacert.pem in "))
        fixture.remove("cert.pem")
        #expect(try scene.level("cert.pem") == .warning)
        try fixture.write("nothing", to: "crl.pem")
        #expect(try scene.level("holds no revocation list of") == .critical)
        fixture.remove("crl.pem")
        #expect(try scene.level("crl.pem is not there") == .critical)
        try FileManager.default.removeItem(atPath: fixture.certs.string)
        let gone = try scene.status()
        #expect(gone.level == .critical && gone.reasons.count == 1, "\(gone.reasons)")
        #expect(gone.deployments[0].certificate?.names == ["mail.example.org"])
    }

    @Test("A list outside that has ended is critical, whatever the ledger has")
    func endedOutside() throws {
        let scene = try Scene(listDays: 10)
        _ = try scene.authority(at: 5).revocationList(days: 365)
        #expect(try scene.level("crl.pem ended on", at: 9) == .ok)
        #expect(try scene.level("crl.pem ended on", at: 11) == .critical)
    }

    @Test("The key of another certificate is critical; somebody else's pair is a warning, and so is a key elsewhere")
    func pairs() throws {
        let scene = try Scene()
        try scene.fixture.write(PrivateKey.generate(.ecP256).text(), to: "privkey.pem", mode: 0o600)
        #expect(try scene.level("does not belong to the certificate") == .critical)
        let own = try certificate(signedBy: nil)
        try scene.fixture.replacePair(own.certificate, own.key)
        let status = try scene.status()
        #expect(status.level == .warning && status.reasons.count == 1, "\(status.reasons)")
        #expect(status.reasons[0].message.hasSuffix("cert.pem is not a certificate of this CA any more"))
        scene.fixture.remove("privkey.pem")
        try scene.fixture.write(scene.material.issued.chainPEM, to: "cert.pem")
        #expect(try scene.status().level == .warning)
    }

    @Test("What was made while the clock was ahead is critical where it is right")
    func clockAhead() throws {
        let scene = try Scene()
        #expect(try scene.level("counts only from", at: -1) == .critical)
        #expect(try scene.status(at: -1).reasons.count { $0.message.contains("counts only from") } == 2)
        #expect(try scene.level("counts only from") == .ok)
    }

    @Test("A server's certificate that was revoked is critical where it lies")
    func revokedServer() throws {
        let scene = try Scene()
        let authority = try scene.authority(at: 0)
        try authority.revoke(scene.material.issued.serialNumber, reason: .superseded)
        _ = try authority.revocationLists()
        try scene.layOut()
        #expect(try scene.level("the certificate of mail.example.org") == .critical)
    }
}
