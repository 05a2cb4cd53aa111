extension FindingCatalogue {
    static let directories = FindingArea(
        title: "Directories and links", summary: "The directory that mail servers read, and every one above it.",
        kinds: [
            .init(
                "directory.interrupted", .warning,
                means: "A command that was changing the directory was stopped before it was done.",
                mend: "Run the command again: it ends what was begun."),
            .init(
                "directory.owner", .warning,
                means: "A directory on the way belongs to an ordinary user, who can put another key in place.",
                mend: "`chown root:root DIR`."),
            .init(
                "links.certificate-missing", .error,
                means: "OpenSSL looks a CA up by a link of this name, and finds none: its certificates do not count.",
                mend: "`mailca verify --fix`, or `mailca crl`."),
            .init(
                "links.dangling", .warning, means: "A hash link leads to a file that is not there.",
                mend: "`mailca verify --fix`, or `rm LINK`."),
            .init(
                "links.revocation-list-missing", .error,
                means: "OpenSSL looks a list up by a link of this name, and finds none, or an older one.",
                mend: "`mailca verify --fix`, or `mailca crl`."),
        ])
}
