extension FindingCatalogue {
    static let paths = FindingArea(
        title: "Certification paths",
        summary: "Whether certificates lead to the CAs that were named, for the name and purpose that were named.",
        kinds: [])
}
