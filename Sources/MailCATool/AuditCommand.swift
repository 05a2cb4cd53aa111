import ArgumentParser
import FoundationEssentials
import Glibc
import MailCA
import MailLayouts
import MailVerify
import SystemPackage

/// `mailca audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show who did what with the CA, and whether the ledger is as they left it.",
        discussion: """
            Examples:
              mailca audit
              mailca audit --limit 20
              mailca audit --json
              mailca audit --verify

            The oldest act comes first. --verify goes through the whole log and compares
            it with the ledger, with what the CA signed of it, and with the revocation
            lists that lie where mail servers read them.

            \(ExitStatus.help)
            """)

    @Flag(help: "Check that nothing in the ledger was changed, removed or put back.")
    var verify = false

    @Option(
        help: ArgumentHelp(
            "The last so many. Default: all; on a terminal \(AuditCommand.screenful).", valueName: "number"))
    var limit: Int?

    @OptionGroup var common: CommonOptions

    private static let screenful = 100

    func validate() throws {
        if verify && limit != nil { throw ValidationError("--verify looks at all acts, and takes no --limit") }
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
    }

    func run() throws {
        let workplace = try Workplace(common)
        guard verify else { return try show(workplace.ledger) }
        let result = try AuditResult(workplace, certs: common.certsDirectory)
        Output.show(result, common)
        if !result.whole { throw ExitCode(1) }
    }

    private func show(_ ledger: some Ledger) throws(MailCAError) {
        let limit = limit ?? (!common.json && isatty(STDOUT_FILENO) == 1 ? Self.screenful : nil)
        let count = try ledger.lastAct()?.number ?? 0
        var users = UserNames()
        let result = StreamedResult(common, heading: ActRow.heading)
        guard let limit, limit < count else {
            try ledger.forEachAct(newest: nil) { result.add(ActRow($0, &users)) }
            return result.end()
        }
        var last: [Act] = []
        try ledger.forEachAct(newest: limit) { last.append($0) }
        for act in last.reversed() { result.add(ActRow(act, &users)) }
        result.end(common.quiet ? nil : "These are the last \(limit) of \(count): --limit shows more.")
    }
}

/// What came of checking the log.
struct AuditResult: CommandResult {
    struct Fault: Encodable {
        let act: Int64?
        let message: String
    }

    let whole: Bool
    let acts: Int64
    /// How many of them signed a revocation list.
    let lists: Int
    let faults: [Fault]

    init(_ workplace: Workplace, certs: FilePath) throws(MailCAError) {
        let authority = workplace.authority
        acts = try authority.ledger.lastAct()?.number ?? 0
        if acts > 100_000 && isatty(STDERR_FILENO) == 1 { Messages.note("\(acts) acts are being checked") }
        var lists = 0
        try authority.ledger.forEachAct(newest: nil) { if $0.kind == .listed { lists += 1 } }
        self.lists = lists
        let deployed = try authority.ledger.deployments().map { FilePath($0.directory) }
        let directories = deployed.contains(certs) ? deployed : deployed + [certs]
        let found =
            try authority.ledger.auditFaults(authorities: authority.certificates)
            + PublishedLists(authority: authority).faults(in: directories)
        faults = found.map { Fault(act: $0.act, message: $0.message) }
        whole = faults.isEmpty
    }

    var text: String { whole ? "The audit log is whole: \(acts) acts, \(lists) lists signed.\n" : essentialText }

    var essentialText: String { faults.map { "fault: \($0.message.shown)\n" }.joined() }
}
