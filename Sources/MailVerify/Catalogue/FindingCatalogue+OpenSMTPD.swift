extension FindingCatalogue {
    static let openSMTPD = FindingArea(
        title: "OpenSMTPD", summary: "What OpenSMTPD does not start for, or cannot read.",
        kinds: [
            .init(
                "opensmtpd.file.mode", .error,
                means: "Others than root can write a certificate, and OpenSMTPD does not start.",
                mend: "`chmod 0644 FILE`."),
            .init(
                "opensmtpd.file.owner", .error, .warning,
                means:
                    "A certificate is not root's, and OpenSMTPD does not start. A warning for whoever is not root and tries things out.",
                mend: "`chown root:root FILE`."),
            .init(
                "opensmtpd.key.mode", .error,
                means: "The key has a wider mode than 0740, and OpenSMTPD does not start.",
                mend: "`chmod 0600 privkey.pem`."),
            .init(
                "opensmtpd.key.owner", .error, .warning,
                means:
                    "The key is not root's, and OpenSMTPD does not start. A warning for whoever is not root and tries things out.",
                mend: "`chown root:root privkey.pem`."),
        ])
}
