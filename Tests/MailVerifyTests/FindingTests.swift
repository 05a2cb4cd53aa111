import Testing

@testable import MailVerify

@Suite("Findings and reports")
struct FindingTests {
    private func finding(_ subject: String, _ severity: Severity) -> Finding {
        let id =
            switch severity {
            case .note: "ledger.unfinished"
            case .warning: "directory.owner"
            case .error: "pair.mismatch"
            }
        return Finding(id, severity, subject, "message", remedy: "remedy")
    }

    @Test("An error is worse than a warning, and that worse than a note")
    func severities() {
        #expect(Severity.note < .warning)
        #expect(Severity.warning < .error)
        #expect(!(Severity.error < .error))
        #expect([Severity.error, .note, .warning].sorted() == [.note, .warning, .error])
        #expect(Severity.allCases.map(\.rawValue) == ["note", "warning", "error"])
    }

    @Test("The worst comes first, and within one severity what was found first")
    func order() {
        let report = Report(
            subjects: ["/a"],
            findings: [
                finding("1", .note), finding("2", .warning), finding("3", .error), finding("4", .note),
                finding("5", .warning), finding("6", .error),
            ])
        #expect(report.findings.map(\.subject) == ["3", "6", "2", "5", "1", "4"])
        #expect(report.subjects == ["/a"])
    }

    @Test("Two reports in one: the subjects in order, the findings by severity, the first report's before the other's")
    func merging() {
        let one = Report(subjects: ["/a", "/b"], findings: [finding("1", .warning), finding("2", .error)])
        let other = Report(
            subjects: ["/c"], findings: [finding("3", .error), finding("4", .note), finding("5", .warning)])
        let merged = one.merging(other)
        #expect(merged.subjects == ["/a", "/b", "/c"])
        #expect(merged.findings.map(\.subject) == ["2", "3", "1", "5", "4"])
        #expect(one.findings.count == 2)
        #expect(Report().merging(one).findings == one.findings)
    }

    @Test("A report has errors where at least one finding is one")
    func hasErrors() {
        #expect(!Report().hasErrors)
        #expect(!Report(findings: [finding("1", .note), finding("2", .warning)]).hasErrors)
        #expect(Report(findings: [finding("1", .note), finding("2", .error)]).hasErrors)
    }
}
