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

    let subjects: [String]
    /// What was seen of mail servers; nil where none was looked at.
    let services: [ServiceResult]?
    let findings: [Item]

    init(_ report: Report, services: [ServiceResult], places: String) {
        subjects = report.subjects
        self.services = services.isEmpty ? nil : services
        findings = report.findings.map {
            Item(
                id: $0.id, severity: $0.severity.rawValue, subject: $0.subject, message: $0.message,
                remedy: $0.remedy.hasPrefix("mailca ") ? $0.remedy + places : $0.remedy)
        }
    }

    var essentialText: String {
        findings.filter { $0.severity != Severity.note.rawValue }.map(\.text).joined()
    }

    var text: String {
        let looked =
            "Looked at \(subjects.joined(separator: ", ")).\n" + (services ?? []).map(\.line).joined()
        if findings.isEmpty { return looked + "Nothing is wrong.\n" }
        func counted(_ severity: Severity) -> String {
            let count = findings.count { $0.severity == severity.rawValue }
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return looked + findings.map(\.text).joined()
            + "\n\(counted(.error)), \(counted(.warning)), \(counted(.note)).\n"
    }
}

extension ReportResult.Item {
    fileprivate var text: String { "\n\(severity): \(subject): \(message) [\(id)]\n  mend: \(remedy)\n" }
}
