import Testing

@testable import MailLayouts

@Suite("Lines for sendmail.mc")
struct SendmailConfigurationTests {
    @Test("A self-signed certificate needs four lines, and is its own CA file")
    func selfSigned() {
        #expect(
            SendmailConfiguration.selfSigned(certs: "/etc/mail/certs") == """
                define(`confCACERT_PATH', `/etc/mail/certs')dnl
                define(`confCACERT', `/etc/mail/certs/cert.pem')dnl
                define(`confSERVER_CERT', `/etc/mail/certs/cert.pem')dnl
                define(`confSERVER_KEY', `/etc/mail/certs/privkey.pem')dnl

                """)
    }

    @Test("With a CA come the revocation lists, by file and by directory, and the rule that demands them")
    func authority() {
        let text = SendmailConfiguration.authority(certs: "/etc/mail/certs")
        for line in [
            "define(`confCACERT_PATH', `/etc/mail/certs')dnl", "define(`confCACERT', `/etc/mail/certs/cacert.pem')dnl",
            "define(`confSERVER_CERT', `/etc/mail/certs/cert.pem')dnl",
            "define(`confSERVER_KEY', `/etc/mail/certs/privkey.pem')dnl",
            "define(`confCRL', `/etc/mail/certs/crl.pem')dnl", "define(`confCRL_PATH', `/etc/mail/certs')dnl",
        ] {
            #expect(text.split(separator: "\n").filter { $0 == line }.count == 1, "\(line)")
        }
        // A ruleset begins a line and has no dnl. The tab between the sides of its rule comes from m4: none is printed,
        // for it would arrive as spaces where the lines are copied from a terminal.
        #expect(text.hasSuffix("\nLOCAL_RULESETS\nStls_srv_features\nR$*esyscmd(`printf \"\\t\"')$@ \"Flags=R;\"\n"))
        #expect(!text.contains("\t"))
    }

    @Test("No session is resumed past a revocation: tickets are off")
    func noTickets() {
        let text = SendmailConfiguration.authority(certs: "/etc/mail/certs")
        #expect(text.contains("define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_TICKET')dnl\n"))
    }

    @Test("The files are those of the directory that is given")
    func otherDirectory() {
        for text in [
            SendmailConfiguration.selfSigned(certs: "/srv/x"), SendmailConfiguration.authority(certs: "/srv/x"),
        ] {
            #expect(!text.contains("/etc/mail"))
            #expect(text.contains("define(`confCACERT_PATH', `/srv/x')dnl\n"))
            #expect(text.contains("`/srv/x/privkey.pem'"))
        }
    }
}
