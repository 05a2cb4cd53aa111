import Foundation
import TestSupport
import Testing

/// What `mailca deploy dovecot --apply-config` makes of the configuration that Debian's package leaves, with a site's
/// own users, and what `mailca undeploy dovecot` makes of that.
@Suite(.onThreads) struct DovecotApplyTests {
    private let server: StockServer

    init() throws {
        server = try StockServer(Authority(.simplest).withServer(), folder: "/etc/dovecot", setUp: Self.debian)
    }

    private func converse(as client: Credentials?, from number: Int) throws -> MailboxConversation {
        let line = try server.room.arguments(verifying: "\(server.authority.certs)/cacert.pem", as: client)
        return try server.room.talk(
            "imap-client", line + ["--source", "127.0.0.\(number)"] + Login.certificate.arguments)
    }

    @Test("Our user logs in, a stranger does not; undeploy gives everything back, byte for byte, and it runs on")
    func logsIn() throws {
        let taro = try server.authority.issueClient()
        let before = try server.configuration()
        let output = try server.must(["deploy", "dovecot", "--apply-config", "--reload"])
        #expect(output.contains("Written: /etc/dovecot/conf.d/99-mailca.conf\n"), "\(output)")
        let applied = try server.configuration()
        #expect(applied.count == before.count + 2)

        let seen = try converse(as: taro, from: 2)
        #expect(seen.verified && seen.isLoggedIn, "\(seen)\n\(server.room.log)")
        let stranger = try Stranger.otherCA.credentials(against: server.authority)
        #expect(try !converse(as: stranger, from: 3).isLoggedIn)
        #expect(try !converse(as: nil, from: 4).isLoggedIn)

        #expect(try server.must(["deploy", "dovecot", "--apply-config"]).contains("Everything is up to date"))
        #expect(try server.configuration() == applied)
        #expect(try server.must(["undeploy", "dovecot", "--reload"]).contains("Removed: /etc/dovecot/conf.d/99"))
        #expect(try server.configuration() == before)
        usleep(300_000)
        let after = try converse(as: taro, from: 5)
        #expect(!after.verified && after.verifyError != nil, "\(after)")
    }

    @Test(
        "What somebody set is named and left alone, and nothing at all is changed",
        arguments: [
            ("ssl_ca = </etc/mine.pem", "ssl_ca = </etc/mine.pem"), ("ssl_cert = </etc/x", "ssl_cert = </etc/x"),
            ("auth_ssl_username_from_cert = yes\nssl_cert_username_field = x500UniqueIdentifier", "x500Unique"),
            ("ssl_require_crl = no", "ssl_require_crl = no"),
            ("passdb {\n driver = static\n args = nopassword=y\n}", "a passdb with nopassword"),
            ("auth_mechanism = plain", "Unknown setting"),
        ])
    func inTheWay(lines: String, named: String) throws {
        try server.room.must("tee", ["-a", "/etc/dovecot/local.conf"], input: lines + "\n")
        let before = try server.configuration()
        let outcome = try server.mailca(["deploy", "dovecot", "--apply-config"])
        #expect([69, 73].contains(outcome.status), "\(outcome.everything)")
        #expect(outcome.stderr.contains(named), "\(outcome.stderr)")
        #expect(try server.configuration() == before)
    }

    @Test("Files that Dovecot does not read, or that others overrule, are taken away again")
    func notRead() throws {
        for change in [
            "sed -i '/^!include conf.d/d' /etc/dovecot/dovecot.conf",
            "echo ssl_verify_client_cert = no >>/etc/dovecot/local.conf",
        ] {
            try server.room.must("sh", ["-c", change])
            let before = try server.configuration()
            let outcome = try server.mailca(["deploy", "dovecot", "--apply-config"])
            #expect(outcome.status == 69 && outcome.stderr.contains("Dovecot does not go by"), "\(outcome.everything)")
            #expect(try server.configuration() == before)
        }
    }

    @Test("Who demands TLS goes on to, and another purpose takes the place of the first")
    func purposes() throws {
        let before = try server.configuration()
        try server.room.must("tee", ["-a", "/etc/dovecot/local.conf"], input: "ssl = required\n")
        try server.must(["deploy", "dovecot", "--apply-config"])
        #expect(try server.room.must("doveconf", ["-h", "ssl"]) == "required\n")
        try server.room.must("sed", ["-i", "/^ssl = required/d", "/etc/dovecot/local.conf"])
        try server.must(["deploy", "dovecot", "--apply-config", "--purpose", "password-or-certificate"])
        #expect(try server.room.must("doveconf", ["-h", "ssl"]) == "required\n")
        try server.must(["deploy", "dovecot", "--apply-config"])
        #expect(try server.room.must("doveconf", ["-h", "ssl"]) == "yes\n")
        try server.must(["deploy", "dovecot", "--apply-config", "--purpose", "encryption"])
        #expect(try server.room.run("test", ["-e", "/etc/dovecot/conf.d/05-mailca.conf"]).status == 1)
        try server.must(["undeploy", "dovecot"])
        #expect(try server.configuration() == before)
    }

    @Test("A file of ours that somebody changed is not taken away")
    func changedSince() throws {
        try server.must(["deploy", "dovecot", "--apply-config"])
        try server.room.must("tee", ["-a", "/etc/dovecot/conf.d/99-mailca.conf"], input: "verbose_ssl = yes\n")
        let before = try server.configuration()
        for command in [["undeploy", "dovecot"], ["deploy", "dovecot", "--apply-config"]] {
            let outcome = try server.mailca(command)
            #expect(outcome.status == 73 && outcome.stderr.contains("somebody changed it since"), "\(outcome)")
        }
        #expect(try server.configuration() == before)
        try server.room.must("rm", ["/etc/dovecot/conf.d/99-mailca.conf"])
        try server.must(["undeploy", "dovecot"])
        #expect(try server.room.run("test", ["-e", "/etc/dovecot/conf.d/05-mailca.conf"]).status == 1)
    }

    private static let debian = """
        cp -r /usr/share/dovecot/conf.d /usr/share/dovecot/dovecot.conf /etc/dovecot/
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=snakeoil \
            -keyout /etc/dovecot/private/dovecot.key -out /etc/dovecot/private/dovecot.pem 2>/dev/null
        sed -i 's/^!include auth-system/#&/' /etc/dovecot/conf.d/10-auth.conf
        cat >/etc/dovecot/local.conf <<END
        protocols = imap
        mail_location = maildir:~/Maildir
        first_valid_uid = 8
        auth_failure_delay = 0
        passdb {
          driver = passwd-file
          args = /etc/dovecot/users
        }
        userdb {
          driver = static
          args = uid=mail gid=mail home=/var/vmail/%u
        }
        END
        echo 'taro@example.org:{PLAIN}secret' >/etc/dovecot/users
        install -d -o mail -g mail /var/vmail
        dovecot
        """
}
