import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// `mailca restore`
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a CA back from a backup, and enter certificates that it does not know.",
        discussion: """
            Examples:
              mailca restore /media/usb/mailca-2026-11-23.backup
              mailca restore mailca.backup --from /srv/copies-of-certificates
              mailca restore --from /srv/copies-of-certificates

            A CA that is whole is not touched without --force. What is replaced is kept
            beside, under a name with the time in it.

            A backup knows nothing of what came after it. Certificates that were issued
            since, and lists that tell of revocations since, are looked for in the
            directory of certificates, where servers were set up, and with --from.

            \(ExitStatus.help)
            """)

    @Argument(help: "A file that mailca backup made.")
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Read certificates and revocation lists in this directory and below. Can be repeated.", valueName: "dir"))
    var from: [String] = []

    @Flag(help: "Replace a CA that is whole, or another one.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if file == nil && from.isEmpty { throw ValidationError("give a backup, or --from with a directory, or both") }
    }

    func run() throws {
        var search = try Search(from.map { FileContent.absolute(FilePath($0)) })
        guard let file else { return try recover(into: try Workplace(common), search, nil) }
        let restoration = try Restoration(
            FileContent.absolute(FilePath(file)), home: common.homeDirectory, force: force)
        let situation = try restoration.situation()
        try restoration.refuse(situation)
        if common.dryRun {
            return Output.show(RestoreResult(planned: restoration, situation, search, common), common)
        }
        switch situation {
        case .filesOnly(let names) where !force:
            let outcome = try restoration.replaceFiles(names)
            try recover(into: try Workplace(common), search, (restoration, outcome))
        case .restored where !force:
            try recover(into: try Workplace(common), search, (restoration, try restoration.replaceFiles([])))
        default:
            var plan: RecoveryPlan?
            let outcome = try restoration.replaceLedger(situation) { (ledger) throws(MailCAError) in
                let deployed = try ledger.deployments().map { FilePath($0.directory) }
                let found = try search.plan(for: ledger, also: [common.certsDirectory] + deployed)
                try found.enter()
                try search.updateDeployments(of: ledger, common.certsDirectory)
                plan = found
                return found.newestLists
            }
            Output.show(RestoreResult(restoration, situation, outcome, plan, search, common), common)
        }
    }

    /// Enters what a ledger that is whole does not know.
    private func recover(
        into workplace: Workplace, _ search: Search, _ before: (Restoration, Restoration.Outcome)?
    ) throws(MailCAError) {
        var search = search
        let plan = try search.plan(for: workplace.ledger)
        if !common.dryRun { try plan.enter() }
        Output.show(RestoreResult(plan, search, before, common), common)
    }
}
