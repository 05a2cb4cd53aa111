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
    /// How many certificates were validated; nil where none was asked about.
    let certificates: Int?
    /// What was seen of mail servers; nil where none was looked at.
    let services: [ServiceResult]?
    let findings: [Item]

    init(_ report: Report, services: [ServiceResult], places: String) {
        subjects = report.subjects
        certificates = report.certificates
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

    /// What was looked at, of very many the first.
    private var names: String {
        let shown = subjects.count > 20 ? Array(subjects.prefix(3)) + ["and \(subjects.count - 3) more"] : subjects
        return shown.joined(separator: ", ")
    }

    var text: String {
        let counted = certificates.map { " (\($0) certificate\($0 == 1 ? "" : "s"))" } ?? ""
        let looked = "Looked at \(names)\(counted).\n" + (services ?? []).map(\.line).joined()
        if findings.isEmpty { return looked + "Nothing is wrong.\n" }
        func count(_ severity: Severity) -> String {
            let number = findings.count { $0.severity == severity.rawValue }
            return "\(number) \(severity.rawValue)\(number == 1 ? "" : "s")"
        }
        return looked + findings.map(\.text).joined()
            + "\n\(count(.error)), \(count(.warning)), \(count(.note)).\n"
    }
}

extension ReportResult.Item {
    fileprivate var text: String { "\n\(severity): \(subject): \(message) [\(id)]\n  mend: \(remedy)\n" }
}
