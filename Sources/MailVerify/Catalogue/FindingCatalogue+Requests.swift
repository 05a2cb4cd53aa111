extension FindingCatalogue {
    static let requests = FindingArea(
        title: "Requests", summary: "Requests for a certificate (PKCS #10).",
        kinds: [])
}
