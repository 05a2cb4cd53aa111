public import FoundationEssentials
import GRDB
import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// A backup that was verified: the ledger as it was at one moment, and the files of the CA, in one SQLite file.
///
/// It is told from a ledger by its `application_id`. What it holds has a digest, beside those of its files and the audit
/// log's own: SQLite does not see a letter that changed.
public struct LedgerBackup: Sendable {
    public let path: FilePath
    /// When it was made.
    public let date: Date
    /// The program that made it, such as `mailca 0.1.0`.
    public let program: String
    /// The newest act that it knows, the one by which it was made.
    public let lastAct: Int64
    /// How many certificates were issued, those of the CA included.
    public let certificateCount: Int
    public let files: [AuthorityFile]
    /// The CA certificates in it, the oldest first.
    public let authorities: [Certificate]

    /// "mlcb": a backup is not to be taken for a ledger.
    static let applicationID = 0x6d6c_6362
    static let fileTable = "backup_file"

    /// Opens a backup and verifies all of it.
    /// - Parameters:
    ///   - path: where it is.
    ///   - name: where it will be, for what is said of it; nil for there.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `damaged` (or no backup at all), `ledgerIsNewer`,
    ///   `permissionDenied`, `inputOutput`.
    public init(verifying path: FilePath, as name: FilePath? = nil) throws(MailCAError) {
        let name = name ?? path
        self.path = path
        try Self.checkKind(path, name)
        let read = try FileKind.backup.translate(name) {
            let queue = try Self.open(path)
            defer { try? queue.close() }
            return try queue.read { database in
                try Structure(database: database, path: name, kind: .backup).check(.whole)
                return try Content(database, name)
            }
        }
        date = read.date
        program = read.program
        lastAct = read.act
        certificateCount = read.certificateCount
        files = read.files
        authorities = read.authorities
    }

    /// For reading alone, and nothing is written beside it.
    static func open(_ path: FilePath) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path.string, configuration: configuration)
    }

    /// Whose file it is, from its header (SQLite's file format, §1.3), before SQLite sees it and makes others beside it.
    private static func checkKind(_ path: FilePath, _ name: FilePath) throws(MailCAError) {
        let hint = "Nothing was changed. Give a file that mailca backup made."
        switch FileIdentity.status(path) {
        case .failure(let reason):
            throw systemError("read the backup", name, number: reason.rawValue)
        case .success(let status) where status.st_mode & S_IFMT != S_IFREG:
            throw MailCAError(.damaged, "\(name) is not a plain file, and no backup", hint: hint)
        case .success(let status) where status.st_size == 0:
            throw MailCAError(.damaged, "\(name) is empty, and no backup", hint: hint)
        case .success: break
        }
        let file = Glibc.open(path.string, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw systemError("read the backup", name) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = Glibc.read(file, &header, header.count)
        close(file)
        guard count == header.count, header.starts(with: "SQLite format 3\0".utf8) else {
            throw MailCAError(.damaged, "\(name) is not a backup", hint: hint)
        }
        func number(at offset: Int) -> Int { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        let (version, application) = (number(at: 60), number(at: 68))
        guard application == applicationID else {
            let what = application == Schema.applicationID ? "a ledger itself, and not a backup of one" : "not a backup"
            throw MailCAError(.damaged, "\(name) is \(what)", hint: hint)
        }
        guard version <= Schema.version else {
            throw MailCAError(
                .ledgerIsNewer,
                "the backup \(name) was made by a later version of mailca (format \(version); this one knows \(Schema.version))",
                hint: "Nothing was changed. Use the later version.")
        }
    }
}

/// What a backup has beside the ledger's own tables, verified.
private struct Content {
    let date: Date
    let program: String
    let act: Int64
    let certificateCount: Int
    let files: [AuthorityFile]
    let authorities: [Certificate]

    init(_ database: Database, _ name: FilePath) throws {
        func damaged(_ reason: String) -> MailCAError { FileKind.backup.damaged(name, reason) }
        // Tables that promise less are not read, and what acts by itself was put there by somebody else.
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard try Schema.definition(of: database) == Schema.definition(version: version, with: LedgerBackup.tables)
        else { throw damaged("it holds what mailca does not write") }
        guard let row = try GRDB.Row.fetchOne(database, sql: "SELECT * FROM backup") else {
            throw damaged("it does not say when it was made")
        }
        guard try ContentDigest.sha256(of: database, without: "backup") == Array(row["content"] as Data) else {
            throw damaged("its content is not what was written")
        }
        date = Date(seconds: row["made_at"])
        program = row["program"]
        act = row["act"]
        let newest = try Int64.fetchOne(database, sql: "SELECT max(id) FROM act") ?? 0
        let last = try AuditLog.fetch(act, from: database)
        guard act == newest, act < .max, last?.digest == Array(row["act_digest"] as Data) else {
            throw damaged("its audit log does not end with act \(act)")
        }
        files = try LedgerBackup.files(in: database, damaged)
        var authorities: [Certificate] = []
        try Row.forEach(LedgerQuery(profiles: [.root, .issuing], states: [.issued]), in: database) { entry in
            authorities.append(try Certificate(der: entry.certificate ?? []))
        }
        self.authorities = authorities
        guard !authorities.isEmpty else { throw damaged("there is no CA in it") }
        if let fault = try Audit.faults(in: database, authorities: authorities).first { throw damaged(fault.message) }
        certificateCount = try Row.count(LedgerQuery(states: [.issued]), in: database)
    }
}

extension LedgerBackup {
    /// The files of the CA, each as its digest says.
    static func files(in database: Database, _ damaged: (String) -> MailCAError) throws -> [AuthorityFile] {
        let rows = try GRDB.Row.fetchCursor(
            database, sql: "SELECT name, mode, sha256, bytes FROM \(fileTable) ORDER BY name")
        var files: [AuthorityFile] = []
        while let row = try rows.next() {
            let content = try row.withUnsafeData(atIndex: 3) { SecretBytes($0 ?? Data()) }
            let file = AuthorityFile(name: row[0], mode: UInt32(truncatingIfNeeded: row[1] as Int64), content: content)
            guard try file.sha256() == Array(row[2] as Data) else {
                throw damaged("the file \(file.name) in it is not what was written")
            }
            guard file.isPlainName else { throw damaged("a file in it has a name that mailca does not write") }
            files.append(file)
        }
        return files
    }
}
