extension FindingCatalogue {
    static let sendmail = FindingArea(
        title: "Sendmail",
        summary: "What Sendmail turns STARTTLS off for, and says only in its log; and its access map.",
        kinds: [
            .init(
                "sendmail.access.missing", .warning, means: "The lines for the access map are not there.",
                mend: "`mailca crl`, then build the map anew with `makemap`."),
            .init(
                "sendmail.access.stale", .error,
                means: "The lines do not name the CA that signs users, so none of them can relay.",
                mend: "`mailca crl`, then build the map anew with `makemap`."),
            .init(
                "sendmail.access.unmatchable", .error,
                means: "The CA's name is one that Sendmail's access map cannot hold, so nobody relays by certificate.",
                mend: "A CA of a shorter, plain name: `mailca init-ca` in another directory."),
            .init(
                "sendmail.directory.group-writable", .error,
                means: "A directory on the way can be written by its group: Sendmail does not trust what is in it.",
                mend: "`chmod g-w DIR`."),
            .init(
                "sendmail.directory.world-writable", .error,
                means: "A directory on the way can be written by everybody: Sendmail does not trust what is in it.",
                mend: "`chmod go-w DIR`."),
            .init(
                "sendmail.file.group-writable", .error,
                means: "Others than root can write a file that Sendmail reads, so it offers no STARTTLS.",
                mend: "`chmod 0644 FILE`."),
            .init(
                "sendmail.file.owner", .error, means: "A file that Sendmail reads belongs to another user than root.",
                mend: "`chown root:root FILE`."),
            .init(
                "sendmail.key.group-readable", .error,
                means: "The key's group can read it, so Sendmail offers no STARTTLS.", mend: "`chmod 0600 privkey.pem`."
            ),
            .init(
                "sendmail.key.group-writable", .error,
                means: "Others than its owner can write the key, so Sendmail offers no STARTTLS.",
                mend: "`chmod 0600 privkey.pem`."),
            .init(
                "sendmail.key.owner", .error, .warning,
                means:
                    "The key belongs to another user than root. A warning for whoever is not root and tries things out.",
                mend: "`chown root:root privkey.pem`."),
            .init(
                "sendmail.key.shared", .warning,
                means: "A group was given the key, as asked for, and Sendmail has to be told to trust such a key.",
                mend: "`GroupReadableKeyFile` in `confDONT_BLAME_SENDMAIL`."),
            .init(
                "sendmail.key.world-readable", .error,
                means: "Everybody on the machine can read the key, so Sendmail offers no STARTTLS.",
                mend: "`chmod 0600 privkey.pem`, and a new key where others may have it (`mailca rekey`)."),
            .init(
                "sendmail.list.stale", .error,
                means:
                    "`sendmail.access` is not as the ledger has it: a revoked user may get in, or a new one may not.",
                mend: "`mailca deploy`, then build the map anew with `makemap`."),
            .init(
                "sendmail.revocation-list.order", .error,
                means:
                    "Sendmail reads only the first list of `crl.pem`, and that is not the one of the CA that signs users.",
                mend: "`mailca verify --fix`, or `mailca crl`."),
        ])
}
