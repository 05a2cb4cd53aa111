import MailLayouts
import Testing

/// What a client can see to be wrong with a running server: what `mailca verify URL` has to find then, and nothing else.
///
/// Commands have `@/` for the place of what ``LiveServer`` has ready.
struct LiveMistake: Sendable, CustomTestStringConvertible {
    let server: MailServer
    let name: String
    /// Shell, in the directory, as root.
    let change: String
    /// Whether the server is told of it.
    let isTold: Bool
    let url: String
    /// The ids of what is found, each after its severity.
    let findings: Set<String>

    /// - Parameters:
    ///   - finding: nil where it is no mistake.
    ///   - isAlone: whether it takes the place of what is noted of the server in any case.
    init(
        _ server: MailServer, _ name: String, _ change: String, _ finding: String?, isTold: Bool = true,
        isAlone: Bool = false, host: String = "mail.example.org"
    ) {
        self.server = server
        self.name = name
        self.change = change
        self.isTold = isTold
        let usual = Self.right(server)[0]
        url = "\(usual.scheme)://\(host)"
        findings = (isAlone ? [] : usual.notes).union(finding.map { [$0] } ?? [])
    }

    var testDescription: String { "\(server.title): \(name)" }
    var status: Int32 { findings.contains { $0.hasPrefix("error") } ? 1 : 0 }

    /// Where a server is looked at, and what is noted of it there when nothing is wrong. The first is where mistakes are
    /// seen.
    static func right(_ server: MailServer) -> [(scheme: String, notes: Set<String>)] {
        switch server {
        case .sendmail: [("smtp", [])]
        // Where other servers come, TLS 1.0 and 1.1 are taken too.
        case .postfix, .exim: [("smtp", ["note live.old-protocol-beside"]), ("submission", [])]
        case .dovecot, .cyrus: [("imap", []), ("imaps", [])]
        // It asks for certificates where it demands them, and cannot name a CA.
        case .opensmtpd:
            [
                ("smtp", ["note live.asks-for-none"]),
                ("submission", ["note live.demands-certificate", "note live.asks-for-any"]),
            ]
        }
    }

    static let all = certificates + intermediates + requests + protocols + staples

    /// Exim has no row with a certificate that was renewed and of which it was not told: it sees that by itself, within
    /// five seconds.
    private static let certificates =
        MailServer.allCases.flatMap { server in
            [
                LiveMistake(server, "an expired certificate", "cp @/expired.pem cert.pem", "error live.expired"),
                LiveMistake(server, "another host", "", "error live.name", isTold: false, host: "other.example.org"),
            ]
        }
        + MailServer.allCases.filter { $0 != .exim }.map { server in
            LiveMistake(
                server, "a certificate renewed without a word to the server", "cp @/newer.pem cert.pem",
                "error live.other-certificate", isTold: false)
        }

    /// Sendmail sends what is in the CA file and not what is in the certificate's; Postfix, Dovecot and Cyrus complete
    /// from the CA file what the certificate's lacks.
    private static let intermediates = row(
        "the issuing CA's certificate not sent", "error live.chain-incomplete",
        [
            .sendmail:
                "cp @/root.pem cacert.pem; for l in *.0; do case $(readlink $l) in ca-1.pem) rm $l;; esac; done",
            .postfix: "\(leafAlone); cp @/root.pem cacert.pem",
            .exim: leafAlone,
            .dovecot: "\(leafAlone); cat @/root.pem crl.pem >ca-crl.pem",
            .opensmtpd: leafAlone,
            .cyrus: "\(leafAlone); cat @/root.pem crl.pem >ca-crl.pem",
        ])

    private static let leafAlone = DirectoryMistake.Change.leafAlone

    /// OpenSMTPD never names a CA. Cyrus does not ask where it has none to name, neither with `tls_client_ca_dir` alone
    /// nor with a file that has only lists.
    private static let requests =
        row(
            "no CA named", "note live.asks-for-any",
            [
                .sendmail: "cp crl.pem cacert.pem",
                .postfix: postfix("smtpd_tls_CAfile= smtpd_tls_CApath=$PWD"),
                .exim: "sed -i \"s|^tls_verify_certificates = /.*|tls_verify_certificates = $PWD|\" \(exim)",
                .dovecot: "cp crl.pem ca-crl.pem",
            ]) + row("no CA to be named", "note live.asks-for-none", [.cyrus: "cp crl.pem ca-crl.pem"])

