extension FindingCatalogue {
    static let openSMTPD = FindingArea(
        title: "OpenSMTPD", summary: "What OpenSMTPD does not start for, or cannot read.",
        kinds: [])
}
