import Foundation
import TestSupport
import Testing

/// What `mailca deploy postfix --apply-config` makes of the configuration that Debian's package leaves, and what
/// `mailca undeploy postfix` makes of that.
@Suite(.onThreads) struct PostfixApplyTests {
    private let server: StockServer

    init() throws {
        server = try StockServer(
            Authority(.simplest).withServer(), folder: "/etc/postfix", setUp: Self.debian + "\npostfix start")
    }

    @Test("Our user relays on both ports, a stranger does not, nor who was revoked")
    func relays() throws {
        let taro = try server.authority.issueClient()
        let output = try server.must(["deploy", "postfix", "--apply-config", "--reload"])
        #expect(output.contains("Changed: /etc/postfix/main.cf (the old one is /etc/postfix/main.cf.2"), "\(output)")
        #expect(output.contains("Next: mailca verify"), "\(output)")

        for port in ["25", "587"] {
            let seen = try server.converse(port, as: taro)
            #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.room.log)")
            let stranger = try Stranger.otherCA.credentials(against: server.authority)
            #expect(try server.converse(port, as: stranger).recipient?.code == 554)
            #expect(try server.converse(port).recipient?.code == 554)
        }
        try server.must(["revoke", "taro@example.org"])
        #expect(try server.converse("587", as: taro).recipient?.text.contains("certificate revoked") == true)
    }

    @Test("A second time nothing changes; undeploy gives everything back, byte for byte, and Postfix runs on")
    func takenBack() throws {
        let (before, names) = (try server.configuration(), try server.certificateNames)
        try server.must(["deploy", "postfix", "--apply-config", "--reload"])
        let applied = try server.configuration()
        #expect(applied.count == before.count + 2)
        #expect(try server.must(["deploy", "postfix", "--apply-config"]).contains("Everything is up to date"))
        #expect(try server.configuration() == applied)

        let planned = try server.must(["undeploy", "postfix", "--dry-run"])
        #expect(planned.contains("Would be changed: /etc/postfix/main.cf"), "\(planned)")
        #expect(try server.configuration() == applied)
        let output = try server.must(["undeploy", "postfix", "--reload"])
        #expect(output.contains("/postfix.ccert_revoked.db\n"), "\(output)")
        #expect(try server.configuration() == before)
        #expect(try server.certificateNames == names)
        #expect(try server.converse("25").recipient?.code == 454)
        #expect(try server.must(["undeploy", "postfix"]) == "Nothing of it is there to be taken back.\n")
        #expect(try server.must(["audit", "--verify"]).contains("whole"))
    }

    @Test(
        "What somebody set is named and left alone, and nothing at all is changed",
        arguments: [
            (
                "postconf -e 'smtpd_relay_restrictions = permit_mynetworks, reject'",
                "smtpd_relay_restrictions = permit_my"
            ),
            ("postconf -e smtpd_tls_cert_file=/etc/letsencrypt/x.pem", "smtpd_tls_cert_file = /etc/letsencrypt/x.pem"),
            ("postconf -e smtpd_tls_security_level=encrypt", "smtpd_tls_security_level = encrypt"),
            ("postconf -e 'smtpd_restriction_classes = mine'", "smtpd_restriction_classes = mine"),
            ("postconf -M -e 'submission/inet = submission inet n - n - - smtpd'", "submission inet n - n - - smtpd"),
            ("postconf -M -e '587/inet = 127.0.0.1:587 inet n - n - - smtpd'", "127.0.0.1:587 inet"),
        ])
    func inTheWay(command: String, named: String) throws {
        try server.room.must("sh", ["-c", command])
        let (before, names) = (try server.configuration(), try server.certificateNames)
        let outcome = try server.mailca(["deploy", "postfix", "--apply-config", "--reload", "--relay", "listed"])
        #expect(outcome.status == 73, "\(outcome.everything)")
        #expect(outcome.stderr.contains(named), "\(outcome.stderr)")
        #expect(outcome.stderr.contains("mailca deploy postfix --print"), "\(outcome.stderr)")
        #expect(try server.configuration() == before)
        #expect(try server.certificateNames == names)
    }

    @Test("Settings that others changed since stay, and only ours go")
    func changedSince() throws {
        let before = try server.room.must("sh", ["-c", Self.effective])
        try server.must(["deploy", "postfix", "--apply-config"])
        try server.room.must("postconf", ["-e", "message_size_limit = 12345678"])
        try server.room.must("postconf", ["-M", "-e", "2525/inet = 2525 inet n - y - - smtpd"])
        let output = try server.must(["undeploy", "postfix", "--reload"])
        #expect(output.contains("main.cf (the old one is /etc/postfix/main.cf.2"), "\(output)")
        try server.room.must("postconf", ["-X", "message_size_limit"])
        try server.room.must("postconf", ["-M", "-X", "2525/inet"])
        #expect(try server.room.must("sh", ["-c", Self.effective]) == before)
    }

