extension FindingCatalogue {
    static let cyrus = FindingArea(
        title: "Cyrus", summary: "What Cyrus does not start for, or cannot read.",
        kinds: [
            .init(
                "cyrus.directory.closed", .error,
                means: "Cyrus reads as its own user, which may not go through a directory on the way.",
                mend: "`chmod go+x DIR`."),
            .init(
                "cyrus.file.unreadable", .error,
                means: "Cyrus reads as its own user, which may not read a certificate or list.",
                mend: "`chmod 0644 FILE`."),
            .init(
                "cyrus.key.unreadable", .error,
                means: "Cyrus reads as its own user, which may not read the key: it has no TLS.",
                mend: "`mailca deploy cyrus --key-group ssl-cert`, and `adduser cyrus ssl-cert`."),
        ])
}
