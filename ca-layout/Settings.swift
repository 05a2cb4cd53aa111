import FoundationEssentials
public import MailCA
public import SystemPackage

/// What whoever runs the CA decided, and mailca keeps in mind: `settings.json` in the CA's own directory.
public struct Settings: Codable, Sendable, Hashable {
    /// A kind of finding that `mailca verify` is to pass over on this machine.
    public struct IgnoredFinding: Codable, Sendable, Hashable {
        /// The finding's id.
        public let id: String
        /// Why.
        public let reason: String
        /// Since when, RFC 3339.
        public let date: String
        /// Who said so, such as `hanako as root`.
        public let user: String

        public init(id: String, reason: String, date: String, user: String) {
            self.id = id
            self.reason = reason
            self.date = date
            self.user = user
        }
    }

    /// In the order of their ids.
    public private(set) var ignored: [IgnoredFinding] = []

    public init() {}

    /// Passes a kind of finding over, in place of what was said of it before.
    public mutating func ignore(_ finding: IgnoredFinding) {
        ignored = (ignored.filter { $0.id != finding.id } + [finding]).sorted { $0.id < $1.id }
    }

    /// Passes it over no more.
    /// - Returns: false where it was not passed over.
    public mutating func heed(_ id: String) -> Bool {
        let before = ignored.count
        ignored.removeAll { $0.id == id }
        return ignored.count < before
    }
}

extension Home {
    public var settingsFile: FilePath { path.appending("settings.json") }

    /// What was decided; nothing where there is no file.
    /// - Throws: `MailCAError` with the codes `damaged`, `permissionDenied`, `inputOutput`.
    public func settings() throws(MailCAError) -> Settings {
        guard try FileContent.exists(settingsFile) else { return Settings() }
        let bytes = try FileContent.read(settingsFile)
        do { return try JSONDecoder().decode(Settings.self, from: Data(bytes)) } catch {
            throw MailCAError(
                .damaged, "\(settingsFile) is not a file of settings: \(Self.fault(error))",
                hint: "Nothing was changed. Mend it, or remove it: all that it has is what verify passes over.",
                cause: error)
        }
    }

    /// Keeps what was decided, and makes the directory where there is none.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`.
    public func keep(_ settings: Settings) throws(MailCAError) {
        try prepare()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text: String
        do { text = String(decoding: try encoder.encode(settings), as: UTF8.self) + "\n" } catch {
            throw MailCAError(.internalFault, "the settings could not be written: \(error)", cause: error)
        }
        guard let name = settingsFile.lastComponent?.string else { return }
        try LayoutPlan(items: [.init(name, .text(text), mode: 0o600)]).apply(under: path, directoryMode: 0o700)
    }

    /// Where a file of settings is wrong.
    private static func fault(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "it is of another kind"
                : "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another kind"
        default: "it is not JSON"
        }
    }
}
