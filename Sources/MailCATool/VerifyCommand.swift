import ArgumentParser
import MailCA
import MailLayouts
import MailVerify

/// `mailca verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find what is wrong before a mail server or a user does.",
        discussion: """
            Examples:
              mailca verify
              mailca verify /etc/mail/certs --for sendmail --for dovecot
              mailca verify taro@example.org.p12
              mailca verify --ca root.pem --host mail.example.org cert.pem
              mailca verify smtp://mail.example.org imaps://mail.example.org
              mailca verify smtp://mail.example.org --client taro@example.org.p12

            Without a target it looks at the directory of certificates and, where there
            is one, at the CA. Each finding says what is wrong, where, and what mends it.

            A running server is looked at as a client does: smtp, submission, smtps, imap,
            imaps, pop3, pop3s, sieve, lmtp. No mail is sent.

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("Directories, files, and URLs of mail servers.", valueName: "target"))
    var targets: [String] = []

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "Of directories: what this mail server makes of them. Default: those they are deployed for, or Sendmail.",
            valueName: "server"))
    var servers: [MailServer] = []

    @OptionGroup(title: "For validating certificates") var path: PathOptions

    @OptionGroup(title: "For running mail servers") var live: LiveOptions

    @OptionGroup(title: "For files") var files: FileOptions

    @OptionGroup(title: "For findings") var choice: FindingOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if live.isUsed && !targets.contains(where: MailService.isURL) {
            throw ValidationError("\(LiveOptions.names) go with the URL of a mail server, as smtp://mail.example.org")
        }
        if path.isForFiles && targets.allSatisfy(MailService.isURL) {
            throw ValidationError("\(PathOptions.names) go with the file of a certificate, as taro@example.org.pem")
        }
        if path.isUsed && targets.isEmpty {
            throw ValidationError("--ca goes with the file of a certificate, or with the URL of a mail server")
        }
    }

    func run() throws {
        if choice.listFindings { return Output.show(FindingListResult(), common) }
        // Where another CA was named for files alone, that of this machine has no part in it.
        let isForeign = !path.ca.isEmpty && !targets.contains(where: MailService.isURL)
        let workplace = try isForeign ? nil : Workplace.whereThere(common)
        let settings = try choice.settings(common)
        let verifier = Verifier(
            layout: .sendmail, servers: servers.isEmpty ? nil : servers, authority: workplace?.authority)
        let inspection = try Inspection(self, verifier, workplace)
        var (report, seen) = try inspection.look()
        report = report.choosing(only: try choice.patterns(), ignoring: Set(settings.ignored.map(\.id)))
        var mended: [RepairPlan.Step]?
        if choice.fix {
            let mending = Mending(choice, common, workplace)
            mended = try mending.mend(targets, verifier, leaving: report.ignored)
            if mended?.isEmpty == false && !common.dryRun {
                (report, seen) = try inspection.look()
                report = report.choosing(only: [], ignoring: Set(settings.ignored.map(\.id)))
            }
        }
        let result = ReportResult(report, services: seen, choice, settings, mended: mended, places: common.places)
        Output.show(result, common)
        let failing = report.findings.filter { $0.severity >= choice.failOn }
        if !failing.isEmpty {
            throw ExitCode(failing.allSatisfy { $0.severity == .error } && LiveInspection.isOutOfReach(report) ? 69 : 1)
        }
    }
}
