import MailCA
import MailLayouts
import MailVerify

/// A report as text and JSON.
struct ReportResult: CommandResult {
    struct Item: Encodable {
        let id: String
        let severity: String
        let subject: String
        let message: String
        let remedy: String
    }

    /// What was found, and is passed over.
    struct IgnoredItem: Encodable {
        let id: String
        let severity: String
        let subject: String
        let message: String
        let reason: String
        /// Since when, and who said so.
        let date: String
        let user: String
    }

    /// What became of a file, link or directory.
    struct MendedItem: Encodable {
        let path: String
        let before: String
        let after: String
    }

    let subjects: [String]
    /// How many certificates were validated; nil where none was asked about.
    let certificates: Int?
    /// As whose directories were looked at; nil where none was.
    let servers: [MailServer]?
    /// What was seen of mail servers; nil where none was looked at.
    let services: [ServiceResult]?
    /// What files are; nil where none says more than its name.
    let files: [FileItem]?
    let findings: [Item]
    let ignored: [IgnoredItem]
    /// What was mended, or would be; nil where that was not asked for.
    let mended: [MendedItem]?
    /// What alone was asked for.
    private let only: [String]
    /// What is shown in any case.
    private let essential: Set<String>

    private enum CodingKeys: CodingKey {
        case subjects, certificates, servers, services, files, findings, ignored, mended
    }

    init(
        _ report: Report, services: [ServiceResult], _ choice: FindingOptions, _ settings: Settings,
        mended steps: [RepairPlan.Step]?, places: String
    ) {
        mended = steps?.map { MendedItem(path: $0.path.string, before: $0.before, after: $0.after) }
        only = choice.only
        essential = Set(Severity.allCases.filter { $0 > .note || $0 >= choice.failOn }.map(\.rawValue))
        ignored = report.ignored.compactMap { finding in
            settings.ignored.first { $0.id == finding.id }.map { known in
                IgnoredItem(
                    id: finding.id, severity: finding.severity.rawValue, subject: finding.subject,
                    message: finding.message, reason: known.reason, date: known.date, user: known.user)
            }
        }
        subjects = report.subjects
        certificates = report.certificates
        servers = report.servers.isEmpty ? nil : report.servers
        files = report.files.isEmpty ? nil : report.files.map { FileItem($0) }
        self.services = services.isEmpty ? nil : services
        findings = report.findings.map {
            Item(
                id: $0.id, severity: $0.severity.rawValue, subject: $0.subject, message: $0.message,
                remedy: $0.remedy.hasPrefix("mailca ") ? $0.remedy + places : $0.remedy)
        }
    }

    /// Who was taken to read the directories.
    private var readers: String {
        guard let servers else { return "" }
        return "Directories as \(servers.map(\.title).joined(separator: ", ")) would read them.\n"
    }

    var essentialText: String { findings.filter { essential.contains($0.severity) }.map(\.text).joined() }

    /// What was looked at, of very many the first.
    private var names: String {
        let shown = subjects.count > 20 ? Array(subjects.prefix(3)) + ["and \(subjects.count - 3) more"] : subjects
        return shown.joined(separator: ", ")
    }

    var text: String {
        let number = certificates.map { " (\($0) certificate\($0 == 1 ? "" : "s"))" } ?? ""
        let scope = only.isEmpty ? "" : ", for \(only.joined(separator: ", ")) alone"
        let looked =
            "Looked at \(names)\(number)\(scope).\n" + readers + (services ?? []).map(\.line).joined()
            + (files ?? []).map(\.text).joined()
        if findings.isEmpty {
            return looked + (ignored.isEmpty ? "Nothing is wrong.\n" : "Nothing else is wrong\(ignoredText).\n")
        }
        func counted(_ severity: Severity) -> String {
            let count = findings.count { $0.severity == severity.rawValue }
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        let left = mended?.isEmpty == false ? "\nWhat is left is yours to mend:\n" : ""
        return looked + left + findings.map(\.text).joined()
            + "\n\(counted(.error)), \(counted(.warning)), \(counted(.note))\(ignoredText).\n"
    }

    /// `; 2 ignored (sendmail.key.shared: backups need it)`
    private var ignoredText: String {
        guard !ignored.isEmpty else { return "" }
        var seen: Set<String> = []
        let reasons = ignored.filter { seen.insert($0.id).inserted }.map { "\($0.id): \($0.reason.shown)" }
        return "; \(ignored.count) ignored (\(reasons.joined(separator: "; ")))"
    }
}

extension ReportResult.Item {
    fileprivate var text: String { "\n\(severity): \(subject): \(message) [\(id)]\n  mend: \(remedy)\n" }
}
