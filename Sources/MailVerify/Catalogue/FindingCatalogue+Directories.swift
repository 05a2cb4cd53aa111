extension FindingCatalogue {
    static let directories = FindingArea(
        title: "Directories and links", summary: "The directory that mail servers read, and every one above it.",
        kinds: [
            .init(
                "directory.writable", .error, .warning,
                means:
                    "Others than root can write a directory on the way, by its mode or an access list, and put another key, CA or list in place. A warning where it is a group or a single user.",
                mend: "`chmod go-w DIR`, or `setfacl -b DIR` where it is an access list."),
            .init(
                "file.changed", .warning,
                means:
                    "A file is not as the CA of this machine laid it out: somebody changed it, or a command did not bring it up to date.",
                mend: "`mailca deploy`, or `mailca crl`, which write it anew from the ledger."),
            .init(
                "file.missing", .warning,
                means:
                    "A file that the CA of this machine laid out is gone, and none of the mail servers in question needs it.",
                mend: "`mailca deploy`, or `mailca crl`."),
            .init(
                "file.writable", .error,
                means: "Others than root can write a file that decides who is let in, by its mode or an access list.",
                mend: "`chmod 0644 FILE`, or `setfacl -b FILE` where it is an access list."),
            .init(
                "directory.interrupted", .warning,
                means: "A command that was changing the directory was stopped before it was done.",
                mend: "Run the command again: it ends what was begun."),
            .init(
                "directory.owner", .warning,
                means: "A directory on the way belongs to an ordinary user, who can put another key in place.",
                mend: "`chown root:root DIR`."),
            .init(
                "links.certificate-missing", .warning,
                means:
                    "OpenSSL looks a CA up by a link of this name, and finds none. What is in `cacert.pem` counts all the same.",
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
