/// The lines of Exim's configuration that put a directory of certificates to work.
///
/// They are plain options of Exim and one macro of Debian's (``recipientMacro``), so that they do the same in Debian's
/// configuration, split or not, and in an `exim.conf` of one's own.
///
/// Exim on GnuTLS does not look at a certificate's purpose, and takes an expired revocation list, or one of another CA,
/// for a good one. So a list of fingerprints decides (``clientsList``), with both relay rules: it holds whoever the
/// ledger says may relay. The chain is checked besides. The `$` in `tls_verify_certificates` has the CA's certificates and
/// the revocation lists read at every connection; with a plain path a missing list would be passed over in silence.
public enum EximConfiguration {
    /// The SHA-256 of every certificate that may relay, in hexadecimal, one a line.
    public static let clientsList = "exim.clients"
    /// Debian's macro for the rules that every recipient goes through.
    public static let recipientMacro = "MAIN_ACL_CHECK_RCPT"

    /// Lines for Debian's macros, and for the authenticators what logs in by certificate.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        let macros = serverLines(request) + (request.policy == .encryption ? [] : clientLines(request))
        var all = [ConfigurationFragment(file: "/etc/exim4/exim4.conf.localmacros", text: text(macros))]
        if request.policy == .passwordOrCertificate {
            all.append(ConfigurationFragment(file: "/etc/exim4/conf.d/auth/40_mailca", text: text(authenticator)))
        }
        return all
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        The key has to be readable for Exim: adduser Debian-exim ssl-cert, and the file root:ssl-cert 0640.
        MAIN_TLS_ENABLE must not be set: it brings the same options once more. Debian's split
        configuration reads the macros from /etc/exim4/conf.d/main/000_localmacros; the other one
        knows conf.d/auth only after update-exim4.conf.template -r. Then: update-exim4.conf and
        systemctl restart exim4. In an exim.conf of your own the lines go to the top, those of
        conf.d/auth below "begin authenticators", and acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT takes the
        place of acl_smtp_rcpt = acl_check_rcpt. Later changes of the files need no reload. Passwords need
        an authenticator of their own: Debian's plain_server.
        """

    private static func serverLines(_ request: ConfigurationRequest) -> [String] {
        [
            "tls_advertise_hosts = *",
            "tls_certificate = \(request.file(MailLayout.FileName.certificate))",
            "tls_privatekey = \(request.file(MailLayout.FileName.privateKey))",
        ]
    }

    /// Who may relay. `MAILCA_LISTED` is a condition, not an expansion: it stands within `${if …}`.
    private static func clientLines(_ request: ConfigurationRequest) -> [String] {
        let found = "${lookup{${sha256:$tls_in_peercert}}lsearch{\(request.file(clientsList))}{yes}{no}}"
        var lines = [
            "tls_verify_certificates = \(request.certs.string)/${lc:\(MailLayout.FileName.authorities)}",
            "tls_crl = \(request.file(MailLayout.FileName.revocationLists))",
            "MAILCA_LISTED = and{{eq{$tls_in_certificate_verified}{1}}{eq{\(found)}{yes}}}",
        ]
        switch request.policy {
        case .encryption: break
        case .relay, .passwordOrCertificate:
            lines += [
                "daemon_smtp_ports = 25 : 587",
                "tls_try_verify_hosts = *",
                "\(recipientMacro) = ${if MAILCA_LISTED{accept}{acl_check_rcpt}}",
            ]
        case .demand:
            let refusal = "deny message = a listed certificate is needed here"
            lines += [
                "daemon_smtp_ports = 25 : 465",
                "tls_on_connect_ports = 465",
                "tls_verify_hosts = ${if eq{$received_port}{465}{*}{}}",
                "\(recipientMacro) = "
                    + "${if MAILCA_LISTED{accept}{${if eq{$received_port}{465}{\(refusal)}{acl_check_rcpt}}}}",
            ]
        }
        lines += usersVersions
        if request.policy == .passwordOrCertificate {
            lines.append("auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}")
        }
        return lines
    }

    /// Users' programs know TLS 1.2 (RFC 8997); on port 25 an old one is better than none. The form is that of GnuTLS,
    /// with which Debian builds Exim.
    private static let usersVersions = [
        ".ifdef _OPT_MAIN_GNUTLS_COMPAT_MODE",
        "tls_require_ciphers = ${if eq{$received_port}{25}{NORMAL}{NORMAL:-VERS-TLS1.0:-VERS-TLS1.1}}",
        ".endif",
    ]

    /// SASL EXTERNAL: a client may be whom its certificate names, and nobody else. Who names nobody is that one too.
    private static let authenticator = [
        "mailca_external:",
        "  driver = external",
        "  public_name = EXTERNAL",
        "  server_advertise_condition = ${if MAILCA_LISTED}",
        "  server_param2 = ${certextract{subj_altname,mail}{$tls_in_peercert}}",
        "  server_condition = "
            + "${if and{{MAILCA_LISTED}{!eq{$auth2}{}}{or{{eq{$auth1}{}}{eqi{$auth1}{$auth2}}}}}}",
        "  server_set_id = $auth2",
    ]

    private static func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }
}
