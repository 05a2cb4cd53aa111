extension FindingCatalogue {
    static let liveClients = FindingArea(
        title: "Users at running servers", summary: "What comes of `--client` and `--expect-refused`.",
        kinds: [
            .init(
                "live.client-is-refused", .note, means: "The certificate is refused, as it was to be.", mend: "Nothing."
            ),
            .init(
                "live.client-logs-in", .note, means: "The certificate logs in, as the finding says whom.",
                mend: "Nothing."),
            .init(
                "live.client-refused", .error, means: "The certificate is of no use there: its holder does not get in.",
                mend: "Look at it with `mailca show`, at the server's files with `mailca verify`, and at its log."),
            .init(
                "live.client-relays", .note, means: "The certificate relays, and without it one may not.",
                mend: "Nothing."),
            .init(
                "live.logs-in-as-anyone", .error,
                means: "The certificate logs in under a name that is not in it: its holder can be anybody.",
                mend: "Take the name from the certificate alone: `mailca deploy SERVER --print`."),
            .init(
                "live.not-refused", .error, means: "A certificate that was to be refused gets in.",
                mend: "See that the server reads the newest list: `mailca crl`, then reload it."),
            .init(
                "live.refusal-unproved", .error,
                means: "Whether the certificate is refused cannot be told, because something else was in the way.",
                mend: "Ask where certificates count, and for a `--recipient` that the server would take."),
            .init(
                "live.relays-anyway", .warning,
                means: "It relays for this address without any certificate, so that nothing is proved of one.",
                mend: "Ask from another machine, or with `--source` from an address that may not."),
        ])
}
