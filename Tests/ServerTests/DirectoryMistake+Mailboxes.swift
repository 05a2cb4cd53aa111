/// Dovecot and Cyrus.
extension DirectoryMistake {
    static let dovecot: [DirectoryMistake] =
        [
            ("no certificate", "rm cert.pem", "certificate.missing", "ssl_cert: Can't open file %/cert.pem"),
            ("no key", "rm privkey.pem", "key.missing", "ssl_key: Can't open file %/privkey.pem"),
            (
                "no file of lists", "rm ca-crl.pem", "authorities-and-lists.missing",
                "ssl_ca: Can't open file %/ca-crl.pem"
            ),
            (
                "an empty file of lists", ": >ca-crl.pem", "authorities-and-lists.malformed",
                "ssl_verify_client_cert set, but ssl_ca not"
            ),
        ].map { .init(.dovecot, $0, $1, $2, .doesNotStart, $3) }
        + [
            (
                "a certificate in DER", Change.certificateInDER, "certificate.malformed",
                "Can't load SSL certificate (ssl_cert setting)"
            ),
            (
                "garbage for a key", "echo garbage >privkey.pem", "key.malformed",
                "Couldn't parse private SSL key (ssl_key setting)"
            ),
            ("a key in DER", Change.keyInDER, "key.der", "Couldn't parse private SSL key (ssl_key setting)"),
            (
                "an encrypted key", Change.keyEncrypted, "key.encrypted",
                "Couldn't parse private SSL key (ssl_key setting)"
            ),
            (
                "another certificate's key", Change.otherKey, "pair.mismatch",
                "Can't load SSL private key (ssl_key setting): Key is for a different cert than ssl_cert"
            ),
            (
                "the CA's certificate first", Change.leafLast, "chain.order",
                "Can't load SSL private key (ssl_key setting): Key is for a different cert than ssl_cert"
            ),
        ].map { .init(.dovecot, $0, $1, $2, .breaksTLS, "Failed to initialize SSL server context: \($3)") }
        + [
            ("garbage for a file of lists", "echo garbage >ca-crl.pem", "authorities-and-lists.malformed", nil),
            ("no CA in the file of lists", "cp crl.pem ca-crl.pem", "authorities-and-lists.malformed", nil),
            (
                "no list in the file of lists", "cp cacert.pem ca-crl.pem", "revocation-list.malformed",
                "Received invalid SSL certificate: unable to get certificate CRL"
            ),
            (
                "a list that ended", Change.expired, "revocation-list.expired",
                "Received invalid SSL certificate: CRL has expired"
            ),
            (
                "lists of another CA", Change.foreign, "revocation-list.foreign",
                "Received invalid SSL certificate: unable to get certificate CRL"
            ),
            (
                "no list of the root", Change.withoutRoots, "revocation-list.no-coverage",
                "Received invalid SSL certificate: unable to get certificate CRL"
            ),
            (
                "no list of the CA that signs", Change.withoutSigners, "revocation-list.no-coverage",
                "Received invalid SSL certificate: unable to get certificate CRL"
            ),
        ].map { .init(.dovecot, $0, $1, $2, .refusesUsers, $3) }

    static let cyrus: [DirectoryMistake] =
        [
            ("a key for root alone", "chmod 0600 privkey.pem", "cyrus.key.unreadable"),
            ("a key of no group of Cyrus's", "chgrp root privkey.pem", "cyrus.key.unreadable"),
            ("no key", "rm privkey.pem", "key.missing"),
            ("garbage for a key", "echo garbage >privkey.pem", "key.malformed"),
            ("a key in DER", Change.keyInDER, "key.der"),
            ("another certificate's key", Change.otherKey, "pair.mismatch"),
            ("the CA's certificate first", Change.leafLast, "chain.order"),
        ].map { .init(.cyrus, $0, $1, $2, .refusesTLS, "unable to get private key from '%/privkey.pem'") }
        + [
            ("a certificate for root alone", "chmod 0600 cert.pem", "cyrus.file.unreadable"),
            ("a directory for root alone", "chmod 0700 .", "cyrus.directory.closed"),
            ("no certificate", "rm cert.pem", "certificate.missing"),
            ("a certificate in DER", Change.certificateInDER, "certificate.malformed"),
        ].map { .init(.cyrus, $0, $1, $2, .refusesTLS, "unable to get certificate from '%/cert.pem'") }
        + [
            .init(
                .cyrus, "an encrypted key", Change.keyEncrypted, "key.encrypted", .hangs,
                "unable to get private key from '%/privkey.pem'")
        ]
        + [
            ("a file of lists for root alone", "chmod 0600 ca-crl.pem", "cyrus.file.unreadable"),
            ("no file of lists", "rm ca-crl.pem", "authorities-and-lists.missing"),
            ("an empty file of lists", ": >ca-crl.pem", "authorities-and-lists.malformed"),
            ("garbage for a file of lists", "echo garbage >ca-crl.pem", "authorities-and-lists.malformed"),
        ].map {
            .init(
                .cyrus, $0, $1, $2, .refusesUsers,
                "TLS server engine: Failed loading client CA data, cert auth disabled.")
        }
        + [
            (
                "no CA in the file of lists", "cp crl.pem ca-crl.pem", "authorities-and-lists.malformed",
                "TLS server engine: No client CA certs specified."
            ),
            ("a list that ended", Change.expired, "revocation-list.expired", "CRL has expired"),
            ("no list in the file of lists", "cp cacert.pem ca-crl.pem", "revocation-list.malformed", noList),
            ("lists of another CA", Change.foreign, "revocation-list.foreign", noList),
            ("no list of the root", Change.withoutRoots, "revocation-list.no-coverage", noList),
            ("no list of the CA that signs", Change.withoutSigners, "revocation-list.no-coverage", noList),
        ].map { .init(.cyrus, $0, $1, $2, .refusesUsers, $3) }

    private static let noList = "unable to get certificate CRL"
}
