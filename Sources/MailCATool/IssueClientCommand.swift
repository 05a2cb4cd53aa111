import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// How a user's certificate is handed over.
enum ClientFormat: String, ExpressibleByArgument, CaseIterable {
    case p12, pem
}

/// `mailca issue-client`
struct IssueClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue-client",
        abstract: "Sign a certificate for a user, who may then relay through the server.",
        discussion: """
            Examples:
              mailca issue-client taro@example.org
              mailca issue-client taro@example.org --name "Taro Yamada" --device phone
              mailca issue-client hanako@example.org --csr hanako.csr
              mailca issue-client --from users.csv --out certificates

            The file ADDRESS.p12 holds key, certificate and chain; its password is
            shown once. The key is not kept here. With --csr it never was: only
            ADDRESS.pem is written.

            --from reads a list of address, name and device, comma-separated; - is
            standard input. All of it is checked before the first is made. Who has a
            valid certificate gets no other, so that a run that was stopped can be run
            again. The passwords go to passwords.csv beside the files.

            \(ExitStatus.help)
            """)

    @Argument(help: "The users' mail addresses.")
    var addresses: [String] = []

    @Option(help: ArgumentHelp("Make one for each user of this list (CSV).", valueName: "file"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "The user's name in full, which mail programs show beside the certificate.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Which of the user's devices it is for.", valueName: "label"))
    var device: String?

    @Option(help: ArgumentHelp("How long it is valid. Default: 365.", valueName: "number"))
    var days: Int?

    @Option(help: "Which kind of key.")
    var key: KeyAlgorithm = .ecP256

    @Option(help: ArgumentHelp("Where the files go. Default: here.", valueName: "dir"))
    var out: String?

    @Option(help: "One file with a password, or certificate and key in PEM.")
    var format: ClientFormat = .p12

    @Flag(help: "A .p12 that older Windows, macOS and Android can import, with weaker encryption.")
    var compat = false

    @Option(help: ArgumentHelp("Read the password of the .p12 from the first line of a file.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("Sign the key of this request; nothing else of it is believed.", valueName: "file"))
    var csr: String?

    @Flag(help: "Replace existing files.")
    var force = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if addresses.isEmpty == (from == nil) { throw ValidationError("give addresses, or a list with --from") }
        if from != nil && (csr != nil || name != nil || device != nil || passwordFile != nil) {
            throw ValidationError("with --from, name and device stand in the list, and each file has its own password")
        }
        if addresses.count > 1 && (csr != nil || name != nil) {
            throw ValidationError("--csr and --name are of one user: give one address")
        }
        if compat && (format == .pem || csr != nil) { throw ValidationError("--compat is a kind of .p12") }
        if passwordFile != nil && (format == .pem || csr != nil) { throw ValidationError("only a .p12 has a password") }
    }

    func run() throws {
        if let from { return try runList(from) }
        let request = try csr.map { try RequestFile.read($0) }
        let parameters = addresses.map {
            CertificateParameters.client(
                $0, fullName: name, device: device, days: days, key: key, request: request)
        }
        var workplace = try Workplace(common)
        try workplace.authority.check(parameters)
        let delivery = try ClientDelivery(
            stems: distinctAddresses().map(\.safeFileName), directory: common.usersDirectory(out),
            form: form)
        if common.dryRun {
            if !force { try delivery.refuseIfPresent() }
            return Output.show(PlannedResult(kind: "client", names: addresses, files: delivery.files), common)
        }
        let password = try passwordFile.map { try PassphraseOptions.read($0) }
        if let password { try GeneratedPassword.check(chosen: password) }
        try workplace.unlock(passphrase)
        let transaction = try delivery.reserve(replacing: force, workplace.ledger)
        let issued = try workplace.authority.issue(parameters)
        let passwords = try delivery.write(issued, chosen: password, to: transaction)
        try transaction.commit()
        if csr == nil, let advice = key.advice { Messages.warning(advice) }
        var users: [ClientResult.User] = []
        for ((issued, generated), files) in zip(zip(issued, passwords), delivery.filesByAddress) {
            users.append(
                ClientResult.User(
                    certificate: CertificateResult(issued), files: files, password: generated,
                    others: try workplace.authority.otherLiveCertificates(of: issued).map { CertificateResult($0) }))
        }
        for certificate in issued { Self.warnOfLongSubject(certificate) }
        Output.show(ClientResult(users: users), common)
        try workplace.refreshLists()
    }

    /// Sendmail cuts what it looks up.
    private static func warnOfLongSubject(_ issued: IssuedCertificate) {
        guard (try? SendmailAccess.matchable(issued.fields.subject)) == nil else { return }
        Messages.warning(
            "Sendmail cannot match the name \(issued.fields.subject): with --relay listed it will not let this user relay"
        )
    }

    private var form: ClientDelivery.Form {
        csr != nil ? .certificate : format == .pem ? .pem : .p12(compat ? .insecureCompatible : .modern)
    }

    private func runList(_ path: String) throws {
        var workplace = try Workplace(common)
        let (days, key) = (days, key)
        let parameters = { @Sendable (user: Roster.User) in
            CertificateParameters.client(
                user.address, fullName: user.fullName, device: user.device, days: days, key: key)
        }
        let roster = try RosterFile(authority: workplace.authority, parameters: parameters).read(path)
        let directory = try common.usersDirectory(out)
        if common.dryRun {
            return Output.show(BulkPlan(users: roster.count, directory: directory.string), common)
        }
        try workplace.unlock(passphrase)
        if let advice = key.advice { Messages.warning(advice) }
        Output.show(try issue(roster, in: directory, workplace.authority, parameters), common)
        try workplace.refreshLists()
    }

    private func issue(
        _ roster: Roster, in directory: FilePath, _ authority: Authority,
        _ parameters: @escaping @Sendable (Roster.User) -> CertificateParameters
    ) throws(MailCAError) -> BulkResult {
        let files = try FileBatches(directory: directory, growing: BulkIssue.passwords)
        return try BulkIssue(
            authority: authority, files: files, form: form, parameters: parameters, isReplacing: force,
            showsProgress: !common.quiet
        ).run(roster)
    }

    /// The addresses, none of them twice: each has one file.
    private func distinctAddresses() throws(MailCAError) -> [EmailAddress] {
        var found: [EmailAddress] = []
        for text in addresses {
            let address = try EmailAddress(text)
            if found.contains(where: { $0.lookupKey == address.lookupKey }) {
                throw MailCAError(
                    .invalidParameters, "the address \(address.description) is given twice",
                    hint: "Name each user once; for a second certificate run the command again with another --out.")
            }
            found.append(address)
        }
        return found
    }
}
