extension DirectoryMistake {
    static let openSMTPD: [DirectoryMistake] =
        [
            (
                "a key of mode 0644", "chmod 0644 privkey.pem", "opensmtpd.key.mode",
                narrow("privkey.pem", "rwxr-----"), ["key.readable"]
            ),
            (
                "a key of another user", "chown 1000 privkey.pem", "opensmtpd.key.owner",
                "%/privkey.pem: not owned by uid 0", []
            ),
            (
                "a certificate of mode 0666", "chmod 0666 cert.pem", "opensmtpd.file.mode",
                narrow("cert.pem", "rwxr-xr-x"), ["file.writable"]
            ),
            (
                "a CA file of mode 0666", "chmod 0666 cacert.pem", "opensmtpd.file.mode",
                narrow("cacert.pem", "rwxr-xr-x"), ["file.writable"]
            ),
            (
                "a certificate of another user", "chown 1000 cert.pem", "opensmtpd.file.owner",
                "%/cert.pem: not owned by uid 0", []
            ),
            (
                "no certificate", "rm cert.pem", "certificate.missing",
                "load_pki_tree: failed to load certificate file", []
            ),
            ("no key", "rm privkey.pem", "key.missing", noKey, []),
            ("an encrypted key", Change.keyEncrypted, "key.encrypted", noKey, []),
            ("a key in DER", Change.keyInDER, "key.der", noKey, []),
            ("garbage for a key", "echo garbage >privkey.pem", "key.malformed", noKey, []),
            ("no CA file", "rm cacert.pem", "authorities.missing", "load_pki_tree: failed to load CA file", []),
            (
                "a certificate in DER", Change.certificateInDER, "certificate.malformed",
                "tls_config_set_keypair_mem: failed to load certificate", []
            ),
            (
                "garbage for a CA file", "echo garbage >cacert.pem", "authorities.malformed",
                "tls_configure: ssl verify memory setup failure", []
            ),
        ].map { .init(.opensmtpd, $0, $1, $2, .doesNotStart, $3, besides: $4) }
        + [
            .init(.opensmtpd, "another certificate's key", Change.otherKey, "pair.mismatch", .breaksTLS),
            .init(.opensmtpd, "the CA's certificate first", Change.leafLast, "chain.order", .isNotBelieved),
            .init(
                .opensmtpd, "the issuing CA's certificate not sent", Change.leafAlone, "chain.incomplete",
                .isNotBelieved),
        ]

    private static let noKey = "load_pki_keys: failed to load key file"

    private static func narrow(_ file: String, _ words: String) -> String {
        "%/\(file): insecure permissions: must be at most \(words)"
    }
}
