import Foundation
import TestSupport
import Testing

/// `mailca deploy --reload` where a daemon cannot be told, or serves nothing any more when it was: status 69, every file is
/// what it was before, to the byte, and what the daemon said is shown.
@Suite(.onThreads) struct ReloadFailureTests {
    /// A server that goes on until it is told, and then finds something that it cannot serve with.
    enum Breakage: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case sendmail, postfix, exim, dovecot, cyrus, opensmtpd

        var testDescription: String { rawValue }

        var title: String {
            switch self {
            case .sendmail: "Sendmail"
            case .postfix: "Postfix"
            case .exim: "Exim"
            case .dovecot: "Dovecot"
            case .cyrus: "Cyrus"
            case .opensmtpd: "OpenSMTPD"
            }
        }

        /// Starts the daemon, and has it told from then on.
        func start(_ authority: Authority) throws -> any Deployed {
            guard self == .opensmtpd else {
                return try Deployable.allCases.first { $0.rawValue == rawValue }.map { try $0.start(authority) }
                    ?? Postfix.start(authority)
            }
            let server = try OpenSMTPD.start(authority)
            try server.room.must("ln", ["-s", "/srv/clients/stand-ins/systemctl", "/usr/bin/systemctl"])
            try server.room.mustMailCA(authority, ["deploy", "opensmtpd", "--reload"])
            return server
        }

        /// What somebody did to the configuration.
        var command: String {
            switch self {
            case .sendmail: "sed -i 's|^O ServerKeyFile=.*|O ServerKeyFile=/nowhere.pem|' /etc/mail/sendmail.cf"
            case .postfix:
                "sed -i 's|^smtpd_tls_chain_files.*|smtpd_tls_chain_files = /nowhere.pem|' /etc/postfix/main.cf; touch -d '1 minute ago' /etc/postfix/main.cf"
            // Here it is the deployment itself that takes the key away from it.
            case .exim: ":"
            case .dovecot: "echo 'ssl_key = </etc/hosts' >>/etc/dovecot/local.conf"
            case .cyrus: "sed -i 's|^tls_server_key:.*|tls_server_key: /nowhere.pem|' /etc/imapd.conf"
            case .opensmtpd: "echo nonsense >>/etc/smtpd.conf"
            }
        }

        var arguments: [String] {
            switch self {
            case .exim: ["deploy", "exim", "--key-group", "daemon", "--reload"]
            case .cyrus: ["deploy", "cyrus", "--key-group", "ssl-cert", "--reload"]
            default: ["deploy", rawValue, "--reload"]
            }
        }

        /// Of what the daemon said.
        var words: String {
            switch self {
            case .sendmail, .postfix, .cyrus: "/nowhere.pem"
            case .exim: "privkey.pem"
            case .dovecot: "ssl_key"
            case .opensmtpd: "syntax error"
            }
        }
    }

    @Test(
        "A daemon that does not serve after it was told: all is put back, and its own words are shown",
        arguments: Breakage.allCases)
    func stopsServing(server kind: Breakage) throws {
        let authority = try Authority(.simplest).withServer()
        let server = try kind.start(authority)
        try server.room.must("ln", ["-sf", "\(Room.sharedPath)/log", "/var/log/mail.log"])
        let served = try server.served()
        #expect(try served == certificateSHA256(of: "\(authority.certs)/cert.pem"), "\(server.log)")
        // Something to write.
        try server.room.must("sh", ["-ec", "rm \(authority.certs)/crl-1.pem; \(kind.command)"])
        let before = try files(authority)

        let outcome = try server.room.mailca(authority, kind.arguments)

        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains(kind.title), "\(outcome.stderr)")
        #expect(outcome.stderr.contains("the files are as they were before"), "\(outcome.stderr)")
        #expect(outcome.stderr.contains(kind.words), "\(outcome.stderr)\n\(server.log)")
        #expect(try files(authority) == before)
    }

    @Test(
        "A daemon that cannot be told, since it does not run: status 69, and every file is what it was",
        arguments: Deployable.allCases)
    func stopped(server kind: Deployable) throws {
        let authority = try Authority(.simplest).withServer()
        let server = try kind.start(authority)
        // Something to write, and nobody to tell.
        try server.room.must("sh", ["-c", "rm \(authority.certs)/crl-1.pem"])
        let before = try files(authority)
        let names = [
            "sendmail": "sendmail", "postfix": "master", "exim": "exim4", "dovecot": "dovecot", "cyrus": "master",
        ]
        let name = try #require(names[kind.rawValue])
        try server.room.must(
            "sh",
            [
                "-c",
                "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = \(name) ] && kill -9 ${p#/proc/}; done; sleep 0.3; true",
            ])
        if kind == .sendmail {
            try server.room.must("sh", ["-c", "pkill -9 sendmail || rm -f /var/run/sendmail/mta/sendmail.pid"])
        }

        let outcome = try server.room.mailca(authority, kind.arguments + ["--reload"])

        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains("the files are as they were before"), "\(outcome.stderr)")
        #expect(try files(authority) == before)
    }

    @Test("A daemon that has just been started, and not written its number yet, is waited for")
    func starting() throws {
        let authority = try Authority(.simplest).withServer()
        let server = try Deployable.exim.start(authority)
        try server.room.must(
            "sh",
            [
                "-ec",
                "cd /run/exim4; mv exim.pid later; : >exim.pid; (sleep 1; mv later exim.pid) >/dev/null 2>&1 </dev/null &",
            ])
        try server.room.mustMailCA(authority, ["renew", "mail.example.org"])
        #expect(try server.served() == certificateSHA256(of: "\(authority.certs)/cert.pem"), "\(server.log)")
    }

    @Test("OpenSMTPD where nothing can restart it: status 69, and every file is what it was")
    func noServiceManager() throws {
        let authority = try Authority(.simplest).withServer()
        let server = try OpenSMTPD.start(authority)
        try server.room.must("sh", ["-c", "rm \(authority.certs)/crl-1.pem /etc/init.d/opensmtpd"])
        let before = try files(authority)

        let outcome = try server.room.mailca(authority, ["deploy", "opensmtpd", "--reload"])

        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains("OpenSMTPD could not be told of its new files"), "\(outcome.stderr)")
        #expect(try files(authority) == before)
        #expect(try server.served() != nil)
    }

    @Test("OpenSMTPD without systemd is restarted by Debian's own script, and serves")
    func initScript() throws {
        let authority = try Authority(.simplest).withServer()
        let server = try OpenSMTPD.start(authority)
        try server.room.must("sh", ["-c", "rm \(authority.certs)/crl-1.pem"])

        let outcome = try server.room.mailca(authority, ["deploy", "opensmtpd", "--reload"])

        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(FileManager.default.fileExists(atPath: "\(authority.certs)/crl-1.pem"))
        #expect(try server.served() != nil)
    }

    /// Every file with its content, mode and links.
    private func files(_ authority: Authority) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: authority.certs) {
            let path = "\(authority.certs)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let content =
                (try? FileManager.default.destinationOfSymbolicLink(atPath: path))
                ?? FileManager.default.contents(atPath: path)?.base64EncodedString() ?? ""
            found[name] = "\(attributes[.posixPermissions] ?? 0) \(attributes[.groupOwnerAccountID] ?? 0) \(content)"
        }
        return found
    }
}
