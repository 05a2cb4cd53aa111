import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import SystemPackage

/// `mailca maintain`
struct MaintainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintain",
        abstract: "Do what is due: renew servers' certificates, make new lists, put files in place.",
        discussion: """
            Examples:
              mailca maintain --dry-run
              mailca maintain --passphrase-file /etc/mailca/passphrase

            A timer runs it once a day. It prints a line for each thing that it did, and
            nothing where nothing was due. Servers' certificates are renewed, with their
            keys, when a third of their life is left; a new revocation list is made when
            half of the old one's life is over, or a week without a run could end it.
            What could not be done is an error, each day until it is mended.

            \(ExitStatus.help)
            """)

    @Option(help: ArgumentHelp("Drop a deployment: this directory is not kept up to date any more.", valueName: "dir"))
    var forget: String?

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let workplace = try Workplace(common)
        if let forget {
            let path = FileContent.absolute(FilePath(forget))
            try workplace.ledger.forget(deployment: path.string)
            return Output.show(
                MaintenanceResult(deeds: ["dropped the deployment \(path)"], problems: [], dryRun: false), common)
        }
        try workplace.ledger.check()
        let outcome = try Maintenance(workplace.authority, isDry: common.dryRun).run(
            unlock: { (_) throws(MailCAError) in
                var unlocked = workplace
                try unlocked.unlock(passphrase)
                return unlocked.authority
            })
        for problem in outcome.problems { Messages.error(problem) }
        Output.show(
            MaintenanceResult(
                deeds: outcome.deeds, problems: outcome.problems.map(\.message), dryRun: common.dryRun), common)
        if let first = outcome.problems.first { throw ExitCode(ExitStatus.of(first.code)) }
    }
}

/// What was due, and what came of it.
struct MaintenanceResult: CommandResult {
    let deeds: [String]
    let problems: [String]
    let dryRun: Bool

    var text: String { deeds.map { "\($0)\n" }.joined() }
}
