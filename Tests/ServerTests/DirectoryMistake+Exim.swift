extension DirectoryMistake {
    static let exim: [DirectoryMistake] =
        [
            ("a key for root alone", "chmod 0600 privkey.pem", "exim.key.unreadable", "Error while reading file."),
            (
                "a key of no group of Exim's", "chgrp root privkey.pem", "exim.key.unreadable",
                "Error while reading file."
            ),
            (
                "a certificate for root alone", "chmod 0600 cert.pem", "exim.file.unreadable",
                "Error while reading file."
            ),
            ("a directory for root alone", "chmod 0700 .", "exim.directory.closed", "Error while reading file."),
            ("one above it for root alone", "chmod 0700 ..", "exim.directory.closed", "Error while reading file."),
            ("no certificate", "rm cert.pem", "certificate.missing", "Error while reading file."),
            ("no key", "rm privkey.pem", "key.missing", "Error while reading file."),
            ("a certificate in DER", Change.certificateInDER, "certificate.malformed", "Base64 decoding error."),
            (
                "garbage for a key", "echo garbage >privkey.pem", "key.malformed",
                "The requested data were not available."
            ),
            ("a key in DER", Change.keyInDER, "key.der", "The requested data were not available."),
            ("an encrypted key", Change.keyEncrypted, "key.encrypted", "Decryption has failed."),
            (
                "another certificate's key", Change.otherKey, "pair.mismatch",
                "The certificate and the given key do not match."
            ),
            (
                "the CA's certificate first", Change.leafLast, "chain.order",
                "The certificate and the given key do not match."
            ),
        ].map { name, change, finding, reason in
            .init(
                .exim, name, change, finding, .refusesTLS,
                "(cert/key setup: cert=%/cert.pem key=%/privkey.pem): \(reason)")
        }
        + [
            .init(.exim, "the issuing CA's certificate not sent", Change.leafAlone, "chain.incomplete", .isNotBelieved),
            .init(
                .exim, "no CA file", "rm cacert.pem", "authorities.missing", .refusesTLS,
                "could not stat '%/cacert.pem' (tls_verify_certificates): No such file or directory"),
            .init(
                .exim, "a CA file for root alone", "chmod 0600 cacert.pem", "exim.file.unreadable", .refusesTLS,
                "(setting certificate trust): Error while reading file."),
            .init(
                .exim, "garbage for a CA file", "echo garbage >cacert.pem", "authorities.malformed", .refusesUsers,
                "CV=no"),
            .init(
                .exim, "no list file", "rm crl.pem", "revocation-list.missing", .refusesTLS,
                "(gnutls_certificate_set_x509_crl_file): Error while reading file."),
            .init(
                .exim, "a list for root alone", "chmod 0600 crl.pem", "exim.file.unreadable", .refusesTLS,
                "(gnutls_certificate_set_x509_crl_file): Error while reading file."),
            .init(
                .exim, "empty lists", Change.emptyLists, "revocation-list.malformed", .refusesTLS,
                "(gnutls_certificate_set_x509_crl_file): Base64 decoding error."),
            .init(.exim, "a list that ended", Change.expired, "revocation-list.expired", .admitsRevoked),
            .init(.exim, "lists of another CA", Change.foreign, "revocation-list.foreign", .admitsRevoked),
            .init(
                .exim, "no list of the CA that signs", Change.withoutSigners, "revocation-list.no-coverage",
                .admitsRevoked),
            .init(
                .exim, "no list of clients", "rm exim.clients", "exim.clients.missing", .defersUsers,
                "failed to open %/exim.clients for linear search: No such file or directory"),
            .init(
                .exim, "a list of clients for root alone", "chmod 0600 exim.clients; chown root exim.clients",
                "exim.file.unreadable", .defersUsers,
                "failed to open %/exim.clients for linear search: Permission denied"),
        ]
}
