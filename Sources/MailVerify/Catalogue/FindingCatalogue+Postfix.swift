extension FindingCatalogue {
    static let postfix = FindingArea(
        title: "Postfix", summary: "What Postfix does not start for, or goes by beside certificates.",
        kinds: [
            .init(
                "postfix.map.malformed", .error,
                means:
                    "The database of those that are revoked is not one: whoever shows a certificate is told to come again later.",
                mend: "`mailca deploy postfix`."),
            .init(
                "postfix.map.missing", .error,
                means:
                    "The database of those that are revoked is not there: whoever shows a certificate is told to come again later.",
                mend: "`mailca deploy postfix`."),
            .init(
                "postfix.map.old", .error,
                means: "The database was made before its text was changed: who was revoked since still gets in.",
                mend: "`mailca deploy postfix`."),
            .init(
                "postfix.list.stale", .error,
                means:
                    "A list of Postfix is not as the ledger has it: a revoked user may get in, or a new one may not.",
                mend: "`mailca deploy`."),
        ])
}
