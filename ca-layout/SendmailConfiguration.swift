public import SystemPackage

/// The lines of `sendmail.mc` that put a directory of certificates to work.
public enum SendmailConfiguration {
    /// The lines for one policy, for a file that `sendmail.mc` includes above its `MAILER` lines.
    ///
    /// They are the same for both relay rules: whom they let through is in the access map.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        let certs = request.certs
        let text =
            switch request.policy {
            case .encryption: lines(serverFiles(certs)) + option("confTLS_SRV_OPTIONS", "V")
            case .relay: authority(certs: certs)
            case .demand: revocable(certs) + demandOptions + closedRules + demandRules
            case .passwordOrCertificate: revocable(certs) + passwordOptions + closedRules
            }
        // Sendmail offers no STARTTLS with a key that a group may read, unless it is told to.
        let shared = request.sharesKey ? trustSharedKey : ""
        return [ConfigurationFragment(file: "/etc/mail/m4/mailca.m4", text: shared + text)]
    }

    /// STARTTLS with a certificate of one's own making: encryption, and no relaying by certificate.
    public static func selfSigned(certs: FilePath) -> String {
        lines([
            ("confCACERT_PATH", certs),
            ("confCACERT", certs.appending(MailLayout.FileName.certificate)),
            ("confSERVER_CERT", certs.appending(MailLayout.FileName.certificate)),
            ("confSERVER_KEY", certs.appending(MailLayout.FileName.privateKey)),
        ])
    }

    /// STARTTLS with a certificate of the CA's, which also tells who may relay.
    ///
    /// It fails closed: with `confCRL_PATH` and the flag R a client whose CA has no current revocation list does not
    /// relay. Either alone lets everybody through when the list is missing. Without tickets no session is resumed, so
    /// that a client is looked at afresh at every connection, also one that was revoked since the last.
    public static func authority(certs: FilePath) -> String { revocable(certs) + closedRules }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        They need FEATURE(`access_db') and must not have FEATURE(`tls_session_features'). Who may
        relay is in sendmail.access: its line goes into /etc/mail/access, once, and the map is
        built anew with makemap (on Debian: make -C /etc/mail).
        """

    private static func serverFiles(_ certs: FilePath) -> [(name: String, path: FilePath)] {
        [
            ("confCACERT_PATH", certs),
            ("confCACERT", certs.appending(MailLayout.FileName.authorities)),
            ("confSERVER_CERT", certs.appending(MailLayout.FileName.certificate)),
            ("confSERVER_KEY", certs.appending(MailLayout.FileName.privateKey)),
        ]
    }

    private static func revocable(_ certs: FilePath) -> String {
        lines(
            serverFiles(certs) + [
                ("confCRL", certs.appending(MailLayout.FileName.revocationLists)),
                ("confCRL_PATH", certs),
            ]) + option("confSERVER_SSL_OPTIONS", "+SSL_OP_NO_TICKET")
    }

    /// Where a certificate is demanded, a port of its own. The others ask for none (`V`), and what comes there is not
    /// looked at; a client without a verified certificate is told the same at every command.
    private static let demandOptions = """
        DAEMON_OPTIONS(`Family=inet, Name=mailca, Port=465, M=s')dnl
        define(`_LOCAL_SRV_FEATURES_', `1')dnl
        define(`_LOCAL_TLS_CLIENT_', `1')dnl

        """

    /// AUTH under TLS only (`p`), by password. EXTERNAL is left out: Sendmail would take every verified certificate for
    /// it, listed or not, and the access map decides on certificates.
    private static let passwordOptions = """
        define(`confAUTH_OPTIONS', `A p')dnl
        define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
        TRUST_AUTH_MECH(`PLAIN LOGIN')dnl

        """

    private static let closedRules =
        "LOCAL_RULESETS\nStls_srv_features\n" + rule("$*", #"$@ "Flags=R;""#)

    private static let demandRules =
        "SLocal_srv_features\n"
        + rule("$*", "$: $&{daemon_name}") + rule("mailca`'", "$@ OK") + rule("$*", "$# V")
        + "SLocal_tls_client\n"
        + rule("$*", "$: $&{daemon_name} $| $&{verify}") + rule("mailca $| OK`'", "$@ OK")
        + rule("mailca $| $*", #"$#error $@ 5.7.0 $: "550 a certificate is needed here""#) + rule("$*", "$@ OK")

    /// A rule's tab is made by m4: one that is copied from a terminal arrives as spaces. A word before it ends in m4's
    /// empty quotes, or m4 would read on.
    private static func rule(_ left: String, _ right: String) -> String {
        "R\(left)esyscmd(`printf \"\\t\"')\(right)\n"
    }

    /// Beside what the system's own configuration trusts: Debian's has a list of its own.
    private static let trustSharedKey = """
        define(`confDONT_BLAME_SENDMAIL', ifdef(`confDONT_BLAME_SENDMAIL', `defn(`confDONT_BLAME_SENDMAIL')`,'')`GroupReadableKeyFile')dnl

        """

    private static func option(_ name: String, _ value: String) -> String { "define(`\(name)', `\(value)')dnl\n" }

    private static func lines(_ definitions: [(name: String, path: FilePath)]) -> String {
        definitions.map { option($0.name, $0.path.string) }.joined()
    }
}
