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

            An expired list locks every user out: make a new one before, from a timer.

            \(ExitStatus.help)
            """)

    @Option(
        help: ArgumentHelp("How long they count. Default: 365; 10 once mailca maintain has run.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Write them to this file, too, in PEM.", valueName: "file"))
    var out: String?

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        var workplace = try Workplace(common)
        let directory = common.certsDirectory
        if common.dryRun {
            return Output.show(
                RevocationListResult(
                    [], files: workplace.plannedFiles(common), dryRun: true, authority: workplace.authority), common)
        }
        try workplace.unlock(passphrase)
        let written = try workplace.publishRevocationLists(in: .begin(directory), days: days).written
        var files = written.map { FileResult($0, in: directory) }
        let lists = try workplace.authority.latestRevocationLists()
        if let path = out.map({ FileContent.absolute(FilePath($0)) }), let name = path.lastComponent?.string {
            try LayoutPlan(items: [.init(name, .sequence(lists.map { .list($0) }))]).apply(
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

        var line: String { "\(issuer): number \(number), \(revoked) revoked, until \(nextUpdate)" }
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
