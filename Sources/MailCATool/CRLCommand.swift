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
            The file of --out is replaced where it holds revocation lists, and nothing
            else. With --root, lists of an offline root are signed for times to come: each
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
        if !(1...1_000).contains(periods) { throw ValidationError("--periods takes 1 to 1000") }
        if let days, !(1...Profile.longestDays).contains(days) {
            throw ValidationError("--days takes 1 to \(Profile.longestDays)")
        }
    }

    func run() throws {
        var workplace = try Workplace(common)
        let directory = common.certsDirectory
        let target = try out.map { try CRLTarget(FileContent.absolute(FilePath($0))) }
        if root {
            try workplace.authority.checkEnd(ofRootListFor: (days ?? Self.rootDays) * (periods + 1))
        } else if let days {
            try workplace.authority.checkEnd(ofListFor: days)
        }
        if common.dryRun {
            let files = workplace.plannedFiles(common) + (target.map { [$0.result] } ?? [])
            let planned = root ? Array(workplace.authority.certificateFields.suffix(1)) : nil
            return Output.show(
                RevocationListResult(planned: planned, periods, files: files, workplace.authority), common)
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
        if let target {
            try target.write(workplace.authority.latestRevocationLists())
            files.append(target.result)
        }
        Output.show(RevocationListResult(lists, files: files, workplace.authority), common)
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
    private let planned: [String]

    private enum CodingKeys: CodingKey { case lists, files, dryRun }

    /// What would be made.
    /// - Parameter planned: the CAs; nil for those whose keys are here, each with one list.
    init(planned: [CertificateFields]?, _ count: Int, files: [FileResult], _ authority: Authority) {
        lists = []
        dryRun = true
        self.files = files
        self.planned = (planned ?? authority.certificateFields).map {
            count == 1 ? "a revocation list of \($0.subject)" : "\(count) revocation lists of \($0.subject)"
        }
    }

    init(_ lists: [SignedRevocationList], files: [FileResult], _ authority: Authority) {
        self.lists = lists.map { list in
            let issuer = authority.certificateFields.first { $0.serialNumber == list.issuer }
            return Item(
                issuer: issuer?.subject.description ?? list.issuer.description, number: list.number,
                thisUpdate: Timestamp.rfc3339(list.thisUpdate), nextUpdate: Timestamp.rfc3339(list.nextUpdate),
                revoked: list.count)
        }
        self.files = files
        dryRun = false
        planned = []
    }

    var text: String {
        if dryRun {
            return planned.map { "Would make \($0)\n" }.joined() + "\n"
                + FileResult.text(files, "Would write:")
        }
        return lists.map { "Made the revocation list of \($0.line)\n" }.joined() + "\n"
            + FileResult.text(files, "Wrote:")
    }
}
