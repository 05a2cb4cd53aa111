extension FindingCatalogue {
    static let files = FindingArea(
        title: "Other files", summary: "Files of no kind that is known.",
        kinds: [])
}
