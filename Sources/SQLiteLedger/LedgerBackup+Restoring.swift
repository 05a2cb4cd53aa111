public import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit
public import SystemPackage

extension LedgerBackup {
    /// Makes a ledger of it: what was unfinished is given up, lists that were made since are passed over, and an act
    /// says so. It still has the CA's files, until ``SQLiteLedger/forgetFilesOfBackup()``.
    /// - Parameters:
    ///   - path: an empty file, as ``StagedLedger`` makes it.
    ///   - caller: who is entered in the audit log.
    ///   - clock: the time of what is entered.
    ///   - recover: enters what the backup does not know, and returns when the newest list that was found of each CA
    ///     begins to count.
    /// - Returns: what was given up.
    /// - Throws: the errors of ``Ledger``, and what `recover` throws.
    public func makeLedger(
        at path: FilePath, caller: Caller, clock: @escaping @Sendable () -> Date = { Date() },
        recover: (SQLiteLedger) throws(MailCAError) -> [SerialNumber: Date] = { _ in [:] }
    ) throws(MailCAError) -> [LedgerEntry] {
        try FileKind.backup.translate(self.path) {
            let queue = try Self.open(self.path)
            defer { try? queue.close() }
            try FileKind.ledger.translate(path) { try queue.vacuum(into: path.string) }
        }
        try FileKind.ledger.translate(path) {
            let queue = try DatabaseQueue(path: path.string)
            try queue.writeWithoutTransaction {
                try $0.execute(sql: "DROP TABLE backup; PRAGMA application_id = \(Schema.applicationID)")
            }
            try queue.close()
        }
        let ledger = try SQLiteLedger(path: path, mode: .existing, caller: caller, clock: clock)
        defer { ledger.close() }
        let abandoned = try ledger.close(published: authorities)
        let lists = try recover(ledger)
        // What was made up to now began to count that much earlier, and so does what is made from now on.
        let latest = clock().addingTimeInterval(-Validity.tolerance)
        for entry in try ledger.entries(LedgerQuery(profiles: [.root, .issuing], states: [.issued])) {
            try ledger.skipRevocationLists(
                issuer: entry.serialNumber, to: max(latest, lists[entry.serialNumber] ?? latest))
        }
        try ledger.note(.restored, subject: self.path.string, note: restoredNote)
        try ledger.check()
        try ledger.emptyLog()
        return abandoned
    }

    /// What the act by which it is put back says.
    public var restoredNote: String { "made \(Timestamp.readable(date)), act \(lastAct)" }
}

extension SQLiteLedger {
    /// Brings everything from the write-ahead log into the file.
    fileprivate func emptyLog() throws(MailCAError) {
        let isBusy = try Self.translate(path) {
            try database.writeWithoutTransaction { try Bool.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        guard isBusy == false else { throw MailCAError(.busy, "another program has the ledger \(path) open") }
    }

    /// The files of the CA that came with a backup and may not be in place yet: whoever put the ledger back was
    /// stopped, or is at it just now.
    /// - Returns: none where all is in place, as it nearly always is.
    public func filesOfBackup() throws(MailCAError) -> [AuthorityFile] {
        try read { database in
            let isThere = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?)"),
                arguments: [LedgerBackup.fileTable])
            guard isThere == true else { return [] }
            return try LedgerBackup.files(in: database) { FileKind.ledger.damaged(path, $0) }
        }
    }

    /// Notes that they are in place.
    public func forgetFilesOfBackup() throws(MailCAError) {
        try Self.translate(path) {
            try database.writeWithoutTransaction { database in
                // A key that nobody encrypted is not to stay in a page that is free.
                try database.execute(sql: "PRAGMA secure_delete = ON")
                try database.execute(sql: "DROP TABLE IF EXISTS \(LedgerBackup.fileTable)")
                try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
    }
}