    /// OpenSMTPD speaks TLS 1.2 also where its `protocols` are `tlsv1.0,tlsv1.1`, and nothing at all where OpenSSL's own
    /// settings forbid that: it gives up before the client's first word.
    private static let protocols =
        row(
            "nothing newer than TLS 1.1", "error live.old-protocol", isAlone: true,
            [
                .sendmail: sendmail("+SSL_OP_NO_TLSv1_2 +SSL_OP_NO_TLSv1_3"),
                .postfix: postfix("'smtpd_tls_protocols=<=TLSv1.1'"),
                .exim: "sed -i 's/{NORMAL}/{NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0}/' \(exim)",
                // It has no setting for the highest version.
                .dovecot: "\(dovecot); \(openSSL)",
                .cyrus: cyrus("tls1_0 tls1_1"),
            ])
        + row("no version that OpenSSL lets it speak", "error live.handshake", isAlone: true, [.opensmtpd: openSSL])
        + row("TLS 1.1 beside newer", "note live.old-protocol-beside", [.sendmail: sendmail("")])
        + row(
            "TLS 1.1 beside newer", beside, [.dovecot: dovecot, .cyrus: cyrus("tls1_0 tls1_1 tls1_2 tls1_3")])

    private static func row(
        _ name: String, _ finding: String, isAlone: Bool = false, _ changes: KeyValuePairs<MailServer, String>
    ) -> [LiveMistake] {
        changes.map { LiveMistake($0.key, name, $0.value, finding, isAlone: isAlone) }
    }

    private static let beside = "warning live.old-protocol-beside"
    private static let exim = "/var/lib/exim4/config.autogenerated"
    private static let dovecot =
        "printf 'ssl_min_protocol = TLSv1\\nssl_cipher_list = DEFAULT:@SECLEVEL=0\\n' >>/etc/dovecot/local.conf"

    /// All of Postfix waits while main.cf is new.
    private static func postfix(_ settings: String) -> String {
        "postconf \(settings); touch -d '1 hour ago' /etc/postfix/main.cf"
    }

    /// OpenSSL's own highest version, of every server that has none.
    private static let openSSL = """
        sed -i 's/^.openssl_init.$/&\\nssl_conf = ssl/' /etc/ssl/openssl.cnf
        printf '[ssl]\\nsystem_default = old\\n[old]\\nMaxProtocol = TLSv1.1\\n' >>/etc/ssl/openssl.cnf
        """

    private static func sendmail(_ options: String) -> String {
        """
        sed -i -e 's/^O ServerSSLOptions=.*/& \(options)/' \
            -e 's/^#O CipherList.*/O CipherList=DEFAULT:@SECLEVEL=0/' /etc/mail/sendmail.cf
        """
    }

    private static func cyrus(_ versions: String) -> String {
        "printf 'tls_versions: \(versions)\\ntls_ciphers: DEFAULT:@SECLEVEL=0\\n' >>/etc/imapd.conf"
    }

    /// Exim alone has a setting for them, and GnuTLS under it sends none that is not good: a file with another one is the
    /// end of TLS, and one that ends after it was read is not sent any more. Only by a clock that is behind is such a one
    /// sent.
    private static let staples: [LiveMistake] =
        [.init(.exim, "a staple that counts", staple("good"), nil)]
        + [
            ("a staple that ended", "ended"), ("a staple that says revoked", "revoked"),
            ("a staple of another certificate", "other"),
        ].map { .init(.exim, $0, staple($1), "error live.tls-refused", isAlone: true) }
        + [
            .init(
                .exim, "a staple that ended, by a clock that is behind",
                """
                \(staple("ended"))
                export LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) FAKETIME=-2.5d
                exim4 -bd -oX 2525
                """, "error live.staple-expired", isTold: false, isAlone: true, host: "mail.example.org:2525")
        ]

    private static func staple(_ name: String) -> String {
        "install -m 0644 @/\(name).ocsp server.ocsp; sed -i \"1i tls_ocsp_file = $PWD/server.ocsp\" \(exim)"
    }
}
