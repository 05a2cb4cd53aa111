import MailVerify

/// What a file is, for people and programs.
struct FileItem: Encodable {
    /// Who can import it.
    struct ImporterItem: Encodable {
        let id: String
        let name: String
        /// `yes`, `no` or `unsure`.
        let answer: String
        let reason: String?
        /// Whether it was tried; else others report it.
        let tried: Bool
    }

    let path: String
    let kind: String
    let lines: [String]
    let importers: [ImporterItem]?

    init(_ file: FileDetail) {
        path = file.subject
        kind = file.kind
        lines = file.lines
        let all = file.importers.map { item in
            ImporterItem(
                id: item.importer.rawValue, name: item.importer.name, answer: item.verdict.answer.rawValue,
                reason: item.verdict.reason, tried: item.importer.isTried)
        }
        importers = all.isEmpty ? nil : all
    }

    var text: String {
        let head = "\(path.shown): \(kind)\n" + lines.map { "  \($0.shown)\n" }.joined()
        guard let importers else { return head }
        let width = importers.map(\.name.count).max() ?? 0
        return head + "Can it be imported?\n"
            + importers.map { item in
                "  \(item.name.padded(width))  \(item.answer)\(item.reason.map { ": \($0)" } ?? "")\n"
            }.joined()
    }
}
