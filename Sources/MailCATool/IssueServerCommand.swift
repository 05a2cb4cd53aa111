import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// `mailca issue-server`
struct IssueServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue-server",
        abstract: "Sign a certificate for a mail server, and lay it out for Sendmail.",
        discussion: """
            Examples:
              mailca issue-server mail.example.org smtp.example.org
              mailca issue-server mx2.example.org --csr mx2.csr

            With --csr the key stays where it is: only its certificate is written. An
            existing pair is not touched without --force. The CA's files beside it are
            brought up to date.

            \(ExitStatus.help)
            """)

    @Argument(help: "Host names and IP addresses by which the server is reached; the first becomes its common name.")
    var hosts: [String]

    @Option(help: ArgumentHelp("How long it is valid. Default: 365.", valueName: "number"))
    var days: Int?

    @Option(help: "Which kind of key.")
    var key: KeyAlgorithm = .ecP256

    @Option(help: ArgumentHelp("Sign the key of this request; nothing else of it is believed.", valueName: "file"))
    var csr: String?

    @Flag(help: "Replace an existing certificate; the old one is kept beside it under a name with the time in it.")
    var force = false

    @Flag(help: "Tell the mail servers there of their new files, now and whenever mailca changes them.")
    var reload = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let now = Date()
        let certs = common.certsDirectory
        let request = try csr.map { try RequestFile.read($0) }
        let parameters = CertificateParameters.server(hosts, days: days, key: key, request: request)
        var workplace = try Workplace(common)
        try workplace.authority.check([parameters])
        let pair = csr == nil ? MailLayout.pairFileNames : [MailLayout.FileName.certificate]
        var plan = LayoutPlan(items: [])
        if !force { plan.mustBeNew = pair }
        if common.dryRun {
            try plan.refuse(under: certs)
            return Output.show(PlannedResult(kind: "server", names: hosts, files: plannedFiles(certs)), common)
        }
        try workplace.unlock(passphrase)
        let transaction = try FileTransaction.begin(certs)
        try transaction.refuse(plan.mustBeNew)
        let issued = try workplace.authority.issue(parameters)
        let lists = try workplace.authority.revocationLists()
        let known = try workplace.ledger.deployments().first { $0.directory == certs.string }
        var deployment = known ?? Deployment(directory: certs.string)
        deployment.certificate = issued.serialNumber
        if reload { deployment.reload = true }
        let directory = DeployedDirectory(deployment)
        plan = plan.merging(try directory.plan(laying: issued, workplace.authority, lists))
        plan.keepOld = (pair, now)
        if csr == nil, let advice = key.advice { Messages.warning(advice) }
        let outcome = try plan.apply(in: transaction)
        try workplace.ledger.remember(deployment)
        let configuration = SendmailConfiguration.authority(certs: certs)
        let others = try workplace.authority.otherLiveCertificates(of: issued).map { CertificateResult($0) }
        // The new lists are for all who read any.
        _ = try workplace.layOutElsewhere(than: certs, lists)
        if reload { try directory.tellServers(changed: Set(outcome.written.map(\.name))) }
        Output.show(
            ServerResult(
                issued, outcome, common: common, configuration: configuration,
                requirements: SendmailConfiguration.requirements, others: others), common)
    }

    private func plannedFiles(_ certs: FilePath) -> [FileResult] {
        let certificate = FileResult(path: certs.appending(MailLayout.FileName.certificate), mode: "0644")
        guard csr == nil else { return [certificate] }
        return [FileResult(path: certs.appending(MailLayout.FileName.privateKey), mode: "0600"), certificate]
    }
}

/// What would be made, where nothing is.
struct PlannedResult: CommandResult {
    let kind: String
    let names: [String]
    let files: [FileResult]
    var dryRun = true

    var text: String {
        "Would make a \(kind) certificate for \(names.joined(separator: ", "))\n\n"
            + FileResult.text(files, "Would write:")
    }
}

/// A certification request in a file.
enum RequestFile {
    static func read(_ path: String) throws(MailCAError) -> CertificateRequest {
        let bytes = try FileContent.read(FilePath(path))
        do { return try CertificateRequest(pemOrDER: bytes) } catch {
            throw MailCAError(
                .invalidRequest, "\(path) is not a certification request: \(error)",
                hint: "Give a PKCS #10 request in PEM or DER.", cause: error)
        }
    }
}
