/// The lines of `imapd.conf` that put a directory of certificates to work in Cyrus.
///
/// CAs and lists are read from the one file that has both. With files of their own a missing list lets everybody in whom
/// it revokes; with this one the CAs are missing too, and nobody's certificate is good.
///
/// Sessions are resumed only within a process, since the file that hands them on to others cannot be made where it is
/// said to be: with such a file a revoked certificate logs in for as long as its session lasts. To turn sessions off
/// altogether would be worse: a client that tries to resume one is answered with an alert.
public enum CyrusConfiguration {
    /// Lines for `imapd.conf`.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        let pair = [
            "tls_server_cert: \(request.file(MailLayout.FileName.certificate))",
            "tls_server_key: \(request.file(MailLayout.FileName.privateKey))",
        ]
        let lines = pair + (request.policy == .encryption ? ["tls_client_certs: off"] : clientLines(request))
        return [ConfigurationFragment(file: "/etc/imapd.conf", text: lines.map { "\($0)\n" }.joined())]
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        Cyrus does not start with two lines of one name in imapd.conf, so the older ones go, and with
        them tls_client_ca_dir, which Debian sets to the system's CAs: whoever buys a certificate of
        one of these could log in as anybody.
        sed -i -E '/^(tls_[a-z_]*|imaps_[a-z_]*|virtdomains|allowplaintext):/d' /etc/imapd.conf
        Where sasl_mech_list is set, EXTERNAL has to be in it. The key has to be readable by cyrus:
        group ssl-cert, 0640, and cyrus in that group. Port 993 is the service imaps in cyrus.conf.
        The user is the CN of the certificate, user@domain. After each revocation, each new list and
        each new certificate: kill -HUP $(cat /run/cyrus-master.pid).
        """

    private static func clientLines(_ request: ConfigurationRequest) -> [String] {
        let file = request.file(MailLayout.FileName.authoritiesAndLists)
        let lines = [
            "tls_client_ca_file: \(file)",
            "tls_crl_file: \(file)",
            "tls_session_timeout: 60",
            "tls_sessions_db_path: /proc/none",
            "virtdomains: userid",
        ]
        return switch request.policy {
        case .encryption: []
        case .relay: lines + ["tls_client_certs: optional", "allowplaintext: yes"]
        case .demand:
            // With a service's name in front a line is for that service alone.
            lines + [
                "tls_client_certs: off", "imaps_tls_client_certs: require", "imaps_sasl_mech_list: EXTERNAL",
                "allowplaintext: yes",
            ]
        case .passwordOrCertificate: lines + ["tls_client_certs: optional", "allowplaintext: no"]
        }
    }
}
