extension FindingCatalogue {
    static let liveDANE = FindingArea(
        title: "Running servers: DANE",
        summary: "What other mail servers make of a server's DANE records (`--tlsa`, `--dns`).",
        kinds: [
            .init(
                "live.tlsa-lookup", .error,
                means:
                    "The DNS has no answer of any use. A mail server that looks for DANE records keeps its mail meanwhile.",
                mend: "Look at the name servers of the zone, or ask another resolver with `--resolver`."),
            .init(
                "live.tlsa-mismatch", .error,
                means:
                    "What the server shows is not what any of its DANE records names: mail servers that look at them deliver nothing.",
                mend: "Publish what `mailca tlsa HOST` prints, or have the server show the other key again."),
            .init(
                "live.tlsa-none", .note, means: "The DNS has no DANE record of it.",
                mend: "Nothing, where none is wanted; else publish what `mailca tlsa HOST` prints, in a signed zone."),
            .init(
                "live.tlsa-other", .note,
                means: "Of several DANE records one is true and another is not, as it is while a key is being changed.",
                mend: "When the new key is served, take the record of the old one out of the DNS."),
            .init(
                "live.tlsa-unauthenticated", .warning,
                means:
                    "The records came without a word of the resolver that they are signed and true (DNSSEC). Mail servers do not look at such.",
                mend: "Sign the zone; where it is signed, ask a resolver that validates."),
            .init(
                "live.tlsa-unusable", .warning,
                means: "A record means nothing to mail servers: another usage than 3 or 2, or malformed.",
                mend: "Publish what `mailca tlsa HOST` prints in its place."),
        ])
}
