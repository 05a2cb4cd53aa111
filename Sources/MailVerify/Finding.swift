public import MailLayouts

/// Something that is wrong, or will be: what, where, and the command that mends it.
public struct Finding: Sendable, Hashable {
    /// Stable, dotted, such as `sendmail.key.group-readable`: scripts and documentation know it by this.
    public let id: String
    public let severity: Severity
    /// The file, directory or certificate that it is about.
    public let subject: String
    /// What is wrong and what comes of it, in a sentence without a full stop.
    public let message: String
    /// A command that mends it, or what to do where no command can.
    public let remedy: String

    /// - Parameters:
    ///   - id: one of `FindingCatalogue`, which has to know the severity, too; anything else is a fault of the program.
    init(_ id: String, _ severity: Severity, _ subject: String, _ message: String, remedy: String) {
        assert(
            FindingCatalogue.kind(id)?.severities.contains(severity) == true,
            "\(id) is not in the catalogue of findings as \(severity)")
        self.id = id
        self.severity = severity
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }
}

/// How bad a finding is.
public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Worth knowing; nothing fails.
    case note
    /// Will fail one day, or weakens something.
    case warning
    /// Fails now, or lets somebody in who should not be.
    case error

    public static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
    }
}

/// What a verification saw.
public struct Report: Sendable {
    /// What was looked at: paths, in order.
    public var subjects: [String]
    /// How many certificates were validated, where that was what was asked for.
    public var certificates: Int?
    /// The mail servers as whose directories were looked at; none where none was.
    public private(set) var servers: [MailServer]
    /// The worst first, in the order of the checks within one severity.
    public private(set) var findings: [Finding]
    /// What was found and is passed over, because somebody said so.
    public private(set) var ignored: [Finding] = []
    /// What files are, in the order in which they were looked at.
    public var files: [FileDetail] = []

    public init(subjects: [String] = [], servers: [MailServer] = [], findings: [Finding] = []) {
        self.subjects = subjects
        self.servers = servers
        self.findings = []
        add(findings)
    }

    public mutating func add(_ more: [Finding]) {
        let all = (findings + more).enumerated().sorted { one, other in
            one.element.severity == other.element.severity
                ? one.offset < other.offset : one.element.severity > other.element.severity
        }
        findings = all.map(\.element)
    }

    public func merging(_ other: Report) -> Report {
        var merged = self
        merged.subjects += other.subjects
        if let count = other.certificates { merged.certificates = (certificates ?? 0) + count }
        merged.servers += other.servers.filter { !servers.contains($0) }
        merged.add(other.findings)
        merged.ignored += other.ignored
        merged.files += other.files
        return merged
    }

    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// The same without what one did not ask for, and with what is to be ignored set apart.
    /// - Parameters:
    ///   - only: what is wanted; everything where there is none.
    ///   - ids: of what is to be ignored.
    public func choosing(only: [FindingPattern], ignoring ids: Set<String>) -> Report {
        let wanted = findings.filter { finding in only.isEmpty || only.contains { $0.matches(finding.id) } }
        var report = self
        report.findings = wanted.filter { !ids.contains($0.id) }
        report.ignored += wanted.filter { ids.contains($0.id) }
        return report
    }
}
