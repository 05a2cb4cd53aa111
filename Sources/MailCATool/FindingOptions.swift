public import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
public import MailVerify

/// Which findings `mailca verify` is to show, and what is made of them.
struct FindingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("From which severity on the status is 1: error, warning, note.", valueName: "severity"))
    var failOn: Severity = .error

    @Option(
        help: ArgumentHelp("Show these alone: an id, or a group as sendmail. or live.*; repeatable.", valueName: "id"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Ignore this finding from now on, on this machine; repeatable.", valueName: "id"))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("Why, with --ignore.", valueName: "text"))
    var reason: String?

    @Option(help: ArgumentHelp("Ignore it no more; repeatable.", valueName: "id"))
    var noIgnore: [String] = []

    @Flag(help: "Mend what is safe to mend, in directories and the CA's own; the plan is shown first.")
    var fix = false

    @Flag(help: "With --fix: do not ask.")
    var yes = false

    @Flag(help: "Say what can be found, what it means and how it is mended (docs/findings.md), and look at nothing.")
    var listFindings = false

    func validate() throws {
        _ = try patterns()
        for id in ignore + noIgnore where FindingCatalogue.kind(id) == nil {
            // What there was in an earlier version may still stand in the settings.
            if noIgnore.contains(id) { continue }
            _ = try Self.pattern(id)
            throw ValidationError(
                "--ignore takes a whole id, so that nothing is ignored that nobody knows of yet: \(id)")
        }
        if !ignore.isEmpty && (reason ?? "").allSatisfy(\.isWhitespace) {
            throw ValidationError("say why, as in --ignore \(ignore[0]) --reason \"the group is needed for backups\"")
        }
        if let reason, reason.contains(where: \.isNewline) { throw ValidationError("--reason takes one line") }
        if fix && !only.isEmpty {
            throw ValidationError("--fix mends all that it can: leave --only out, or --ignore what is as it should be")
        }
        if yes && !fix { throw ValidationError("--yes goes with --fix") }
        if reason != nil && ignore.isEmpty { throw ValidationError("--reason goes with --ignore") }
        if let both = ignore.first(where: { noIgnore.contains($0) }) {
            throw ValidationError("\(both) cannot be ignored and not ignored")
        }
    }

    func patterns() throws -> [FindingPattern] { try only.map(Self.pattern) }

    private static func pattern(_ text: String) throws -> FindingPattern {
        do { return try FindingPattern(text) } catch {
            throw ValidationError([error.message, error.hint].compactMap(\.self).joined(separator: ". "))
        }
    }

    /// What is ignored, with what the options add and take away; that is kept, unless nothing is to be changed.
    /// - Throws: `MailCAError` where it cannot be read or kept.
    func settings(_ common: CommonOptions) throws(MailCAError) -> Settings {
        let home = common.homeDirectory
        var settings: Settings
        do { settings = try home.settings() } catch {
            // Who has no business with the CA can still look at files.
            guard error.code == .permissionDenied && ignore.isEmpty && noIgnore.isEmpty else { throw error }
            return Settings()
        }
        let before = settings
        let caller = Caller.current
        var users = UserNames()
        let who = UserNames.who(users.name(of: caller.userID), caller.userID, caller.sudoUser)
        for id in ignore {
            settings.ignore(.init(id: id, reason: reason ?? "", date: Timestamp.rfc3339(Date()), user: who))
        }
        for id in noIgnore where !settings.heed(id) { Messages.note("\(id) was not ignored") }
        if settings != before && !common.dryRun {
            try home.keep(settings)
            Messages.note("what is ignored stands in \(home.settingsFile)")
        }
        return settings
    }
}

extension Severity: ExpressibleByArgument {}
