extension FindingCatalogue {
    static let home = FindingArea(
        title: "The CA's own directory", summary: "`<home>`: the ledger, and the CA's certificates and keys.",
        kinds: [
            .init(
                "home.certificate-differs", .error, means: "A CA certificate is not the one that the ledger has.",
                mend: "`mailca restore FILE` puts it back."),
            .init(
                "home.certificate-missing", .error, means: "A CA certificate is not there.",
                mend: "`mailca restore FILE` puts it back."),
            .init(
                "home.key-missing", .error, means: "The CA's key is not there: nothing can be issued or revoked.",
                mend: "`mailca restore FILE` puts it back."),
            .init(
                "home.key-mode", .error, means: "Others can read the CA's key, and try passphrases on it.",
                mend: "`chmod 0600 FILE`."),
            .init(
                "home.key-not-encrypted", .note,
                means: "The CA's key is not encrypted: whoever can read the file can sign as the CA.",
                mend: "Nothing, where that was wanted (`--no-passphrase`)."),
            .init(
                "home.mode", .error, means: "Others can look into the CA's directory.", mend: "`chmod 0700 DIR`."),
            .init(
                "ledger.damaged", .error,
                means: "The ledger is not sound: rows are missing or changed, or it cannot be read.",
                mend: "`mailca restore FILE` puts it back from a backup."),
            .init(
                "ledger.unfinished", .note,
                means: "Certificates are being made, or a command was stopped while it was making them.",
                mend: "Nothing: the next command that issues closes what was left."),
        ])
}
