extension DirectoryMistake {
    static let sendmail: [DirectoryMistake] =
        [
            (
                "a key of mode 0640", "chmod 0640 privkey.pem", "key.group-readable", "privkey.pem",
                "Group readable file"
            ),
            (
                "a key of mode 0644", "chmod 0644 privkey.pem", "key.group-readable", "privkey.pem",
                "Group readable file"
            ),
            (
                "a key of mode 0604", "chmod 0604 privkey.pem", "key.world-readable", "privkey.pem",
                "World readable file"
            ),
            (
                "a key of mode 0660", "chmod 0660 privkey.pem", "key.group-writable", "privkey.pem",
                "Group writable file"
            ),
            (
                "a key that a list lets one read", Change.access, "key.group-readable", "privkey.pem",
                "Group readable file"
            ),
            ("a key of another user", "chown 1000 privkey.pem", "key.owner", "privkey.pem", "Permission denied"),
            (
                "a directory of mode 0775", "chmod 0775 .", "directory.group-writable", "cert.pem",
                "Group writable directory"
            ),
            (
                "a directory of mode 0777", "chmod 0777 .", "directory.world-writable", "cert.pem",
                "World writable directory"
            ),
            (
                "one above it of mode 0775", "chmod 0775 ..", "directory.group-writable", "cert.pem",
                "Group writable directory"
            ),
            (
                "one above it of mode 0777", "chmod 0777 ..", "directory.world-writable", "cert.pem",
                "World writable directory"
            ),
            (
                "a certificate of mode 0664", "chmod 0664 cert.pem", "file.group-writable", "cert.pem",
                "Group writable file"
            ),
            (
                "a CA file of mode 0664", "chmod 0664 cacert.pem", "file.group-writable", "cacert.pem",
                "Group writable file"
            ),
            ("a certificate of another user", "chown 1000 cert.pem", "file.owner", "cert.pem", "Permission denied"),
        ].map { name, change, finding, file, reason in
            unsafe(name, change, "sendmail.\(finding)", file, reason)
        } + [
            unsafe("no certificate", "rm cert.pem", "certificate.missing", "cert.pem", "No such file or directory"),
            unsafe(
                "a certificate's link that leads nowhere", "ln -sf nowhere cert.pem", "certificate.missing", "cert.pem",
                "No such file or directory"),
            unsafe("no key", "rm privkey.pem", "key.missing", "privkey.pem", "No such file or directory"),
            unsafe("no CA file", "rm cacert.pem", "authorities.missing", "cacert.pem", "No such file or directory"),
            .init(
                .sendmail, "a certificate in DER", Change.certificateInDER, "certificate.malformed", .offersNoTLS,
                "STARTTLS=server, error: SSL_CTX_use_certificate_file(%/cert.pem) failed"),
            .init(
                .sendmail, "garbage for a CA file", "echo garbage >cacert.pem", "authorities.malformed", .offersNoTLS,
                "STARTTLS=server, error: load verify locs %, %/cacert.pem failed"),
            key("an encrypted key", Change.keyEncrypted, "key.encrypted"),
            key("a key in DER", Change.keyInDER, "key.der"),
            key("garbage for a key", "echo garbage >privkey.pem", "key.malformed"),
            .init(
                .sendmail, "another certificate's key", Change.otherKey, "pair.mismatch", .offersNoTLS,
                "STARTTLS=server, error: SSL_CTX_check_private_key failed(%/privkey.pem): 0"),
            .init(
                .sendmail, "the CA's certificate first", Change.leafLast, "chain.order", .offersNoTLS,
                "STARTTLS=server, error: SSL_CTX_check_private_key failed(%/privkey.pem): 0"),
            .init(
                .sendmail, "the issuing CA not in the CA file",
                "cp ca-2.pem cacert.pem; for l in *.0; do case $(readlink $l) in ca-1.pem) rm $l;; esac; done",
                "authorities.incomplete", .isNotBelieved, "reason=unable to get local issuer certificate",
                besides: ["sendmail.access.stale", "sendmail.revocation-list.order"]),
            .init(.sendmail, "no links to CAs", "rm *.0", "links.certificate-missing", .serves),
            .init(
                .sendmail, "a CA whose name is too long for the access map", "cp -P @/long/* .",
                "sendmail.access.unmatchable", .relaysForNobody, client: "long"),
        ]

    static let sendmailLists: [DirectoryMistake] = [
        .init(
            .sendmail, "a list that the group may write", "chmod 0664 crl.pem", "sendmail.file.group-writable", .goesOn,
            "STARTTLS=server: file %/crl.pem unsafe: Group writable file"),
        .init(
            .sendmail, "no list file", "rm crl.pem", "revocation-list.missing", .goesOn,
            "STARTTLS=server: file %/crl.pem unsafe: No such file or directory"),
        .init(
            .sendmail, "no list at all", Change.noLists, "revocation-list.missing", .refusesUsers,
            "STARTTLS=server: file %/crl.pem unsafe: No such file or directory"),
        .init(
            .sendmail, "empty lists", Change.emptyLists, "revocation-list.malformed", .refusesUsers,
            "STARTTLS=server, error: PEM_read_bio_X509_CRL(%/crl.pem)=failed"),
        .init(
            .sendmail, "a list that ended", Change.expired, "revocation-list.expired", .refusesUsers,
            "reason=CRL has expired"),
        .init(
            .sendmail, "lists of another CA", Change.foreign, "revocation-list.foreign", .refusesUsers,
            "reason=unable to get certificate CRL"),
        .init(
            .sendmail, "no list of the root", Change.withoutRoots, "revocation-list.no-coverage", .refusesUsers,
            "reason=unable to get certificate CRL"),
        .init(
            .sendmail, "no list of the CA that signs", Change.withoutSigners, "revocation-list.no-coverage",
            .refusesUsers, "reason=unable to get certificate CRL"),
        .init(
            .sendmail, "the root's list first", "cat crl-2.pem crl-1.pem >crl.pem", "sendmail.revocation-list.order",
            .serves),
        .init(
            .sendmail, "the root's list first, and no links", "cat crl-2.pem crl-1.pem >crl.pem; rm *.r0",
            "links.revocation-list-missing", .refusesUsers, "reason=unable to get certificate CRL",
            besides: ["sendmail.revocation-list.order"]),
    ]

    private static func unsafe(
        _ name: String, _ change: String, _ finding: String, _ file: String, _ reason: String
    ) -> DirectoryMistake {
        .init(.sendmail, name, change, finding, .offersNoTLS, "STARTTLS=server: file %/\(file) unsafe: \(reason)")
    }

    private static func key(_ name: String, _ change: String, _ finding: String) -> DirectoryMistake {
        .init(
            .sendmail, name, change, finding, .offersNoTLS,
            "STARTTLS=server, error: SSL_CTX_use_PrivateKey_file(%/privkey.pem) failed")
    }
}
