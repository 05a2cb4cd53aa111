public import FoundationEssentials
import GRDB
public import MailCA
import OpenSSLKit
import Synchronization
public import SystemPackage

/// The ledger in one SQLite file, which several processes may use at once.
///
/// Everything that is written is on the disk when a method returns (write-ahead log, full synchronisation).
public final class SQLiteLedger: Ledger {
    /// How a ledger is opened.
    public enum Mode: Sendable {
        /// Make the file where there is none.
        case createIfMissing
        /// The file has to be there.
        case existing
    }

    public let path: FilePath
    let database: DatabaseQueue
    let presence: Presence
    let log: AuditLog
    /// What was begun here and is neither complete nor given up, with its row: it need not be read again.
    let begun = Mutex<[SerialNumber: (entry: LedgerEntry, id: Int64)]>([:])

    /// How long one waits for another process, in seconds.
    static let patience = 30.0

    /// Opens the ledger at `path`; its directory has to be there.
    /// - Parameters:
    ///   - caller: who is entered in the audit log.
    ///   - clock: the time of what is entered.
    /// - Throws: `MailCAError` with the codes `notFound`, `damaged`, `ledgerIsNewer`, `busy`, `noSpace`,
    ///   `permissionDenied`, `inputOutput`.
    public init(
        path: FilePath, mode: Mode = .createIfMissing, caller: Caller = .current(command: "library"),
        clock: @escaping @Sendable () -> Date = { Date() }
    ) throws(MailCAError) {
        self.path = path
        log = AuditLog(caller: caller, clock: clock)
        presence = Presence(directory: path.removingLastComponent())
        database = try Self.connect(path, mode, presence, log)
    }

    /// Opens the file, brings it up to date, and sees that it is sound, as far as that takes no time.
    ///
    /// From then on SQLite has a lock on it, by which a restore knows that it is in use. A file that had to give its
    /// name to another before that is left again.
    private static func connect(
        _ path: FilePath, _ mode: Mode, _ presence: Presence, _ log: AuditLog
    ) throws(MailCAError) -> DatabaseQueue {
        while true {
            try prepareFile(path, mode)
            let identity = FileIdentity(path)
            do throws(MailCAError) {
                let queue = try translate(path) { try DatabaseQueue(path: path.string, configuration: configuration) }
                try translate(path) {
                    if try Schema.isCurrent(queue) {
                        try Schema.configure(queue)
                    } else {
                        // One after the other: the second finds done what the first did.
                        try presence.exclusively {
                            try Schema.prepare(queue, path: path, mayCreate: mode == .createIfMissing, log: log)
                        }
                    }
                    try queue.read { try Structure(database: $0, path: path).checkWhenSmall() }
                }
                if FileIdentity(path) == identity { return queue }
                try? queue.close()
            } catch {
                if FileIdentity(path) == identity { throw error }
            }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Nothing in the ledger is secret; Debian's SQLite would write zeros over a list that another replaces.
            try database.execute(sql: "PRAGMA secure_delete = OFF")
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
        return configuration
    }

    /// Gives the file up before the last reference to this goes; nothing can be asked of it afterwards.
    public func close() { try? database.close() }

    func read<Result>(_ work: (Database) throws -> Result) throws(MailCAError) -> Result {
        try Self.translate(path) { try database.read(work) }
    }

    func write<Result>(_ work: (Database) throws -> Result) throws(MailCAError) -> Result {
        try Self.translate(path) { try database.write(work) }
    }
}
