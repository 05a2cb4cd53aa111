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
    /// relay. Either alone lets everybody through when the list is missing.
    public static func authority(certs: FilePath) -> String {
        lines([
            ("confCACERT_PATH", certs),
            ("confCACERT", certs.appending(MailLayout.FileName.authorities)),
            ("confSERVER_CERT", certs.appending(MailLayout.FileName.certificate)),
            ("confSERVER_KEY", certs.appending(MailLayout.FileName.privateKey)),
            ("confCRL", certs.appending(MailLayout.FileName.revocationLists)),
            ("confCRL_PATH", certs),
        ]) + """
            LOCAL_RULESETS
            Stls_srv_features
            R$*\t$@ "Flags=R;"

            """
    }

    private static func lines(_ definitions: [(name: String, path: FilePath)]) -> String {
        definitions.map { "define(`\($0.name)', `\($0.path)')dnl\n" }.joined()
    }
}
