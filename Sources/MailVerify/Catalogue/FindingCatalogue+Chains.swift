extension FindingCatalogue {
    static let chains = FindingArea(
        title: "Chains", summary: "What stands in `cert.pem` beside the server's own certificate.",
        kinds: [
            .init(
                "chain.incomplete", .error,
                means:
                    "The issuing CA's certificate is not sent. A client that has the root alone cannot verify the server.",
                mend: "`mailca issue-server HOST --force`, which writes the chain."),
            .init(
                "chain.invalid", .error,
                means: "The certificate, or one above it, does not verify: clients refuse the server.",
                mend: "`mailca issue-server HOST --force`."),
            .init(
                "chain.order", .error,
                means: "The server's own certificate has to be the first in the file, and another one is.",
                mend: "`mailca verify --fix`."),
            .init(
                "chain.other-authority", .note,
                means:
                    "Another CA than that of the users signed it. Whether clients trust it cannot be told from here.",
                mend: "Nothing, where the certificate is bought or comes from a public CA."),
            .init(
                "chain.root-included", .note,
                means: "The root is sent to every client, which has it already or does not trust it.",
                mend: "Nothing where a DANE record 2 1 1 names it; else `mailca tlsa HOST --usage 2 --withdraw`."),
        ])
}
