public import SystemPackage

/// The lines of `sendmail.mc` that put a directory of certificates to work.
public enum SendmailConfiguration {
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
    ///
    /// The rule's tab is made by m4: one that is copied from a terminal arrives as spaces.
    public static func authority(certs: FilePath) -> String {
        lines([
            ("confCACERT_PATH", certs),
            ("confCACERT", certs.appending(MailLayout.FileName.authorities)),
            ("confSERVER_CERT", certs.appending(MailLayout.FileName.certificate)),
            ("confSERVER_KEY", certs.appending(MailLayout.FileName.privateKey)),
            ("confCRL", certs.appending(MailLayout.FileName.revocationLists)),
            ("confCRL_PATH", certs),
        ]) + "define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_TICKET')dnl\n" + """
            LOCAL_RULESETS
            Stls_srv_features
            R$*esyscmd(`printf "\\t"')$@ "Flags=R;"

            """
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        They need FEATURE(`access_db') and must not have FEATURE(`tls_session_features'). Who may
        relay is in sendmail.access: its line goes into /etc/mail/access, once, and the map is
        built anew with makemap (on Debian: make -C /etc/mail).
        """

    private static func lines(_ definitions: [(name: String, path: FilePath)]) -> String {
        definitions.map { "define(`\($0.name)', `\($0.path.string)')dnl\n" }.joined()
    }
}
