extension FindingCatalogue {
    static let exim = FindingArea(
        title: "Exim", summary: "What Exim cannot read, or goes by beside certificates.",
        kinds: [
            .init(
                "exim.clients.missing", .error,
                means:
                    "`exim.clients` is not there: whoever shows a certificate of the CA is told to come again later.",
                mend: "`mailca deploy exim`."),
            .init(
                "exim.directory.closed", .error,
                means: "Exim reads as its own user, which may not go through a directory on the way.",
                mend: "`chmod go+x DIR`."),
            .init(
                "exim.file.unreadable", .error,
                means: "Exim reads as its own user, which may not read a certificate or list.",
                mend: "`chmod 0644 FILE`."),
            .init(
                "exim.key.unreadable", .error,
                means: "Exim reads as its own user, which may not read the key: it has no TLS.",
                mend: "`mailca deploy exim --key-group ssl-cert`, and `adduser Debian-exim ssl-cert`."),
            .init(
                "exim.list.stale", .error,
                means: "`exim.clients` is not as the ledger has it: a revoked user may get in, or a new one may not.",
                mend: "`mailca deploy`."),
        ])
}
