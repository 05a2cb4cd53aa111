import ArgumentParser
import MailCA
import MailLayouts
import SystemPackage

/// `mailca undeploy`
struct UndeployCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undeploy",
        abstract: "Take back what deploy did for a mail server.",
        discussion: """
            Examples:
              mailca undeploy postfix --dry-run
              mailca undeploy postfix --reload

            The server's configuration becomes what it was before --apply-config: the very
            same bytes where nobody changed it since, else without the settings that still
            are mailca's. The files that only this server reads go; those that all servers
            read, the certificate among them, stay in --certs. Where lines that were put in
            by hand still need them, nothing is changed, and they are named.

            \(ExitStatus.help)
            """)

    @Argument(help: "sendmail, postfix, exim, dovecot, opensmtpd, cyrus.")
    var servers: [MailServer]

    @Option(help: ArgumentHelp("Where deploy wrote below this directory.", valueName: "dir"))
    var prefix: String?

    @Flag(help: "Tell the servers of their configuration.")
    var reload = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if prefix != nil && reload {
            throw ValidationError("the servers of another machine cannot be told: leave --reload out")
        }
    }

    func run() throws {
        let workplace = try Workplace(common)
        let root = FileContent.absolute(FilePath(prefix ?? "/"))
        let directory = root.appending(common.certsDirectory.components)
        let undeployer = try Undeployer(
            servers, from: directory, certs: common.certsDirectory, in: ConfigurationPlaces(root: root),
            workplace.ledger, now: workplace.authority.now, isDry: common.dryRun)
        if common.dryRun || undeployer.isEmpty {
            return Output.show(
                UndeploymentResult(undeployer, in: directory, reloaded: [], dryRun: common.dryRun), common)
        }
        let told = try undeployer.apply(in: .begin(directory), reloading: reload)
        Output.show(UndeploymentResult(undeployer, in: directory, reloaded: told, dryRun: false), common)
    }
}

/// What was taken back.
struct UndeploymentResult: CommandResult {
    /// The paths of files that were removed.
    let removed: [String]
    let changes: [ConfigurationResult]
    /// The servers that were told.
    let reloaded: [String]
    let dryRun: Bool
    private let isEmpty: Bool
    private let next: String?

    private enum CodingKeys: CodingKey { case removed, changes, reloaded, dryRun }

    init(_ undeployer: Undeployer, in directory: FilePath, reloaded: [MailServer], dryRun: Bool) {
        removed = undeployer.fileNames.map { directory.appending($0).string }
        changes = undeployer.switches.flatMap { ConfigurationResult.all($0) }
        self.reloaded = reloaded.map(\.rawValue)
        self.dryRun = dryRun
        isEmpty = undeployer.isEmpty
        let changed = undeployer.switches.filter { !$0.changes.isEmpty }.map(\.server)
        next = changed.isEmpty ? nil : ConfigurationResult.next(changed, isTold: !reloaded.isEmpty)
    }

    var text: String {
        guard !isEmpty else { return "Nothing of it is there to be taken back.\n" }
        var text = ConfigurationResult.text(changes, dryRun: dryRun)
        text += removed.map { "\(dryRun ? "Would be removed" : "Removed"): \($0)\n" }.joined()
        for server in reloaded { text += "Reloaded \(MailServer(rawValue: server)?.title ?? server)\n" }
        if removed.isEmpty && changes.isEmpty {
            text += "The deployment \(dryRun ? "would know" : "knows") it no more.\n"
        }
        return text + (next.map { "\n\($0)\n" } ?? "")
    }
}
