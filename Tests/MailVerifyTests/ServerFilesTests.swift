import Foundation
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("What single mail servers make of modes, owners and files of their own")
struct ServerFilesTests {
    static let mistakes = readers + openSMTPD + maps + exposed

    /// With a key that servers of another user than root can read.
    private static func shared(_ what: String, _ server: MailServer, raises expected: Set<String>, _ command: String)
        -> Mistake
    {
        Mistake(what, raises: expected, for: [server]) { fixture in
            fixture.share()
            try fixture.write("", to: "exim.clients")
            try run(command, fixture)
        }
    }

    private static func run(_ command: String, _ fixture: Fixture) throws {
        let outcome = try Command.run("sh", ["-ec", "cd '\(fixture.certs)' && \(command)"])
        try #require(outcome.status == 0, "\(outcome.everything)")
    }

    private static let readers: [Mistake] = [(MailServer.exim, "crl.pem"), (.cyrus, "ca-crl.pem")].flatMap {
        server, list in
        [
            shared(
                "A key that \(server.title) cannot read", server, raises: ["\(server).key.unreadable"],
                "chmod 0600 privkey.pem"),
            shared(
                "A list that \(server.title) cannot read", server, raises: ["\(server).file.unreadable"],
                "chmod 0600 \(list)"),
            shared(
                "A directory that \(server.title) cannot enter", server, raises: ["\(server).directory.closed"],
                "chmod 0700 .."),
            shared(
                "A key behind a link that \(server.title) cannot follow", server,
                raises: ["\(server).directory.closed"],
                "mkdir -m 0700 ../live && mv privkey.pem ../live && ln -s ../live/privkey.pem privkey.pem"),
        ]
    }

    private static let openSMTPD: [Mistake] = [
        Mistake("A key of mode 0644, and OpenSMTPD", raises: ["opensmtpd.key.mode", "key.readable"], for: [.opensmtpd])
        {
            $0.setMode(0o644, of: "privkey.pem")
        },
        Mistake(
            "A certificate of mode 0664, and OpenSMTPD", raises: ["opensmtpd.file.mode", "file.writable"],
            for: [.opensmtpd]
        ) {
            $0.share("cert.pem", mode: 0o664)
        },
        .anywhere(
            "Files of another user than root, and OpenSMTPD", raises: ["opensmtpd.key.owner", "opensmtpd.file.owner"]
        ) {
            let fixture = try Fixture(.shared(.rootAlone))
            if geteuid() == 0 { try run("chown 65534 *.pem", fixture) }
            let snapshot = try Snapshot(
                fixture.certs, now: now, asRoot: true, authority: nil, servers: [.opensmtpd])
            return OpenSMTPDFilesCheck().findings(in: snapshot)
        },
    ]

    private static let maps: [Mistake] = [
        Mistake("No map of Postfix's", raises: ["postfix.map.missing"], for: [.postfix]),
        Mistake("A map of Postfix's that is garbage", raises: ["postfix.map.malformed"], for: [.postfix]) {
            try $0.write("", to: "postfix.ccert_revoked")
            try $0.write("garbage, longer than sixteen bytes\n", to: "postfix.ccert_revoked.db")
        },
        Mistake("A map of Postfix's that is older than its text", raises: ["postfix.map.old"], for: [.postfix]) {
            try map(in: $0)
            try run("touch -d '2020-01-01' postfix.ccert_revoked.db", $0)
        },
        Mistake("No list of Exim's", raises: ["exim.clients.missing"], for: [.exim]) { $0.share() },
    ]

    /// A map with the mark of a Berkeley DB hash, which is all that is looked at.
    private static func map(in fixture: Fixture) throws {
        try fixture.write("", to: "postfix.ccert_revoked")
        try fixture.write(
            [UInt8](repeating: 0, count: 12) + [0x61, 0x15, 0x06, 0x00] + [UInt8](repeating: 0, count: 48),
            to: "postfix.ccert_revoked.db")
    }

    private static let exposed: [Mistake] = [
        Mistake("A key that everybody can read", raises: ["key.readable"], for: [.dovecot]) {
            $0.setMode(0o604, of: "privkey.pem")
        },
        Mistake("A key that a user can read by an access list", raises: ["key.readable"], for: [.dovecot]) {
            try list($0, "privkey.pem", user: 4_242, "4")
        },
        Mistake("A directory above that everybody can write", raises: ["directory.writable"], for: [.dovecot]) {
            chmod($0.parent.string, 0o777)
        },
        Mistake("A directory that a user can write by an access list", raises: ["directory.writable"], for: [.dovecot])
        {
            try list($0, ".", user: 4_242, "7")
        },
        Mistake("A file of the CA's that everybody can write", raises: ["file.writable"], for: [.cyrus, .dovecot]) {
            $0.share()
            $0.setMode(0o646, of: "ca-crl.pem")
        },
    ]

    /// Puts an access list on something, as setfacl does.
    private static func list(_ fixture: Fixture, _ name: String, user: Int, _ permission: String) throws {
        let script = """
            import os, struct, sys
            path, user, permission = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
            none = 0xffffffff
            entries = [(1, 7, none), (2, permission, user), (4, 5, none), (16, 7, none), (32, 5 if os.path.isdir(path) else 0, none)]
            if not os.path.isdir(path):
                entries[0], entries[2], entries[3] = (1, 6, none), (4, 0, none), (16, permission, none)
            value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
            os.setxattr(path, "system.posix_acl_access", value)
            """
        let path = fixture.certs.appending(name).lexicallyNormalized().string
        let outcome = try Command.run("python3", ["-c", script, path, String(user), permission], package: "python3")
        try #require(outcome.status == 0, "\(outcome.everything)")
    }

    @Test("Each is found for the server that minds", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A key that is shared is right for Exim and Cyrus, and wrong for Sendmail that was not told")
    func sharedKey() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        fixture.share()
        try fixture.write("", to: "exim.clients")
        #expect(try fixture.findings(for: [.exim, .cyrus]) == [])
        #expect(try fixture.findings(for: [.exim, .sendmail]).map(\.id) == ["sendmail.key.group-readable"])
    }

    @Test("What an access list gives is told with the user's number, and the command that takes it away")
    func accessList() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        try Self.list(fixture, "privkey.pem", user: 4_242, "4")
        let path = fixture.certs.appending("privkey.pem")
        let finding = try #require(try fixture.findings(for: [.dovecot]).first)
        #expect(finding.message == "an unencrypted private key that user 4242 (by its access list) can read")
        #expect(finding.remedy == "setfacl -b \(path) && chmod 0600 \(path)")
        let sendmails = try #require(try fixture.findings(for: [.sendmail]).first)
        #expect(sendmails.id == "sendmail.key.group-readable")
        #expect(sendmails.remedy == "setfacl -b \(path) && chmod 0600 \(path)")
    }

    @Test("Where several servers read the directory, one mistake is told once, with what each of them makes of it")
    func severalServers() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        fixture.remove("privkey.pem")
        let findings = try fixture.findings(for: [.sendmail, .dovecot, .opensmtpd])
        #expect(findings.map(\.id) == ["key.missing"])
        for words in ["Sendmail does not offer STARTTLS", "; Dovecot does not start", "; OpenSMTPD does not start"] {
            #expect(findings[0].message.contains(words))
        }
    }
}
