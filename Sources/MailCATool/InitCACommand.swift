import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// `mailca init-ca`
struct InitCACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init-ca",
        abstract: "Make a CA that signs the server's certificate and one for each user.",
        discussion: """
            Examples:
              mailca init-ca --domain example.org
              mailca init-ca "Example Mail CA" --domain example.org
              mailca init-ca --domain example.org --passphrase-file secret
              mailca init-ca --domain example.org --offline-root --root-key root.key

            The CA can name only hosts and users of its domains; without --domain,
            of this machine's domain. Its key is encrypted with the passphrase. An
            existing CA is never touched.

            \(ExitStatus.help)
            """)

    @Argument(help: "The CA's name. Default: the first domain and \"Mail CA\".")
    var name: String?

    @Option(help: ArgumentHelp("A domain that it may name, subdomains included. Can be repeated.", valueName: "domain"))
    var domain: [String] = []

    @Option(help: ArgumentHelp("IP addresses that it may name, as 192.0.2.0/24. Can be repeated.", valueName: "cidr"))
    var permitIp: [String] = []

    @Flag(help: "Let it name every host and user there is. Whoever gets its key can then be anybody.")
    var unconstrained = false

    @Option(help: ArgumentHelp("How long it is valid. Default: 3650.", valueName: "number"))
    var days: Int?

    @Option(help: "Which kind of key.")
    var key: KeyAlgorithm = .ecP256

    @Flag(help: "Make a root to be locked away, and an issuing CA for the daily work.")
    var offlineRoot = false

    @Option(help: ArgumentHelp("Where the root's key goes, with --offline-root.", valueName: "file"))
    var rootKey: String?

    @OptionGroup var passphrase: PassphraseOptions

    @Flag(help: "Do not encrypt the CA's key.")
    var noPassphrase = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if offlineRoot != (rootKey != nil) {
            throw ValidationError("--offline-root and --root-key FILE go together")
        }
        if noPassphrase && (passphrase.passphraseFile != nil || passphrase.passphraseFd != nil) {
            throw ValidationError("--no-passphrase and a passphrase exclude each other")
        }
    }

    func run() throws {
        try common.checkPlaces()
        let parameters = try authorityParameters()
        try check(parameters)
        if common.dryRun { return Output.show(try AuthorityResult(planned: parameters, self), common) }
        let secret = noPassphrase ? nil : try passphrase.read(isNew: true)
        let certs = common.certsDirectory
        let transaction = try FileTransaction.begin(certs)
        let work = NewAuthority(home: common.homeDirectory, rootKey: rootKey.map { FilePath($0) })
        let authority = try work.make(parameters, passphrase: secret)
        let lists = try authority.latestRevocationLists()
        var plan = try MailLayout.sendmail.plan(authority, revocationLists: lists)
        plan.keepAllOld(Date())
        let outcome = try plan.apply(in: transaction)
        try authority.ledger.remember(Deployment(directory: certs.string))
        if let advice = key.advice { Messages.warning(advice) }
        Output.show(AuthorityResult(authority, outcome, self), common)
    }

    private func authorityParameters() throws(MailCAError) -> AuthorityParameters {
        var domains = domain
        if domains.isEmpty && !unconstrained {
            let host = try machineName()
            let labels = host.labels
            domains = [(labels.count > 2 ? labels.dropFirst() : labels[...]).joined(separator: ".")]
            Messages.note("no --domain was given: the CA is made for \(domains[0]), the domain of this machine")
        }
        return AuthorityParameters(
            name: name ?? domains.first.map { "\($0) Mail CA" } ?? "Mail CA", domains: domains, addressBlocks: permitIp,
            insecureUnconstrained: unconstrained, days: days, keyAlgorithm: key, offlineRoot: offlineRoot)
    }

    private func machineName() throws(MailCAError) -> HostName {
        do { return try MachineName.fullyQualified() } catch {
            throw MailCAError(
                error.code, "no --domain was given, and \(error.message)",
                hint: "Name the domain that the CA is for, as in mailca init-ca --domain example.org.", cause: error)
        }
    }

    /// What can be refused before anything is made.
    private func check(_ parameters: AuthorityParameters) throws(MailCAError) {
        try parameters.check()
        for name in try parameters.commonNames() {
            do {
                _ = try SendmailAccess.matchable(try DistinguishedName([.commonName(name)]))
            } catch let error as MailCAError {
                throw error
            } catch {
                throw MailCAError(.invalidName, "\(error)", cause: error)
            }
        }
        try NewAuthority(home: common.homeDirectory, rootKey: nil).refuseIfPresent()
        guard let rootKey = rootKey.map({ FileContent.absolute(FilePath($0)) }) else { return }
        if try FileContent.exists(rootKey) {
            throw MailCAError(
                .alreadyExists, "\(rootKey.string) is there already, and a key is never overwritten",
                hint: "Name a new file for the root's key.")
        }
        let directory = rootKey.removingLastComponent()
        guard FileStatus(directory, following: true)?.isDirectory == true else {
            throw MailCAError(
                .notFound, "there is no directory \(directory.string) for the root's key",
                hint: "Make it, or name a file in another one.")
        }
    }
}
