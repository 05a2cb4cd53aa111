public import ArgumentParser
import FoundationEssentials
public import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

extension RevocationReason: ExpressibleByArgument {}

/// `mailca revoke`
struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take certificates back: their holders can no longer relay.",
        discussion: """
            Examples:
              mailca revoke taro@example.org --reason keyCompromise
              mailca revoke taro@example.org --device phone --reason superseded
              mailca revoke 01a20a2cde0dd1b5b8c9ebddf2986888 --reason cessationOfOperation

            Who has several valid certificates is not guessed at: they are listed, and
            nothing is done without --all or --device. With keyCompromise all
            certificates of the same key are revoked, those from before a renewal too.

            Reasons:
            \(RevocationReason.allCases.map { "  \($0.rawValue)\n    \($0.meaning)" }.joined(separator: "\n"))

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("Serial numbers, mail addresses or hosts.", valueName: "certificate"))
    var certificates: [String]

    @Option(help: "Why, by RFC 5280's names.")
    var reason: RevocationReason = .unspecified

    @Flag(help: "All valid certificates of each name.")
    var all = false

    @Option(help: ArgumentHelp("The certificates of this device alone.", valueName: "label"))
    var device: String?

    @Option(
        help: ArgumentHelp(
            "Since when its key may be in other hands, as 2026-11-23 or 2026-11-23T20:00:00Z. Default: now.",
            valueName: "time"))
    var at: TimeArgument?

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        var workplace = try Workplace(common)
        let selection = Selection(device: device, all: all)
        var entries: [LedgerEntry] = []
        for text in certificates {
            for entry in try selection.find(text, in: workplace.authority) where !entries.contains(entry) {
                entries.append(entry)
            }
        }
        for entry in entries where entry.revocation != nil { Messages.note(Self.past(entry)) }
        var live = entries.filter { $0.revocation == nil }
        if reason == .keyCompromise {
            let others = try workplace.authority.sharingKeys(with: entries)
            for other in others {
                Messages.note("the certificate \(CertificateResult(other).line) is of the same key, and goes with it")
            }
            live += others
        }
        if common.dryRun {
            return Output.show(RevocationResult(live, reason, workplace.plannedFiles(common), common), common)
        }
        // Also where nothing is left to revoke: an earlier command may not have come as far as the lists.
        let isPublished = try workplace.authority.revocationListsAreComplete()
        if !live.isEmpty || !isPublished { try workplace.unlock(passphrase) }
        let transaction = try FileTransaction.begin(common.certsDirectory)
        try workplace.authority.revoke(live.map(\.serialNumber), reason: reason, at: at?.date)
        let files: [FileResult]
        do throws(MailCAError) {
            files = try workplace.publishRevocationLists(in: transaction, anew: !live.isEmpty || !isPublished)
        } catch {
            throw MailCAError(
                error.code, "revoked in the ledger, but the mail server does not know yet: \(error.message)",
                hint: "Run the command again, or mailca crl: until then the holder still gets in.", cause: error)
        }
        let advice = RevocationAdvice(try workplace.ledger.deployments()).lines
        Output.show(RevocationResult(live, reason, files, common, advice: advice), common)
    }

    private static func past(_ entry: LedgerEntry) -> String {
        let names = entry.names.joined(separator: ", ")
        guard let revocation = entry.revocation else { return names }
        return
            "the certificate \(entry.serialNumber) of \(names) was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue))"
    }
}

/// What came of taking certificates back.
struct RevocationResult: CommandResult {
    let revoked: [CertificateResult]
    let reason: String
    let files: [FileResult]
    /// Where a mail server still lets the holder in, and what helps.
    let warnings: [String]
    let dryRun: Bool

    init(
        _ entries: [LedgerEntry], _ reason: RevocationReason, _ written: [FileResult], _ common: CommonOptions,
        advice: [String] = []
    ) {
        warnings = advice
        revoked = entries.map { CertificateResult($0) }
        self.reason = reason.rawValue
        files = written
        dryRun = common.dryRun
    }

    var text: String {
        var text = revoked.map { "\(dryRun ? "Would revoke" : "Revoked") \($0.line) (\(reason))\n" }.joined()
        if dryRun { return text + "\n" + FileResult.text(files, "Would write:") }
        if revoked.isEmpty && files.isEmpty { return "Nothing was changed.\n" }
        text += "\n" + FileResult.text(files, "Wrote:")
        return text + "\n" + warnings.map { "\($0)\n" }.joined()
    }
}
