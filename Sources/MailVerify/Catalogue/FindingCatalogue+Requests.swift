extension FindingCatalogue {
    static let requests = FindingArea(
        title: "Requests", summary: "Requests for a certificate (PKCS #10), by the rules of `mailca sign`.",
        kinds: [
            .init(
                "request.key", .error,
                means: "The key is too short, of a kind or form that mail programs do not take, or cannot be read.",
                mend: "A new key and a new request: EC P-256, or RSA from 2048 bits on."),
            .init(
                "request.malformed", .error, means: "It cannot be read as a request.", mend: "Have it made again."),
            .init(
                "request.names", .warning,
                means: "It asks for no host and no mail address, or for names that cannot be read.",
                mend: "`mailca sign FILE --profile server --as HOST`."),
            .init(
                "request.refused", .warning,
                means: "The CA of this machine would not sign it: names that it may not name, or a key that it knows.",
                mend: "As the finding says."),
            .init(
                "request.signature", .error,
                means: "It is not signed with the key that it holds, so it proves nothing, and nobody signs it.",
                mend: "A new key and a new request."),
        ])
}
