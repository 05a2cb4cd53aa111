import MailCA
import MailLayouts
import MailVerify
import SystemPackage

/// Looks at everything that `mailca verify` was given, in that order: directories, files and running servers; without
/// any, at the directory of certificates and the CA's own.
struct Inspection {
    private let command: VerifyCommand
    private let verifier: Verifier
    private let workplace: Workplace?
    private let services: [MailService]
    private let live: LiveInspection?
    private let paths: PathInspection?
    /// The targets that are certificates to be validated, and no mail server's files.
    private let collected: Set<String>

    /// - Throws: `MailCAError` where an argument does not fit, which is said before anybody is talked to.
    init(_ command: VerifyCommand, _ verifier: Verifier, _ workplace: Workplace?) throws(MailCAError) {
        self.command = command
        self.verifier = verifier
        self.workplace = workplace
        let (common, authority) = (command.common, workplace?.authority)
        services = try command.targets.filter(MailService.isURL).map { (url) throws(MailCAError) in
            try MailService(url: url)
        }
        live =
            try services.isEmpty
            ? nil : LiveInspection(command.live, services, ca: command.path.ca, common, authority)
        collected = try Self.collected(command, authority)
        paths = try collected.isEmpty ? nil : PathInspection(command.path, common, authority)
    }

    private static func collected(
        _ command: VerifyCommand, _ authority: Authority?
    ) throws(MailCAError) -> Set<String> {
        var found: Set<String> = []
        for target in command.targets where !MailService.isURL(target) {
            if command.path.isUsed {
                found.insert(target)
            } else if FileStatus(FilePath(target), following: true)?.isDirectory == true,
                try PathInspection.isCollection(FilePath(target), authority)
            {
                found.insert(target)
            }
        }
        return found
    }

    /// - Returns: what was found, and what the servers said.
    func look() throws(MailCAError) -> (Report, [ServiceResult]) {
        let targets = command.targets
        var report = Report()
        var seen: [ServiceResult] = []
        for target in targets.isEmpty ? [command.common.certsDirectory.string] : targets
        where !collected.contains(target) {
            if MailService.isURL(target), let live {
                let (service, findings) = try live.look(at: services[seen.count])
                seen.append(service)
                report = report.merging(Report(subjects: [service.url], findings: findings))
            } else {
                report = report.merging(try look(at: FilePath(target)))
            }
        }
        if let paths {
            report = report.merging(try paths.look(at: targets.filter(collected.contains).map { FilePath($0) }))
        }
        if targets.isEmpty, let workplace { report = report.merging(try verifier.verify(home: workplace.home)) }
        return (report, seen)
    }

    private func look(at target: FilePath) throws(MailCAError) -> Report {
        guard FileStatus(target, following: true)?.isDirectory == true else {
            return try verifier.verify(file: target) { (file) throws(MailCAError) in
                try command.files.password(of: file, command.common)
            }
        }
        if !command.common.dryRun { settle(target) }
        return try verifier.verify(directory: target)
    }

    /// Ends what a killed command left in a directory, where one may.
    private func settle(_ directory: FilePath) {
        if let recovered = try? FileTransaction.recover(directory) {
            Messages.tell(recovered: recovered, in: directory)
        }
    }
}
