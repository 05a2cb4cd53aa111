/// The files of `/etc/dovecot/conf.d` that put a directory of certificates to work.
///
/// They are two, because Dovecot asks its sources of passwords in the order in which it reads them, and takes the last
/// of every other setting. Who logs in by certificate is the one whom its CN names, and that user alone, also by
/// password: with a certificate shown, another's name is passed over.
public enum DovecotConfiguration {
    /// The lines, in files of their own.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        let last = ConfigurationFragment(
            file: "/etc/dovecot/conf.d/99-mailca.conf",
            text: text(serverLines(request) + (request.policy == .encryption ? [] : clientLines(request))))
        return request.policy == .encryption
            ? [last] : [ConfigurationFragment(file: "/etc/dovecot/conf.d/05-mailca.conf", text: external), last]
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        Each file is ours alone. Users have to be known under their mail address, in a userdb: the
        name that Dovecot has is the CN of the certificate, and auth_username_format is put to it.
        No other passdb may have nopassword without mechanisms = external: it would let everybody
        in by password. After each revocation, each new list and each new certificate: doveadm
        reload.
        """

    /// No password is asked for here, so this is for EXTERNAL alone. It comes before all others, so that none of them
    /// is asked about a login without a password.
    private static let external = """
        passdb {
          driver = static
          mechanisms = external
          args = nopassword=y
        }

        """

    private static func serverLines(_ request: ConfigurationRequest) -> [String] {
        [
            "ssl = \(request.policy == .passwordOrCertificate ? "required" : "yes")",
            "ssl_cert = <\(request.file(MailLayout.FileName.certificate))",
            "ssl_key = <\(request.file(MailLayout.FileName.privateKey))",
        ]
    }

    /// Without tickets, since login processes that serve many clients close a connection that resumes a session with
    /// a client's certificate.
    private static func clientLines(_ request: ConfigurationRequest) -> [String] {
        [
            "ssl_ca = <\(request.file(MailLayout.FileName.authoritiesAndLists))",
            "ssl_verify_client_cert = yes",
            "ssl_require_crl = yes",
            "ssl_cert_username_field = commonName",
            "ssl_options = no_ticket",
            "auth_ssl_require_client_cert = \(request.policy == .demand ? "yes" : "no")",
            "auth_ssl_username_from_cert = yes",
            "auth_mechanisms = $auth_mechanisms external",
        ] + (request.policy == .passwordOrCertificate ? ["disable_plaintext_auth = yes"] : [])
    }

    private static func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }
}
