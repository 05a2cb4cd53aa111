import FoundationEssentials
import GRDB
import OpenSSLKit

/// SHA-256 of everything that a database holds, whatever its pages look like: what the tables are, and every value in
/// them. SQLite sees a page that is damaged, and not a letter that is.
struct ContentDigest {
    private let digest: RunningDigest
    private var buffer: [UInt8] = []

    /// - Parameter left: a table whose rows do not count.
    static func sha256(of database: Database, without left: String? = nil) throws -> [UInt8] {
        var content = try ContentDigest()
        try content.add(rowsOf: "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", database)
        let tables = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> ? ORDER BY name",
            arguments: [left ?? ""])
        for table in tables {
            let keys = try String.fetchAll(
                database, sql: "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", arguments: [table])
            let order = keys.isEmpty ? "rowid" : keys.map { $0.quotedDatabaseIdentifier }.joined(separator: ", ")
            content.add(text: table)
            try content.add(
                rowsOf: "SELECT * FROM \(table.quotedDatabaseIdentifier) ORDER BY \(order)", database)
        }
        return try content.finish()
    }

    private init() throws {
        digest = try RunningDigest()
        buffer.reserveCapacity(Self.pieceSize + 4_096)
    }

    private static let pieceSize = 64 << 10

    private mutating func add(rowsOf query: String, _ database: Database) throws {
        let rows = try GRDB.Row.fetchCursor(database, sql: query)
        while let row = try rows.next() {
            for index in 0..<row.count {
                switch (row[index] as DatabaseValue).storage {
                case .null: buffer.append(0)
                case .int64(let number): add(kind: 1, number)
                case .double(let number): add(kind: 2, Int64(bitPattern: number.bitPattern))
                case .string(let text): add(text: text)
                case .blob(let data):
                    add(kind: 4, Int64(data.count))
                    buffer.append(contentsOf: data)
                }
            }
            buffer.append(5)
            if buffer.count > Self.pieceSize { flush() }
        }
        buffer.append(6)
    }

    private mutating func add(text: String) {
        add(kind: 3, Int64(text.utf8.count))
        buffer.append(contentsOf: text.utf8)
    }

    /// A kind and a number: a value of eight bytes, or the length of what comes after it.
    private mutating func add(kind: UInt8, _ number: Int64) {
        buffer.append(kind)
        for shift in stride(from: 56, through: 0, by: -8) { buffer.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func flush() {
        digest.update(buffer)
        SecretBytes.wipe(&buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func finish() throws -> [UInt8] {
        flush()
        return try digest.finish()
    }
}
