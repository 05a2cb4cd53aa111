import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// `mailca crl`
struct CRLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crl",
        abstract: "Make new revocation lists and put them in place.",
        discussion: """
            Examples:
              mailca crl
              mailca crl --days 30 --out /srv/www/crl.pem
              mailca crl --root --periods 24 --root-key root.key

            An expired list locks every user out: mailca maintain makes a new one in time.
            With --root, lists of an offline root are signed for times to come: each
            counts for two periods of --days (30), and mailca maintain puts the next in
            place when one has passed.

            \(ExitStatus.help)
            """)

    @Option(
        help: ArgumentHelp("How long they count. Default: 365; 10 once mailca maintain has run.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Write them to this file, too, in PEM.", valueName: "file"))
    var out: String?

    @Flag(help: "Make lists of the root, whose key is brought for it.")
    var root = false

    @Option(help: ArgumentHelp("With --root: how many lists.", valueName: "number"))
    var periods: Int = 1

    @Option(help: ArgumentHelp("With --root: where its key lies.", valueName: "file"))
    var rootKey: String?

    private static let rootDays = 30

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !root && (rootKey != nil || periods != 1) {
            throw ValidationError("--periods and --root-key go with --root")
        }
    }

    func run() throws {
        var workplace = try Workplace(common)
        let directory = common.certsDirectory
        if common.dryRun {
            return Output.show(
                RevocationListResult(
                    [], files: workplace.plannedFiles(common), dryRun: true, authority: workplace.authority), common)
        }
        if !root { try workplace.unlock(passphrase) }
        let transaction = try FileTransaction.begin(directory)
        var lists: [SignedRevocationList] = []
        if root {
            try workplace.unlockRoot(rootKey.map { FilePath($0) }, passphrase)
            lists = try workplace.authority.rootRevocationLists(periods: periods, days: days ?? Self.rootDays)
        }
        var files = try workplace.publishRevocationLists(in: transaction, days: days, anew: !root)
        if !root { lists = try workplace.authority.latestRevocationLists() }
        if let path = out.map({ FileContent.absolute(FilePath($0)) }), let name = path.lastComponent?.string {
            let current = try workplace.authority.latestRevocationLists()
            try LayoutPlan(items: [.init(name, .sequence(current.map { .list($0) }))]).apply(
                under: path.removingLastComponent())
            files.append(FileResult(path: path, mode: "0644"))
        }
        Output.show(
            RevocationListResult(
                lists, files: files, dryRun: false,
                authority: workplace.authority), common)
    }
}

/// What came of making revocation lists.
struct RevocationListResult: CommandResult {
    struct Item: Encodable {
        let issuer: String
        let number: Int64
        let thisUpdate: String
        let nextUpdate: String
        let revoked: Int

        var line: String { "\(issuer): number \(number), \(revoked) revoked, from \(thisUpdate) until \(nextUpdate)" }
    }

    let lists: [Item]
    let files: [FileResult]
    let dryRun: Bool
    private let issuers: [String]

    private enum CodingKeys: CodingKey { case lists, files, dryRun }

    init(_ lists: [SignedRevocationList], files: [FileResult], dryRun: Bool, authority: Authority) {
        self.lists = lists.map { list in
            let issuer = authority.certificateFields.first { $0.serialNumber == list.issuer }
            return Item(
                issuer: issuer?.subject.description ?? list.issuer.description, number: list.number,
                thisUpdate: Timestamp.rfc3339(list.thisUpdate), nextUpdate: Timestamp.rfc3339(list.nextUpdate),
                revoked: list.count)
        }
        self.files = files
        self.dryRun = dryRun
        issuers = authority.certificateFields.map(\.subject.description)
    }

    var text: String {
        if dryRun {
            return issuers.map { "Would make a revocation list of \($0)\n" }.joined() + "\n"
                + FileResult.text(files, "Would write:")
        }
        return lists.map { "Made the revocation list of \($0.line)\n" }.joined() + "\n"
            + FileResult.text(files, "Wrote:")
    }
}
