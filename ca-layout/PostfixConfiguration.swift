/// The lines of Postfix's `main.cf` and `master.cf` that put a directory of certificates to work.
///
/// Postfix reads no revocation lists. A map of the fingerprints of revoked certificates stands in for them, and is asked
/// first of all, also when a client resumes a TLS session. When the map cannot be read, whoever shows a certificate is
/// told to come again later, so a missing map lets nobody through.
public enum PostfixConfiguration {
    /// The fingerprints of revoked certificates, each with what Postfix answers.
    public static let revokedMap = "postfix.ccert_revoked"
    /// The fingerprints of those that may relay, where not all of the CA's may.
    public static let clientsMap = "postfix.clients"

    /// Lines for `main.cf`, and for `master.cf` the service that they need.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        let main = serverLines(request) + (request.policy == .encryption ? [] : clientLines(request))
        let service = serviceLines(request.policy)
        return [ConfigurationFragment(file: "/etc/postfix/main.cf", text: text(main))]
            + (service.isEmpty ? [] : [ConfigurationFragment(file: "/etc/postfix/master.cf", text: text(service))])
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        Lines of the same names go first, and those that smtpd_tls_chain_files takes the place of:
        postconf -X smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_security_level smtpd_relay_restrictions
        In master.cf no other service may have the name of one here. Who is in mynetworks relays in
        any case. The maps' databases are made beside their place and renamed into it: postmap in
        the place itself goes unnoticed by a process that read the map in the same second. After a
        new certificate: postfix reload. Passwords need a source of their own (saslpasswd2, or
        Dovecot): smtpd_sasl_type, smtpd_sasl_path.
        """

    /// Key and certificate come first in `smtpd_tls_chain_files`, which overrules every older way to name them. CApath
    /// and the system's own CAs are set to none: with them whole strangers would hold trusted certificates.
    private static func serverLines(_ request: ConfigurationRequest) -> [String] {
        let key = request.file(MailLayout.FileName.privateKey)
        let certificate = request.file(MailLayout.FileName.certificate)
        return [
            "smtpd_tls_security_level = may",
            "smtpd_tls_chain_files = \(key), \(certificate)",
            "smtpd_tls_CAfile = \(request.file(MailLayout.FileName.authorities))",
            "smtpd_tls_CApath =",
            "tls_append_default_CA = no",
        ]
    }

    /// Who may relay. The parameter `mailca_relay` is ours: the services in `master.cf` refer to it too.
    private static func clientLines(_ request: ConfigurationRequest) -> [String] {
        let revoked = "check_ccert_access \(request.mapType.rawValue):\(request.file(revokedMap))"
        var lines = ["smtpd_tls_fingerprint_digest = sha256"]
        switch request.relay {
        case .all:
            lines.append("mailca_relay = \(revoked), permit_tls_all_clientcerts")
        case .listed:
            // The list alone would let expired and foreign certificates through: it leads to the check of the chain.
            lines += [
                "smtpd_restriction_classes = mailca_listed",
                "mailca_listed = permit_tls_all_clientcerts",
                "mailca_relay = \(revoked), check_ccert_access \(request.mapType.rawValue):\(request.file(clientsMap))",
            ]
        }
        switch request.policy {
        case .encryption, .demand: break
        case .relay:
            let others = "permit_sasl_authenticated, reject_unauth_destination"
            lines += [
                "smtpd_tls_ask_ccert = yes",
                "smtpd_relay_restrictions = permit_mynetworks, $mailca_relay, \(others)",
            ]
        case .passwordOrCertificate:
            lines.append("smtpd_tls_auth_only = yes")
        }
        return lines
    }

    private static func serviceLines(_ policy: ClientPolicy) -> [String] {
        switch policy {
        case .encryption: []
        case .relay:
            service(
                "submission", ["smtpd_relay_restrictions=$mailca_relay,permit_sasl_authenticated,reject"])
        case .demand:
            service(
                "submissions",
                [
                    "smtpd_tls_wrappermode=yes", "smtpd_tls_req_ccert=yes",
                    "smtpd_relay_restrictions=$mailca_relay,reject",
                ])
        case .passwordOrCertificate:
            service(
                "submission",
                [
                    "smtpd_tls_ask_ccert=yes", "smtpd_sasl_auth_enable=yes",
                    "smtpd_relay_restrictions=$mailca_relay,permit_sasl_authenticated,reject",
                ])
        }
    }

    /// A port on which nothing is said without TLS, and users' programs know TLS 1.2 (RFC 8997). The versions are written
    /// as Postfix before 3.6 reads them too.
    private static func service(_ name: String, _ options: [String]) -> [String] {
        let tls = ["smtpd_tls_security_level=encrypt", "smtpd_tls_mandatory_protocols=!SSLv2,!SSLv3,!TLSv1,!TLSv1.1"]
        return ["\(name) inet n       -       y       -       -       smtpd"]
            + (["syslog_name=postfix/\(name)"] + tls + options).map { "  -o \($0)" }
    }

    private static func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }
}
