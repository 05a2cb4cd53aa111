extension FindingCatalogue {
    static let liveProtocols = FindingArea(
        title: "Running servers: versions of TLS and ciphers",
        summary: "What a mail server takes from clients that offer nothing better.",
        kinds: [
            .init(
                "live.no-forward-secrecy", .note,
                means: "Whoever gets the server's key one day can read what was recorded until then.",
                mend: "Allow TLS 1.3, or suites with ECDHE, in its configuration."),
            .init(
                "live.old-protocol", .error,
                means: "It speaks nothing newer than TLS 1.1, which clients of today refuse.",
                mend: "Allow TLS 1.2 and 1.3 in its configuration: docs/verify.md has each server's line."),
            .init(
                "live.old-protocol-beside", .warning, .note,
                means:
                    "It still speaks TLS 1.1, 1.0 or SSL 3.0 with clients that offer nothing newer. Between servers (smtp) that is better than plain text, and a note.",
                mend: "Allow TLS 1.2 and 1.3 alone in its configuration: docs/verify.md has each server's line."),
            .init(
                "live.weak-cipher", .warning,
                means:
                    "It takes ciphers that hide nothing, or not for long, or that show no certificate, where a client offers no others.",
                mend: "Allow strong ciphers alone in its configuration: docs/verify.md has each server's line."),
            .init(
                "live.weaknesses-unseen", .note,
                means: "Whether it takes old versions of TLS or weak ciphers could not be asked to the end.",
                mend: "Try again, or with a longer `--timeout`."),
        ])
}
