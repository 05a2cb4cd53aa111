extension FindingCatalogue {
    static let keys = FindingArea(
        title: "Keys", summary: "`privkey.pem`, and private keys that lie about.",
        kinds: [
            .init(
                "key.der", .error, means: "The key is in DER, and mail servers read PEM: TLS does not come about.",
                mend: "`openssl pkey -inform DER -in privkey.pem -out new.pem`, or make a new pair."),
            .init(
                "key.encrypted", .error,
                means: "The key is encrypted, and a mail server that starts has nobody to ask for the passphrase.",
                mend: "`mailca issue-server HOST --force`, or take the passphrase off (`openssl pkey`)."),
            .init(
                "key.malformed", .error,
                means: "There is no private key in the file that can be read, or its parts do not belong together.",
                mend: "Have it made again: `mailca issue-server HOST --force`."),
            .init(
                "key.missing", .error, means: "`privkey.pem` is not there: no server can offer TLS.",
                mend: "Put it back, or `mailca issue-server HOST --force`."),
            .init(
                "key.readable", .error,
                means: "Other users of this machine can read an unencrypted key, and act as its owner with it.",
                mend: "`chmod 0600 FILE`, and a new key where others may have it (`mailca rekey`)."),
            .init(
                "key.stray", .error,
                means: "An unencrypted private key, which is not the server's, lies where others can read it.",
                mend: "`chmod 0600 FILE`, or remove it."),
            .init(
                "key.unreadable", .error, means: "`privkey.pem` is there and cannot be read.",
                mend: "Look as root (`sudo mailca verify`), or put a plain file in its place."),
            .init(
                "pair.mismatch", .error,
                means: "The key does not belong to the certificate. No server starts TLS with these two.",
                mend: "Put together what belongs together, or `mailca issue-server HOST --force`."),
        ])
}
