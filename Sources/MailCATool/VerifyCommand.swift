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
        // What is wrong with the arguments is said before anybody is talked to.
        let services = try targets.filter(MailService.isURL).map { (url) throws(MailCAError) in
            try MailService(url: url)
        }
        let inspection =
            try services.isEmpty ? nil : LiveInspection(live, services, ca: path.ca, common, workplace?.authority)
        let collected = try certificates(workplace?.authority)
        let paths = try collected.isEmpty ? nil : PathInspection(path, common, workplace?.authority)
        func lookAtAll() throws(MailCAError) -> (Report, [ServiceResult]) {
            try look(verifier, services, inspection, workplace, paths, Set(collected))
        }
        var (report, seen) = try lookAtAll()
        report = report.choosing(only: try choice.patterns(), ignoring: Set(settings.ignored.map(\.id)))
        var mended: [RepairPlan.Step]?
        if choice.fix {
            let mending = Mending(choice, common, workplace)
            mended = try mending.mend(targets, verifier, leaving: report.ignored)
            if mended?.isEmpty == false && !common.dryRun {
                (report, seen) = try lookAtAll()
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

    private func look(
        _ verifier: Verifier, _ services: [MailService], _ inspection: LiveInspection?, _ workplace: Workplace?,
        _ paths: PathInspection?, _ collected: Set<String>
    ) throws(MailCAError) -> (Report, [ServiceResult]) {
        var report = Report()
        var seen: [ServiceResult] = []
        let others = targets.filter { !collected.contains($0) }
        for target in targets.isEmpty ? [common.certsDirectory.string] : others {
            if MailService.isURL(target), let inspection {
                let (service, findings) = try inspection.look(at: services[seen.count])
                seen.append(service)
                report = report.merging(Report(subjects: [service.url], findings: findings))
            } else {
                report = report.merging(try look(at: FilePath(target), verifier))
            }
        }
        if let paths {
            report = report.merging(try paths.look(at: targets.filter(collected.contains).map { FilePath($0) }))
        }
        if targets.isEmpty, let workplace { report = report.merging(try verifier.verify(home: workplace.home)) }
        return (report, seen)
    }

    /// The targets that are certificates to be validated, and no mail server's files.
    private func certificates(_ authority: Authority?) throws(MailCAError) -> [String] {
        var found: [String] = []
        for target in targets where !MailService.isURL(target) {
            if path.isUsed {
                found.append(target)
            } else if FileStatus(FilePath(target), following: true)?.isDirectory == true,
                try PathInspection.isCollection(FilePath(target), authority)
            {
                found.append(target)
            }
        }
        return found
    }

    private func look(at target: FilePath, _ verifier: Verifier) throws(MailCAError) -> Report {
        guard FileStatus(target, following: true)?.isDirectory == true else {
            return try verifier.verify(file: target) { (file) throws(MailCAError) in
                try files.password(of: file, common)
            }
        }
        if !common.dryRun { settle(target) }
        return try verifier.verify(directory: target)
    }

    /// Ends what a killed command left in a directory, where one may.
    private func settle(_ directory: FilePath) {
        if let recovered = try? FileTransaction.recover(directory) {
            Messages.tell(recovered: recovered, in: directory)
        }
    }
}
