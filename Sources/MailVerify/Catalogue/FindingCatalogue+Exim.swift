extension FindingCatalogue {
    static let exim = FindingArea(
        title: "Exim", summary: "What Exim cannot read, or goes by beside certificates.",
        kinds: [
            .init(
                "exim.list.stale", .error,
                means: "`exim.clients` is not as the ledger has it: a revoked user may get in, or a new one may not.",
                mend: "`mailca deploy`.")
        ])
}
