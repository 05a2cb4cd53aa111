import GRDB
public import MailCA
import Synchronization

/// The users of a list, put aside in a temporary file so that a list of any length takes the same memory.
public final class Roster {
    public struct User: Sendable, Hashable {
        public let address: EmailAddress
        public let fullName: String?
        public let device: String?

        public init(address: EmailAddress, fullName: String?, device: String?) {
            self.address = address
            self.fullName = fullName
            self.device = device
        }

        public var holder: Holder { Holder(name: address.lookupKey, device: device) }
    }

    private let database: DatabaseQueue
    public private(set) var count = 0

    /// - Throws: `MailCAError` with the codes `noSpace`, `inputOutput`.
    public init() throws(MailCAError) {
        database = try SQLiteLedger.translate("of the list") {
            // No name: SQLite makes a file that goes with the process.
            let queue = try DatabaseQueue(path: "")
            try queue.inDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
                try database.execute(
                    sql: """
                        CREATE TABLE user (
                            id INTEGER PRIMARY KEY, line INTEGER, key TEXT, device TEXT, address TEXT, full_name TEXT);
                        CREATE UNIQUE INDEX user_key ON user (key, device);
                        """)
            }
            return queue
        }
    }

    /// Adds users with the numbers of their lines.
    /// - Returns: those who are there already, for the same device, with the line where they are.
    public func add(_ users: [(line: Int, user: User)]) throws(MailCAError) -> [(line: Int, earlier: Int)] {
        try SQLiteLedger.translate("of the list") {
            try database.write { database in
                var again: [(line: Int, earlier: Int)] = []
                let insert = try database.cachedStatement(
                    sql: "INSERT OR IGNORE INTO user (line, key, device, address, full_name) VALUES (?, ?, ?, ?, ?)")
                for (line, user) in users {
                    // NULL differs from itself in an index; no device is an empty one, which nobody can give.
                    try insert.execute(arguments: [
                        line, user.address.lookupKey, user.device ?? "", user.address.description, user.fullName,
                    ])
                    if database.changesCount == 1 {
                        count += 1
                        continue
                    }
                    let earlier = try Int.fetchOne(
                        database, sql: "SELECT line FROM user WHERE key = ? AND device = ?",
                        arguments: [user.address.lookupKey, user.device ?? ""])
                    again.append((line, earlier ?? 0))
                }
                return again
            }
        }
    }

    /// The users in their order, so many at a time.
    public func batches(of size: Int) -> Batches { Batches(database: database, size: size) }

    /// A list of users, cut into batches for several threads.
    public final class Batches: Sendable {
        private let database: DatabaseQueue
        private let size: Int
        private let last = Mutex<Int64>(0)

        init(database: DatabaseQueue, size: Int) {
            self.database = database
            self.size = size
        }

        /// The next batch; nil after the last.
        public func next() throws(MailCAError) -> [User]? {
            let rows = try last.withLock { (last) throws(MailCAError) in
                let (first, size) = (last, size)
                let rows = try SQLiteLedger.translate("of the list") {
                    try database.read { database in
                        try GRDB.Row.fetchAll(
                            database.cachedStatement(
                                sql: "SELECT id, device, address, full_name FROM user WHERE id > ? ORDER BY id LIMIT ?"),
                            arguments: [first, size])
                    }
                }
                if let end = rows.last { last = end["id"] }
                return rows.map { Texts($0) }
            }
            guard !rows.isEmpty else { return nil }
            var users: [User] = []
            for row in rows {
                users.append(
                    User(
                        address: try EmailAddress(row.address), fullName: row.fullName,
                        device: row.device.isEmpty ? nil : row.device))
            }
            return users
        }

        private struct Texts: Sendable {
            let address: String
            let device: String
            let fullName: String?

            init(_ row: GRDB.Row) {
                address = row["address"]
                device = row["device"]
                fullName = row["full_name"]
            }
        }
    }
}
