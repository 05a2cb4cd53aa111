import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("The CA's own directory, verified")
struct VerifierHomeTests {
    /// A CA in its directory, as `mailca init-ca` leaves it.
    private struct Place {
        let scratch: TemporaryDirectory
        let home: Home
        let authority: Authority

        init(offlineRoot: Bool = false, isEncrypted: Bool = true, days: Int? = nil) throws {
            scratch = try TemporaryDirectory()
            let home = Home(FilePath(scratch.file("home")))
            let rootKey = offlineRoot ? FilePath(scratch.file("root.key")) : nil
            try home.prepare()
            authority = try Authority.create(
                AuthorityParameters(
                    name: "Example Mail CA", domains: ["example.org"], days: days, offlineRoot: offlineRoot),
                ledger: try SQLiteLedger(path: home.ledger, clock: { now }), clock: { now },
                keep: { (members) throws(MailCAError) in
                    try home.keep(members, passphrase: nil, rootKey: rootKey)
                })
            self.home = home
            guard isEncrypted else { return }
            // Nobody opens the key here, and to encrypt one in earnest takes long, as it should.
            let block = PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: [0x30, 0])
            try VerifierHomeTests.replace(home.key(offlineRoot ? .issuing : .root), with: block.text)
        }

        func findings(at time: Date = now) throws -> [Finding] {
            let report = try Verifier(layout: .sendmail, authority: authority, now: time).verify(home: home)
            #expect(report.subjects == [home.path.string])
            return report.findings
        }
    }

    static let mistakes: [Mistake] = [
        mistake("A directory that others can look into", raises: ["home.mode"]) { chmod($0.home.path.string, 0o755) },
        mistake("A directory that the group can enter", raises: ["home.mode"]) { chmod($0.home.path.string, 0o710) },
        mistake("A key that the group can read", raises: ["home.key-mode"]) {
            chmod($0.home.key(.root).string, 0o640)
        },
        mistake("An issuing CA's key that everybody can read", offlineRoot: true, raises: ["home.key-mode"]) {
            chmod($0.home.key(.issuing).string, 0o644)
        },
        mistake("A ledger that SQLite finds damaged", raises: ["ledger.damaged"]) { place in
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1], isolation_level=None)
                database.execute("PRAGMA ignore_check_constraints = ON")
                database.execute("UPDATE certificate SET reason = 1")
                """
            let outcome = try Command.run("python3", ["-c", script, place.home.ledger.string])
            #expect(outcome.status == 0, "\(outcome.everything)")
        },
        mistake("No certificate", raises: ["home.certificate-missing"]) { unlink($0.home.certificate(.root).string) },
        mistake("No issuing CA's certificate", offlineRoot: true, raises: ["home.certificate-missing"]) {
            unlink($0.home.certificate(.issuing).string)
        },
        mistake("Another CA's certificate", raises: ["home.certificate-differs"]) {
            try replace($0.home.certificate(.root), with: try Material(.rootAlone).root.certificate.pem)
        },
        mistake("A damaged certificate", raises: ["home.certificate-differs"]) {
            try replace($0.home.certificate(.root), with: "garbage")
        },
        mistake("No key", raises: ["home.key-missing"]) { unlink($0.home.key(.root).string) },
        mistake("A certificate that was pending when the process ended", raises: ["ledger.unfinished"]) {
            let key = try PrivateKey.generate(.ecP256)
            try $0.authority.ledger.begin([
                LedgerEntry(
                    serialNumber: .random(milliseconds: 1), issuer: $0.authority.certificateFields[0].serialNumber,
                    profile: .server, names: ["mail.example.org"], validity: Validity(notBefore: now, days: 1),
                    keyFingerprint: key.publicKey.sha256, createdAt: now)
            ])
        },
        .anywhere("A key without a passphrase", raises: ["home.key-not-encrypted"]) {
            try Place(isEncrypted: false).findings()
        },
        .anywhere("A CA that ended", raises: ["authority.expired"]) {
            try Place(days: 20).findings(at: after(days: 21))
        },
        .anywhere("A CA that ends soon", raises: ["authority.expires-soon"]) { try Place(days: 20).findings() },
        .anywhere("A clock of yesterday", raises: ["authority.not-yet-valid"]) {
            try Place().findings(at: after(days: -1))
        },
    ]

    private static func mistake(
        _ what: String, offlineRoot: Bool = false, raises expected: Set<String>,
        _ change: @escaping @Sendable (Place) throws -> Void
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let place = try Place(offlineRoot: offlineRoot)
            try change(place)
            return try place.findings()
        }
    }

    fileprivate static func replace(_ path: FilePath, with text: String) throws {
        try text.write(toFile: path.string, atomically: false, encoding: .utf8)
    }

    @Test("What is wrong with the CA's directory is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("Nothing is found as it was made, also where the root's key is away", arguments: [false, true])
    func clean(offlineRoot: Bool) throws {
        let place = try Place(offlineRoot: offlineRoot)
        #expect(try place.findings() == [])
        _ = try place.authority.issue(.server(["mail.example.org"]))
        #expect(try place.findings() == [])
    }

    @Test(
        "A key that signs and is not there is found: nothing can be issued, and no list made", arguments: [false, true])
    func keyMissing(offlineRoot: Bool) throws {
        let place = try Place(offlineRoot: offlineRoot)
        unlink(place.home.key(offlineRoot ? .issuing : .root).string)
        #expect(try !place.findings().isEmpty)
    }

    @Test("Without the ledger only the mode of the directory is looked at")
    func withoutAuthority() throws {
        let place = try Place()
        chmod(place.home.path.string, 0o750)
        let report = try Verifier(layout: .sendmail, now: now).verify(home: place.home)
        #expect(report.findings.map(\.id) == ["home.mode"])
        #expect(report.findings[0].remedy == "chmod 0700 \(place.home.path)")
    }
}
