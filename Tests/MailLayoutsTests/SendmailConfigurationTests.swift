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

    @Test("The lines go into a file of their own, and are the same whoever may relay", arguments: ClientPolicy.allCases)
    func fragments(policy: ClientPolicy) {
        let all = SendmailConfiguration.fragments(.init(certs: "/srv/x", policy: policy))
        #expect(all.map(\.file) == ["/etc/mail/m4/mailca.m4"])
        #expect(all == SendmailConfiguration.fragments(.init(certs: "/srv/x", policy: policy, relay: .listed)))
        #expect(all[0].text.hasSuffix("\n") && !all[0].text.contains("\t") && !all[0].text.contains("/etc/mail"))
        // What looks at clients is there with every policy but the one that asks for none.
        #expect(all[0].text.contains("Flags=R") == (policy != .encryption))
        #expect(all[0].text.contains("confTLS_SRV_OPTIONS") == (policy == .encryption))
    }

    @Test("The default policy's lines are those that issue-server prints")
    func relay() {
        #expect(
            SendmailConfiguration.fragments(.init(certs: "/srv/x")).map(\.text)
                == [SendmailConfiguration.authority(certs: "/srv/x")])
    }

    @Test("The rules of a port that demands a certificate come after all options, each with its tab from m4")
    func demand() {
        let text = SendmailConfiguration.fragments(.init(certs: "/srv/x", policy: .demand))[0].text
        #expect(
            text.hasSuffix(
                """
                DAEMON_OPTIONS(`Family=inet, Name=mailca, Port=465, M=s')dnl
                define(`_LOCAL_SRV_FEATURES_', `1')dnl
                define(`_LOCAL_TLS_CLIENT_', `1')dnl
                LOCAL_RULESETS
                Stls_srv_features
                R$*esyscmd(`printf "\\t"')$@ "Flags=R;"
                SLocal_srv_features
                R$*esyscmd(`printf "\\t"')$: $&{daemon_name}
                Rmailca`'esyscmd(`printf "\\t"')$@ OK
                R$*esyscmd(`printf "\\t"')$# V
                SLocal_tls_client
                R$*esyscmd(`printf "\\t"')$: $&{daemon_name} $| $&{verify}
                Rmailca $| OK`'esyscmd(`printf "\\t"')$@ OK
                Rmailca $| $*esyscmd(`printf "\\t"')$#error $@ 5.7.0 $: "550 a certificate is needed here"
                R$*esyscmd(`printf "\\t"')$@ OK

                """))
    }
}
