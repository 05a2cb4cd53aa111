public import ArgumentParser
import FoundationEssentials
public import MailCA
import OpenSSLKit

extension Profile: ExpressibleByArgument {
    public init?(argument: String) {
        guard let profile = Profile(rawValue: argument), profile != .selfSigned else { return nil }
        self = profile
    }

    /// No ledger knows the self-signed.
    public static var allValueStrings: [String] { allCases.filter { $0 != .selfSigned }.map(\.rawValue) }
}

extension LedgerEntry.Standing: ExpressibleByArgument {}

/// `mailca list`
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates of the CA.",
        discussion: """
            Examples:
              mailca list
              mailca list --user taro@example.org
              mailca list --expiring 30d --profile server
              mailca list --state revoked --limit 20 --json

            The newest come first; with --expiring and with --state valid or expired
            those that end first, with --state revoked those that were revoked last.

            \(ExitStatus.help)
            """)

    @Option(help: ArgumentHelp("Only those of this user.", valueName: "address"))
    var user: String?

    @Option(help: ArgumentHelp("Only those of this host or IP address.", valueName: "host"))
    var host: String?

    @Option(help: "Only this kind.")
    var profile: Profile?

    @Option(help: "Only those that are so now. Default: all but abandoned ones, which were never published.")
    var state: LedgerEntry.Standing?

    @Option(
        help: ArgumentHelp(
            "Only those that are valid and end within this time, such as 12h, 30d, 2w.", valueName: "time"),
        transform: DurationArgument.init)
    var expiring: DurationArgument?

    @Option(help: ArgumentHelp("At most so many.", valueName: "number"))
    var limit: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if user != nil && host != nil { throw ValidationError("--user and --host exclude each other") }
        if expiring != nil && state ?? .valid != .valid {
            throw ValidationError("--expiring shows what is valid, and --state asks for something else")
        }
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
    }

    func run() throws {
        let now = Date()
        var query = try query(at: now)
        let workplace = try Workplace(common)
        // One more tells whether there are more.
        query.limit = limit.map { min($0, Int.max - 1) + 1 }
        let result = StreamedResult(common, heading: ListRow.heading)
        var count = 0
        try workplace.ledger.forEachEntry(query) { entry in
            count += 1
            if limit.map({ count <= $0 }) ?? true { result.add(ListRow(entry, at: now)) }
        }
        if count == 0 { return result.end(common.quiet ? nil : "There is none.") }
        let hasMore = limit.map { count > $0 } == true
        result.end(hasMore && !common.quiet ? "There are more than \(count - 1)." : nil)
    }

    private func query(at now: Date) throws(MailCAError) -> LedgerQuery {
        var name: String?
        if let user { name = try EmailAddress(user).lookupKey }
        if let host { name = try ServerName(host).description }
        // A host's name may be that of a CA's domain, too.
        let profiles: Set<Profile>? = profile.map { [$0] } ?? (host == nil ? nil : [.server])
        guard let state = state ?? (expiring == nil ? nil : .valid) else {
            return LedgerQuery(profiles: profiles, states: [.pending, .issued], name: name, order: .newestFirst)
        }
        var query = LedgerQuery(state, at: now, profiles: profiles, name: name)
        query.endsBefore = expiring.map { now.addingTimeInterval($0.seconds) } ?? query.endsBefore
        return query
    }
}
