/// What a file is, beside what is wrong with it.
public struct FileDetail: Sendable, Hashable {
    /// Its path.
    public let subject: String
    /// Such as `request`, `PKCS #12 file`.
    public let kind: String
    /// What is in it, a sentence or a list each.
    public let lines: [String]
    /// Who can import it; empty for what nobody imports.
    public let importers: [Verdict]

    /// What one program makes of it.
    public struct Verdict: Sendable, Hashable {
        public let importer: Importer
        public let verdict: Importer.Verdict
    }

    init(_ subject: String, kind: String, lines: [String], importers: [Verdict] = []) {
        self.subject = subject
        self.kind = kind
        self.lines = lines
        self.importers = importers
    }
}
