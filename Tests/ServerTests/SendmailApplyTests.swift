import Foundation
import TestSupport
import Testing

/// What `mailca deploy sendmail --apply-config` makes of Debian's own sendmail.mc, and what `mailca undeploy sendmail`
/// makes of that.
@Suite(.onThreads) struct SendmailApplyTests {
    private let server: StockServer

    init() throws {
        server = try StockServer(Authority(.simplest).withServer(), folder: "/etc/mail", setUp: Self.debian)
    }

    @Test("After the printed commands our user relays, and a stranger does not")
    func relays() throws {
        let taro = try server.authority.issueClient()
        let output = try server.must(["deploy", "sendmail", "--apply-config"])
        #expect(output.contains("Changed: /etc/mail/sendmail.mc (the old one is /etc/mail/sendmail.mc.2"), "\(output)")
        #expect(output.contains("Written: /etc/mail/m4/mailca.m4\n"), "\(output)")
        #expect(output.contains("Next: m4 /etc/mail/sendmail.mc > /etc/mail/sendmail.cf && "), "\(output)")

        try server.room.must("sh", ["-ec", "m4 /etc/mail/sendmail.mc > /etc/mail/sendmail.cf"])
        try server.room.must(
            "sh", ["-ec", "makemap hash /etc/mail/access <\(server.authority.certs)/sendmail.access"])
        try server.room.must("/usr/libexec/sendmail/sendmail", ["-bd"])
        let seen = try server.converse("25", as: taro)
        #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.room.log)")
        let stranger = try Stranger.otherCA.credentials(against: server.authority)
        #expect(try server.converse("25", as: stranger).recipient?.code == 550)
    }

    @Test("The line stands above the mailers, a second time nothing changes, and undeploy gives every byte back")
    func takenBack() throws {
        let before = try server.configuration()
        try server.must(["deploy", "sendmail", "--apply-config"])
        let text = try server.room.must("tail", ["-n", "5", "/etc/mail/sendmail.mc"])
        #expect(
            text.contains("include(`/etc/mail/m4/mailca.m4')dnl\nMAILER_DEFINITIONS\nMAILER(`local')dnl"), "\(text)")
        let applied = try server.configuration()
        #expect(try server.must(["deploy", "sendmail", "--apply-config"]).contains("Everything is up to date"))
        #expect(try server.configuration() == applied)
        for purpose in ["demand", "password-or-certificate", "encryption"] {
            try server.must(["deploy", "sendmail", "--apply-config", "--purpose", purpose])
        }
        #expect(try server.must(["undeploy", "sendmail"]).contains("Removed: /etc/mail/m4/mailca.m4"))
        #expect(try server.configuration() == before)
    }

    @Test("What somebody else wrote into sendmail.mc since stays, and only our line goes")
    func changedSince() throws {
        try server.must(["deploy", "sendmail", "--apply-config"])
        let add = "sed -i '/^FEATURE(`use_cw/i define(`confLOG_LEVEL'\\'', `12'\\'')dnl' /etc/mail/sendmail.mc"
        try server.room.must("sh", ["-c", add])
        try server.must(["undeploy", "sendmail"])
        let text = try server.room.must("cat", ["/etc/mail/sendmail.mc"])
        #expect(text.contains("define(`confLOG_LEVEL', `12')dnl\n") && !text.contains("mailca"), "\(text)")
    }

    @Test(
        "What somebody set is named and left alone, and nothing at all is changed",
        arguments: [
            ("2i define(`confSERVER_CERT', `/etc/x.pem')dnl", "confSERVER_CERT"),
            ("2i FEATURE(`tls_session_features')dnl", "tls_session_features"),
            ("/^FEATURE(`access_db/d", "FEATURE(`access_db') is missing"),
            ("/^MAILER/d", "include(`/etc/mail/m4/mailca.m4')dnl"),
        ])
    func inTheWay(edit: String, named: String) throws {
        try server.room.must("sed", ["-i", edit, "/etc/mail/sendmail.mc"])
        let before = try server.configuration()
        let outcome = try server.mailca(["deploy", "sendmail", "--apply-config"])
        #expect(outcome.status == 73, "\(outcome.everything)")
        #expect(outcome.stderr.contains(named), "\(outcome.stderr)")
        #expect(try server.configuration() == before)
    }

    @Test("Where m4 cannot read what comes of it, everything is as it was")
    func notRead() throws {
        try server.room.must("sed", ["-i", "2i include(`/nowhere')dnl", "/etc/mail/sendmail.mc"])
        let before = try server.configuration()
        let outcome = try server.mailca(["deploy", "sendmail", "--apply-config"])
        #expect(outcome.status == 69 && outcome.stderr.contains("/nowhere"), "\(outcome.everything)")
        #expect(try server.configuration() == before)
    }

    /// Debian's file, but that it looks nothing up in the DNS, which a room has not.
    private static let debian = """
        sed 's/^dnl # Default Mailer setup/FEATURE(`nocanonify'\\'')dnl\\n\\
        FEATURE(`accept_unresolvable_domains'\\'')dnl\\n\\
        define(`confSERVICE_SWITCH_FILE'\\'', `\\/etc\\/mail\\/service.switch-nodns'\\'')dnl/' \\
            /usr/share/sendmail/cf/debian/sendmail.mc >/etc/mail/sendmail.mc
        chgrp smmsp /etc/mail/sendmail.mc
        chmod 0640 /etc/mail/sendmail.mc
        touch /etc/mail/m4/dialup.m4 /etc/mail/m4/provider.m4 /etc/mail/local-host-names
        mkdir -p /var/run/sendmail/mta /var/lib/sendmail/host_status
        mkdir -p --mode=0700 /var/spool/mqueue
        touch /var/lib/sendmail/sendmail.st
        """
}