    @Test("Where somebody's lines go by ours, they are named and nothing is changed")
    func leftover() throws {
        try server.must(["deploy", "postfix", "--apply-config"])
        try server.room.must(
            "postconf", ["-M", "-e", "2525/inet = 2525 inet n - y - - smtpd -o smtpd_relay_restrictions=$mailca_relay"])
        let (before, names) = (try server.configuration(), try server.certificateNames)
        let outcome = try server.mailca(["undeploy", "postfix"])
        #expect(outcome.status == 73, "\(outcome.everything)")
        #expect(outcome.stderr.contains("smtpd_relay_restrictions=$mailca_relay"), "\(outcome.stderr)")
        #expect(try server.configuration() == before)
        #expect(try server.certificateNames == names)
        try server.room.must("postconf", ["-M", "-X", "2525/inet"])
        try server.must(["undeploy", "postfix"])
    }

    @Test("Another purpose takes the place of the first, and all of it can be taken back")
    func otherPurpose() throws {
        let before = try server.configuration()
        try server.must(["deploy", "postfix", "--apply-config"])
        try server.must(["deploy", "postfix", "--apply-config", "--purpose", "demand", "--relay", "listed"])
        let services = try server.room.must("postconf", ["-M"])
        #expect(services.contains("\nsubmissions inet") && !services.contains("\nsubmission inet"), "\(services)")
        #expect(try !server.room.must("postconf", ["-n"]).contains("smtpd_tls_ask_ccert"))
        try server.must(["undeploy", "postfix"])
        #expect(try server.configuration() == before)
    }

    @Test("Where Postfix cannot be told, or does not like what it reads, configuration and files are as they were")
    func notAccepted() throws {
        try server.room.must("postfix", ["stop"])
        let (before, names) = (try server.configuration(), try server.certificateNames)
        let outcome = try server.mailca(["deploy", "postfix", "--apply-config", "--reload"])
        #expect(outcome.status == 69, "\(outcome.everything)")
        try server.room.must("sh", ["-c", "printf '#!/bin/sh\\necho no such thing; exit 1\\n' >/usr/sbin/postfix"])
        let refused = try server.mailca(["deploy", "postfix", "--apply-config"])
        #expect(refused.status == 69 && refused.stderr.contains("no such thing"), "\(refused.everything)")
        #expect(try server.configuration() == before)
        #expect(try server.certificateNames == names)
        #expect(try !server.must(["audit"]).contains("deployed \(server.authority.certs) (postfix"))
        #expect(try server.must(["undeploy", "postfix"]).hasPrefix("Nothing of it"))
    }

    @Test("A command that was killed at any moment is ended by the next, and can be taken back")
    func killed() throws {
        let before = try server.configuration()
        for command in [["deploy", "postfix", "--apply-config"], ["undeploy", "postfix"]] {
            for step in 1...6 {
                if command[0] == "undeploy" { try server.must(["deploy", "postfix", "--apply-config"]) }
                let line = [
                    Command.mailcaPath, command[0], "--home", server.authority.home, "--certs", server.authority.certs,
                ]
                _ = try server.room.run(
                    "timeout", ["-s", "KILL", "0.\(String(100 + step * 6).dropFirst())"] + line + command.dropFirst())
                try server.must(command)
                try server.must(["undeploy", "postfix"])
                let found = try server.configuration()
                #expect(found == before, "\(command) after \(step): \(found.filter { !before.contains($0) })")
            }
        }
        #expect(try server.must(["audit", "--verify"]).contains("whole"))
    }

    /// What Debian's package makes with its questions answered, but for mynetworks, which has all of 127.0.0.0 there,
    /// and for local users, who are no matter.
    static let debian = """
        set -e
        cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
        cat /usr/share/postfix/main.cf.debian /usr/share/postfix/main.cf.tls >/etc/postfix/main.cf
        cat >>/etc/postfix/main.cf <<END
        smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
        myhostname = mail.example.org
        alias_maps = hash:/etc/aliases
        alias_database = hash:/etc/aliases
        mydestination = \\$myhostname, example.org, localhost
        relayhost =
        mynetworks = 127.0.0.1/32
        mailbox_size_limit = 0
        recipient_delimiter = +
        inet_interfaces = all
        inet_protocols = ipv4
        local_recipient_maps =
        END
        chmod 0640 /etc/postfix/master.cf
        touch -d '1 hour ago' /etc/postfix/main.cf
        chown postfix: /var/lib/postfix
        : >/etc/aliases
        postalias /etc/aliases
        """

    /// All that Postfix goes by.
    private static let effective = "postconf -n; postconf -M"
}
