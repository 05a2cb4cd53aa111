import FoundationEssentials
import GRDB
public import MailCA
import OpenSSLKit
public import SystemPackage

extension SQLiteLedger {
    /// Copies the ledger as it is at one moment, while others may write on, together with files of the CA.
    /// - Parameters:
    ///   - path: an empty file, or none; it is not brought to the disk.
    ///   - name: how it will be called, for what is said of it.
    ///   - files: what lies beside the ledger.
    ///   - program: who makes it.
    /// - Throws: the errors of ``Ledger``, and of writing the copy.
    public func copy(
        to path: FilePath, as name: FilePath, files: [AuthorityFile], program: String
    ) throws(MailCAError) {
        let date = log.clock()
        try FileKind.backup.translate(name) {
            try database.vacuum(into: path.string)
            var configuration = Configuration()
            configuration.journalMode = .default
            let queue = try DatabaseQueue(path: path.string, configuration: configuration)
            defer { try? queue.close() }
            try queue.writeWithoutTransaction { copy in
                // Nobody else knows of it, and a kill leaves it behind for nobody.
                try copy.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")
                try copy.execute(sql: "PRAGMA application_id = \(LedgerBackup.applicationID)")
                try copy.inTransaction {
                    try Self.complete(copy, date: date, files: files, program: program)
                    return .commit
                }
            }
        }
    }

    /// Enters what a backup has beside the ledger's tables.
    private static func complete(
        _ copy: Database, date: Date, files: [AuthorityFile], program: String
    ) throws {
        try copy.execute(sql: LedgerBackup.tables)
        for file in files {
            try file.content.withBytes { bytes in
                try copy.execute(
                    sql: "INSERT INTO \(LedgerBackup.fileTable) VALUES (?, ?, ?, ?)",
                    arguments: [
                        file.name, Int64(file.mode), Data(try file.sha256()), Data(borrowing: bytes),
                    ])
            }
        }
        let last = try GRDB.Row.fetchOne(copy, sql: "SELECT id, digest FROM act ORDER BY id DESC LIMIT 1")
        try copy.execute(
            sql: "INSERT INTO backup VALUES (?, ?, ?, ?, ?)",
            arguments: [
                date.seconds, program, last?["id"] as Int64? ?? 0, last?["digest"] as Data? ?? Data(),
                Data(try ContentDigest.sha256(of: copy, without: "backup")),
            ])
    }
}

extension LedgerBackup {
    /// What a backup has beside the ledger's own tables.
    static let tables = """
        CREATE TABLE \(fileTable) (
            name TEXT PRIMARY KEY, mode INTEGER NOT NULL, sha256 BLOB NOT NULL, bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE backup (
            made_at INTEGER NOT NULL,
            program TEXT NOT NULL,
            -- The newest act in it, and its digest.
            act INTEGER NOT NULL,
            act_digest BLOB NOT NULL,
            -- SHA-256 of everything but this row.
            content BLOB NOT NULL
        ) STRICT;
        """
}

extension AuthorityFile {
    func sha256() throws -> [UInt8] {
        let digest = try RunningDigest()
        content.withBytes { digest.update($0) }
        return try digest.finish()
    }

    /// Whether it names a file of one folder, and none of those that a change on its way has.
    var isPlainName: Bool {
        !name.isEmpty && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
    }
}

extension Data {
    /// Bytes that are another's, and stay so: no copy of a key is left behind. Sound for as long as those last.
    fileprivate init(borrowing bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            self = Data()
            return
        }
        self = Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
    }
}
