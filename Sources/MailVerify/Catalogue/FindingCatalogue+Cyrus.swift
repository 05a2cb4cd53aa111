extension FindingCatalogue {
    static let cyrus = FindingArea(
        title: "Cyrus", summary: "What Cyrus does not start for, or cannot read.",
        kinds: [])
}
