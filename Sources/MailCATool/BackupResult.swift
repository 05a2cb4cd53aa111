import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// What came of a backup.
struct BackupResult: CommandResult {
    let files: [FileResult]
    /// In bytes; nil where nothing was made.
    let size: Int64?
    /// SHA-256 of the file.
    let sha256: String?
    let madeAt: String?
    /// How many certificates were issued, those of the CA included.
    let certificates: Int?
    /// The number of the newest act in it.
    let acts: Int64?
    /// The names of the CA's files in it.
    let contents: [String]
    let dryRun: Bool
    private let places: String

    private enum CodingKeys: CodingKey { case files, size, sha256, madeAt, certificates, acts, contents, dryRun }

    init(_ backup: LedgerBackup, at path: FilePath, _ common: CommonOptions) throws(MailCAError) {
        let sum = try FileContent.sha256(path)
        files = [FileResult(path: path, mode: FileStatus(path)?.octal ?? "0600")]
        size = sum.size
        sha256 = sum.digest.hexadecimal()
        madeAt = Timestamp.rfc3339(backup.date)
        certificates = backup.certificateCount
        acts = backup.lastAct
        contents = backup.files.map(\.name)
        dryRun = false
        places = common.places
    }

    init(planned path: FilePath, _ contents: [AuthorityFile], _ common: CommonOptions) {
        files = [FileResult(path: path, mode: "0600")]
        (size, sha256, madeAt, certificates, acts) = (nil, nil, nil, nil, nil)
        self.contents = contents.map(\.name)
        dryRun = true
        places = common.places
    }

    var text: String {
        guard let size, let sha256, let certificates, let acts else { return FileResult.text(files, "Would write:") }
        return """
            \(FileResult.text(files, "Wrote:"))
            It has \(certificates) certificate\(certificates == 1 ? "" : "s"), \(acts) acts, and \(contents.joined(separator: ", ")); \(size) bytes.
            It was read back and is whole. SHA-256 \(sha256)

            To put the CA back from it:
              mailca restore \(files[0].path)\(places)

            """
    }
}
