extension DirectoryMistake {
    static let postfix: [DirectoryMistake] =
        [
            .init(
                .postfix, "no certificate", "rm cert.pem", "certificate.missing", .breaksTLS,
                "warning: error opening chain file: %/cert.pem: No such file or directory"),
            .init(
                .postfix, "no key", "rm privkey.pem", "key.missing", .breaksTLS,
                "warning: error opening chain file: %/privkey.pem: No such file or directory"),
        ]
        + [
            (
                "no CA file", "rm cacert.pem", "authorities.missing",
                "cannot load Certification Authority data, CAfile=\"%/cacert.pem\": disabling TLS support"
            ),
            (
                "garbage for a CA file", "echo garbage >cacert.pem", "authorities.malformed",
                "cannot load Certification Authority data, CAfile=\"%/cacert.pem\": disabling TLS support"
            ),
            (
                "a certificate in DER", Change.certificateInDER, "certificate.malformed",
                "warning: No certs for key at index 1 in %/privkey.pem"
            ),
            (
                "garbage for a key", "echo garbage >privkey.pem", "key.malformed",
                "warning: error loading chain from %/cert.pem: key not first"
            ),
            ("a key in DER", Change.keyInDER, "key.der", "warning: error loading chain from %/cert.pem: key not first"),
            (
                "an encrypted key", Change.keyEncrypted, "key.encrypted",
                "warning: loading %/privkey.pem: ignoring PEM type: ENCRYPTED PRIVATE KEY"
            ),
            (
                "another certificate's key", Change.otherKey, "pair.mismatch",
                "warning: key at index 1 in %/privkey.pem does not match next certificate"
            ),
            (
                "the CA's certificate first", Change.leafLast, "chain.order",
                "warning: key at index 1 in %/privkey.pem does not match next certificate"
            ),
        ].map { .init(.postfix, $0, $1, $2, .refusesTLS, $3) }
        + [
            .init(
                .postfix, "no map", "rm postfix.ccert_revoked*", "postfix.map.missing", .defersUsers,
                "error: open database %/postfix.ccert_revoked.db: No such file or directory"),
            .init(
                .postfix, "garbage for a map", "echo garbage, and more of it >postfix.ccert_revoked.db",
                "postfix.map.malformed", .defersUsers,
                "error: open database %/postfix.ccert_revoked.db: Invalid argument"),
            .init(
                .postfix, "a map older than its text",
                ": >x; postmap hash:x; mv x.db postfix.ccert_revoked.db; rm x; touch -d '1 hour ago' postfix.ccert_revoked; touch -d '2 hours ago' postfix.ccert_revoked.db",
                "postfix.map.old", .admitsRevoked,
                "warning: database %/postfix.ccert_revoked.db is older than source file %/postfix.ccert_revoked"),
            .init(.postfix, "a key that everybody can read", "chmod 0644 privkey.pem", "key.readable", .serves),
            .init(.postfix, "a key that a list lets one read", Change.access, "key.readable", .serves),
            .init(.postfix, "a directory of mode 0777", "chmod 0777 .", "directory.writable", .serves),
            .init(.postfix, "a CA file that everybody can write", "chmod 0646 cacert.pem", "file.writable", .serves),
        ]
}
