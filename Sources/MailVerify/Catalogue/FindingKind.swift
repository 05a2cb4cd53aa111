/// One kind of finding: what all findings of one id have in common.
public struct FindingKind: Sendable, Hashable {
    /// Dotted, lower case, and the same for ever: settings, scripts and documentation know it by this.
    public let id: String
    /// The severities in which it comes.
    public let severities: Set<Severity>
    /// What it means, and what comes of it.
    public let meaning: String
    /// How it is mended.
    public let mending: String

    init(_ id: String, _ severities: Severity..., means meaning: String, mend mending: String) {
        self.id = id
        self.severities = Set(severities)
        self.meaning = meaning
        self.mending = mending
    }
}

/// Kinds of findings that belong together, a section of docs/findings.md.
public struct FindingArea: Sendable {
    public let title: String
    /// What is looked at, in a sentence or two.
    public let summary: String
    public let kinds: [FindingKind]
}
