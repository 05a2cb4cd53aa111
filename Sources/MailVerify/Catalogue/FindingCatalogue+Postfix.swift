extension FindingCatalogue {
    static let postfix = FindingArea(
        title: "Postfix", summary: "What Postfix does not start for, or goes by beside certificates.",
        kinds: [
            .init(
                "postfix.list.stale", .error,
                means:
                    "A list of Postfix is not as the ledger has it: a revoked user may get in, or a new one may not.",
                mend: "`mailca deploy`.")
        ])
}
