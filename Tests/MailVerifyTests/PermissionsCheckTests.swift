import Foundation
import MailLayouts
import SystemPackage
import Testing

@testable import MailVerify

@Suite("Modes and owners")
struct PermissionsCheckTests {
    static let mistakes = keys + files + others

    private static let keys: [Mistake] = {
        let modes: [(mode_t, String)] = [
            (0o640, "group-readable"), (0o644, "group-readable"), (0o604, "world-readable"), (0o660, "group-writable"),
            (0o620, "group-writable"), (0o602, "group-writable"), (0o666, "group-writable"),
        ]
        return modes.map { mode, what in
            Mistake("A key of mode \(String(mode, radix: 8))", in: .selfSigned, raises: ["sendmail.key.\(what)"]) {
                $0.setMode(mode, of: "privkey.pem")
            }
        }
    }()

    private static let files: [Mistake] = ["cert.pem", "cacert.pem", "crl.pem"].flatMap { name in
        [mode_t(0o664), 0o646, 0o666].map { mode in
            Mistake("A \(name) of mode \(String(mode, radix: 8))", raises: ["sendmail.file.group-writable"]) {
                $0.setMode(mode, of: name)
            }
        }
    }

    private static let others: [Mistake] = [
        Mistake("A CA file behind a hash link that the group may write", raises: ["file.writable"]) {
            $0.share("ca-1.pem", mode: 0o664)
        },
        Mistake("A directory of mode 0775", raises: ["sendmail.directory.group-writable"]) {
            chmod($0.certs.string, 0o775)
        },
        Mistake("A directory of mode 0777", raises: ["sendmail.directory.world-writable"]) {
            chmod($0.certs.string, 0o777)
        },
        Mistake("A directory above it of mode 0775", raises: ["sendmail.directory.group-writable"]) {
            chmod($0.parent.string, 0o775)
        },
        Mistake("A directory above it of mode 0777", raises: ["sendmail.directory.world-writable"]) {
            chmod($0.parent.string, 0o777)
        },
        .anywhere(
            "A link to a directory that lies where the group may write", raises: ["sendmail.directory.group-writable"]
        ) {
            let fixture = try Fixture(.shared(.rootAlone))
            chmod(fixture.parent.string, 0o775)
            let link = fixture.scratch.file("linked")
            symlink("mail/certs", link)
            return try fixture.findings(at: FilePath(link))
        },
        .anywhere(
            "Files and directories of another user, looked at by root",
            raises: ["directory.owner", "sendmail.key.owner", "sendmail.file.owner"]
        ) { try ofAnotherUser(asRoot: true) },
        .anywhere(
            "Files of another user than root, looked at by that user: one warning for all",
            raises: ["sendmail.key.owner"]
        ) { try ofAnotherUser(asRoot: false) },
    ]

    /// What is said of a directory that is not root's.
    private static func ofAnotherUser(asRoot: Bool) throws -> [Finding] {
        let fixture = try Fixture(.shared(.rootAlone))
        if geteuid() == 0 {
            for name in try FileContent.names(in: fixture.certs) {
                lchown(fixture.certs.appending(name).string, 65_534, 65_534)
            }
            chown(fixture.certs.string, 65_534, 65_534)
        }
        let snapshot = try Snapshot(fixture.certs, now: now, asRoot: asRoot, authority: nil)
        return PermissionsCheck().findings(in: snapshot) + ExposureCheck().findings(in: snapshot)
    }

    @Test("Each mode and owner that Sendmail refuses is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A file of another user is an error for root, who can mend it, and for others a warning")
    func owners() throws {
        for (asRoot, severity) in [(true, Severity.error), (false, .warning)] {
            let findings = try Self.ofAnotherUser(asRoot: asRoot).filter { $0.id == "sendmail.key.owner" }
            #expect(findings.map(\.severity) == [severity])
            #expect(findings[0].remedy.contains(asRoot ? "chown root:root" : "sudo cp -d"))
        }
    }

    @Test(
        "Modes narrower than needed are no mistake",
        arguments: [("privkey.pem", 0o400), ("cert.pem", 0o600), ("cert.pem", 0o444), ("crl.pem", 0o400)])
    func narrow(name: String, mode: Int) throws {
        let fixture = try Fixture(.shared(.rootAlone))
        fixture.setMode(mode_t(mode), of: name)
        #expect(try fixture.findings() == [])
    }

    @Test("A directory that only its owner may enter, and a sticky one above it, are no mistake")
    func directories() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        chmod(fixture.certs.string, 0o700)
        chmod(fixture.parent.string, 0o1777)
        #expect(try fixture.findings() == [])
    }

    @Test("A finding names the mode, and the command that mends it")
    func words() throws {
        let fixture = try Fixture(.shared(.selfSigned))
        fixture.setMode(0o640, of: "privkey.pem")
        let finding = try #require(try fixture.findings().first)
        #expect(finding.subject == fixture.certs.appending("privkey.pem").string)
        #expect(finding.message.hasPrefix("the mode is 0640, so Sendmail does not offer STARTTLS"))
        #expect(finding.remedy == "chmod 0600 \(finding.subject)")
    }

    @Test(
        "A finding quotes the words that Sendmail was seen to log",
        arguments: [
            ("privkey.pem", 0o640, "Group readable file"), ("privkey.pem", 0o604, "World readable file"),
            ("privkey.pem", 0o620, "Group writable file"), ("privkey.pem", 0o602, "World writable file"),
            ("cert.pem", 0o664, "Group writable file"), ("cert.pem", 0o646, "World writable file"),
            (".", 0o775, "Group writable directory"), (".", 0o777, "World writable directory"),
        ])
    func log(name: String, mode: Int, words: String) throws {
        let fixture = try Fixture(.shared(.selfSigned))
        fixture.setMode(mode_t(mode), of: name)
        #expect(try fixture.findings().first?.message.contains("unsafe: \(words)") == true)
    }

    @Test("A relative path is followed up to the root of the file system")
    func relative() throws {
        let fixture = try Fixture(.shared(.selfSigned))
        chmod(fixture.parent.string, 0o775)
        let snapshot = try Snapshot(fixture.certs.appending("../certs"), now: now, asRoot: false, authority: nil)
        let found = PermissionsCheck().findings(in: snapshot).filter { $0.subject == fixture.parent.string }
        #expect(found.map(\.id) == ["sendmail.directory.group-writable"])
    }
}
