import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import MailVerify
import SystemPackage

/// `mailca verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find what is wrong before Sendmail or a user does.",
        discussion: """
            Examples:
              mailca verify
              mailca verify /etc/mail/certs
              mailca verify taro@example.org.pem

            Without a target it looks at the directory of certificates and, where there
            is one, at the CA. Each finding says what is wrong, where, and what mends it.

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("Directories and PEM files.", valueName: "target"))
    var targets: [String] = []

    @OptionGroup var common: CommonOptions

    func run() throws {
        let workplace = try Workplace.whereThere(common)
        let verifier = Verifier(layout: .sendmail, authority: workplace?.authority)
        var report = Report()
        for target in targets.isEmpty ? [common.certsDirectory] : targets.map({ FilePath($0) }) {
            let isDirectory = FileStatus(target, following: true)?.isDirectory
            if isDirectory == true && !common.dryRun { settle(target) }
            report = report.merging(
                isDirectory == true ? try verifier.verify(directory: target) : try verifier.verify(file: target))
        }
        if targets.isEmpty, let workplace { report = report.merging(try verifier.verify(home: workplace.home)) }
        Output.show(ReportResult(report, places: common.places), common)
        if report.hasErrors { throw ExitCode(1) }
    }

    /// Ends what a killed command left in a directory, where one may.
    private func settle(_ directory: FilePath) {
        if let recovered = try? FileTransaction.recover(directory) {
            Messages.tell(recovered: recovered, in: directory)
        }
    }
}

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
    let findings: [Item]

    init(_ report: Report, places: String) {
        subjects = report.subjects
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
        let looked = "Looked at \(subjects.joined(separator: ", ")).\n"
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
