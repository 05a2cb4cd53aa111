extension FindingCatalogue {
    static let pkcs12 = FindingArea(
        title: "PKCS #12 files", summary: "Users' files with key, certificate and chain (`.p12`, `.pfx`).",
        kinds: [])
}
