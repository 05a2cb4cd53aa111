import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("What can be mended")
struct RepairTests {
    /// Something that is wrong with a directory and can be mended there.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let layout: Layout
        let isDeployed: Bool
        /// Who reads the directory.
        let server: MailServer
        let change: @Sendable (Fixture) throws -> Void

        init(
            _ what: String, in layout: Layout = .rootAlone, isDeployed: Bool = false,
            for server: MailServer = .sendmail, _ change: @escaping @Sendable (Fixture) throws -> Void
        ) {
            testDescription = what
            self.layout = layout
            self.isDeployed = isDeployed
            self.server = server
            self.change = change
        }
    }

    static let damages: [Damage] =
        [mode_t(0o640), 0o644, 0o666].map { mode in
            Damage("A key of mode \(String(mode, radix: 8))") { $0.setMode(mode, of: "privkey.pem") }
        } + [
            Damage("A certificate that the group can write") { $0.setMode(0o664, of: "cert.pem") },
            Damage("A list that everybody can write", isDeployed: true) { $0.setMode(0o666, of: "crl.pem") },
            Damage("The directory itself, which everybody can write") { chmod($0.certs.string, 0o777) },
            Damage("No link to the certificate", in: .selfSigned) {
                $0.remove("\(try $0.material.issued.certificate.hash).0")
            },
            Damage("No links to CA and list") {
                let hash = try $0.material.root.certificate.hash
                $0.remove("\(hash).0", "\(hash).r0")
            },
            Damage("No links of an issuing CA", in: .issuingCA) {
                for member in $0.material.members {
                    let hash = try member.certificate.hash
                    $0.remove("\(hash).0", "\(hash).r0")
                }
            },
            Damage("A link that leads nowhere, in the place of the CA's") {
                let hash = try $0.material.root.certificate.hash
                $0.remove("\(hash).0")
                $0.link("\(hash).0", to: "gone.pem")
                $0.link("0123abcd.0", to: "gone.pem")
            },
            Damage("The server's certificate after that of its CA", in: .issuingCA) {
                try $0.write(
                    $0.material.signer.certificate.pem + $0.material.issued.certificate.pem, to: "cert.pem")
            },
            Damage("The root's list before that of the issuing CA", in: .issuingCA) {
                try $0.write($0.material.lists.reversed().map(\.pem).joined(), to: "crl.pem")
            },
            Damage("No list, which the ledger has", isDeployed: true) { $0.remove("crl.pem", "crl-1.pem") },
            Damage("No CA with its list for Dovecot", isDeployed: true, for: .dovecot) { $0.remove("ca-crl.pem") },
            Damage("A CA for Dovecot without its list", isDeployed: true, for: .dovecot) {
                try $0.write($0.material.root.certificate.pem, to: "ca-crl.pem")
            },
            Damage("No CA certificate, which the ledger has", isDeployed: true) { $0.remove("cacert.pem") },
            Damage("Lines for the access map changed by hand", isDeployed: true) {
                try $0.write("CertIssuer:/CN=mallory\tRELAY\n", to: "sendmail.access")
            },
            Damage("Somebody revoked since the list was laid out", isDeployed: true) {
                let authority = try #require($0.material.authority)
                let issued = try authority.issue(.client("taro@example.org"))
                try authority.revoke(issued.serialNumber, reason: .keyCompromise)
                _ = try authority.revocationLists()
            },
        ]

    private static func fixture(of damage: Damage) throws -> Fixture {
        let fixture = try Fixture(damage.isDeployed ? Material(damage.layout) : .shared(damage.layout))
        if damage.isDeployed, let authority = fixture.material.authority {
            let serial = fixture.material.issued.serialNumber
            try authority.ledger.remember(
                Deployment(
                    directory: fixture.certs.string, certificate: serial,
                    servers: [.init(name: damage.server.rawValue)]))
        }
        try damage.change(fixture)
        return fixture
    }

    private static func verifier(_ damage: Damage, _ fixture: Fixture) -> Verifier {
        Verifier(
            layout: .sendmail, servers: damage.server == .sendmail ? nil : [damage.server],
            authority: damage.isDeployed ? fixture.material.authority : nil, now: now)
    }

    @Test("What is mended is right afterwards, and there is nothing more to mend", arguments: damages)
    func mends(damage: Damage) throws {
        let fixture = try Self.fixture(of: damage)
        let verifier = Self.verifier(damage, fixture)
        // Above the directory lies what is none of ours.
        let ours = { (report: Report) in report.findings.filter { $0.subject.hasPrefix(fixture.certs.string) } }
        #expect(try !ours(verifier.verify(directory: fixture.certs)).isEmpty)
        let key = try fixture.read("privkey.pem")

        let plan = try verifier.repair(of: fixture.certs)
        #expect(!plan.steps.isEmpty)
        let before = try FileContent.names(in: fixture.certs)
        #expect(try verifier.repair(of: fixture.certs).steps == plan.steps, "planning changes nothing")
        #expect(try FileContent.names(in: fixture.certs) == before)

        _ = try plan.apply()
        #expect(try ours(verifier.verify(directory: fixture.certs)) == [])
        #expect(try verifier.repair(of: fixture.certs).steps == [])
        #expect(try fixture.read("privkey.pem") == key)
    }

    @Test("In a directory that is right there is nothing to mend", arguments: Layout.allCases)
    func nothing(layout: Layout) throws {
        let fixture = try Fixture(.shared(layout))
        let plan = try Verifier(layout: .sendmail, now: now).repair(of: fixture.certs)
        #expect(plan.steps == [])
    }

    @Test("Directories above it, strange files, links in the place of files and what is meant so are left alone")
    func leftAlone() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        chmod(fixture.parent.string, 0o777)
        fixture.setMode(0o664, of: "crl.pem")
        try fixture.write(fixture.read("privkey.pem"), to: "stray.key", mode: 0o644)
        let elsewhere = fixture.parent.appending("live.pem")
        try Data(fixture.read("cert.pem").utf8).write(to: URL(fileURLWithPath: elsewhere.string))
        chmod(elsewhere.string, 0o666)
        fixture.remove("cert.pem")
        fixture.link("cert.pem", to: "../live.pem")
        let untouched: Set = [fixture.certs.appending("crl.pem").string]
        let plan = try Verifier(layout: .sendmail, now: now).repair(of: fixture.certs, leaving: untouched)
        #expect(plan.steps == [])
        _ = try plan.apply()
        #expect(FileStatus(elsewhere)?.permissions == 0o666)
        #expect(FileStatus(fixture.parent)?.permissions == 0o777)
        #expect(FileStatus(fixture.certs.appending("stray.key"))?.permissions == 0o644)
    }

    @Test("A step says what is there and what will be")
    func words() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        fixture.setMode(0o640, of: "privkey.pem")
        let hash = try fixture.material.root.certificate.hash
        fixture.remove("\(hash).0")
        let steps = try Verifier(layout: .sendmail, now: now).repair(of: fixture.certs).steps
        let texts = steps.map { "\($0.path.lastComponent?.string ?? ""): \($0.before) / \($0.after)" }
        let user = geteuid()
        let owner = user == 0 ? ", user 0" : ""
        #expect(
            texts == [
                "\(hash).0: not there / -> cacert.pem",
                "privkey.pem: mode 0640, user \(user), group \(getegid()) / mode 0600\(owner)",
            ])
    }

    @Test("A certificate that is put in order is kept as it was, under a name with the time in it")
    func keepsOld() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        let old = fixture.material.signer.certificate.pem + fixture.material.issued.certificate.pem
        try fixture.write(old, to: "cert.pem")
        _ = try Verifier(layout: .sendmail, now: now).repair(of: fixture.certs).apply()
        #expect(try fixture.read("cert.pem.20270115T080000Z") == old)
    }

    @Test("The CA's own directory and keys become its owner's alone")
    func home() throws {
        let scratch = try TemporaryDirectory()
        let home = Home(FilePath(scratch.file("home")))
        try home.prepare()
        let authority = try Authority.create(
            AuthorityParameters(name: "Example Mail CA", domains: ["example.org"]),
            ledger: try SQLiteLedger(path: home.ledger, clock: { now }), clock: { now },
            keep: { (members) throws(MailCAError) in try home.keep(members, passphrase: nil) })
        chmod(home.path.string, 0o755)
        chmod(home.key(.root).string, 0o644)
        let verifier = Verifier(layout: .sendmail, authority: authority, now: now)
        let key = try FileContent.read(home.key(.root))
        for plan in try verifier.repair(of: home) { _ = try plan.apply() }
        #expect(try verifier.verify(home: home).findings.map(\.id) == ["home.key-not-encrypted"])
        #expect(try FileContent.read(home.key(.root)) == key)
        #expect(try verifier.repair(of: home).allSatisfy(\.steps.isEmpty))
    }
}
