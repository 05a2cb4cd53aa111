extension FindingCatalogue {
    static let dovecot = FindingArea(
        title: "Dovecot", summary: "What Dovecot does not start for, or cannot read.",
        kinds: [])
}
