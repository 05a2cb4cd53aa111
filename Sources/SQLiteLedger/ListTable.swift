import FoundationEssentials
import GRDB
import MailCA
import OpenSSLKit

/// The revocation lists of one CA in the ledger. What they list lies in pieces beside them, so that neither making
/// nor reading one of a million entries has to hold it.
struct ListTable {
    let issuer: SerialNumber
    let database: Database

    struct Item {
        let number: Int64
        let thisUpdate: Date
        let nextUpdate: Date
        let count: Int

        init(number: Int64, thisUpdate: Date, nextUpdate: Date, count: Int) {
            self.number = number
            self.thisUpdate = thisUpdate
            self.nextUpdate = nextUpdate
            self.count = count
        }

        init(_ row: GRDB.Row) {
            number = row["number"]
            thisUpdate = Date(seconds: row["this_update"])
            nextUpdate = Date(seconds: row["next_update"])
            count = row["count"]
        }
    }

    private static let partSize = 256 << 10
    private var key: Data { Data(issuer.bytes) }

    /// The number and the time of the next list: later than the last one also where the clock was set back, to the second.
    func next(from date: Date) throws -> (number: Int64, time: Int64) {
        let last = try GRDB.Row.fetchOne(
            database,
            sql: """
                SELECT max(number) AS number, max(iif(withdrawn, 0, this_update)) AS time
                FROM revocation_list WHERE issuer = ?
                """,
            arguments: [key])
        let (number, time) = (last?["number"] as Int64? ?? 0, last?["time"] as Int64? ?? 0)
        guard number < .max, time < .max else {
            throw Row.damaged("no number left for a revocation list")
        }
        return (number + 1, max(date.seconds, time + 1))
    }

    /// Takes planned lists back whose time has not come: a newer one says more. Their numbers stay used.
    func withdrawPlanned(after date: Date) throws {
        let condition = "issuer = ? AND planned = 1 AND withdrawn = 0 AND this_update > \(date.seconds)"
        try database.execute(
            sql: """
                DELETE FROM revocation_list_part WHERE issuer = ? AND number IN
                    (SELECT number FROM revocation_list WHERE \(condition))
                """, arguments: [key, key])
        try database.execute(
            sql: "UPDATE revocation_list SET withdrawn = 1 WHERE \(condition)", arguments: [key])
    }

    /// Writes what is revoked into pieces of the list, and notes what need not be on the next: not for a planned one,
    /// which another may take the place of before its time.
    /// - Returns: among the rest, a digest that has the entries already.
    func storeEntries(
        number: Int64, time: Int64, isPlanned: Bool
    ) throws -> (count: Int, byteCount: Int, parts: Int, digest: DigestStream) {
        let digest = try DigestStream()
        var (count, byteCount, parts, over) = (0, 0, 0, 0)
        var part: [UInt8] = []
        part.reserveCapacity(Self.partSize + 64)
        func flush() throws {
            parts += 1
            byteCount += part.count
            digest.update(part)
            try store(part, number: number, position: parts)
            part.removeAll(keepingCapacity: true)
        }
        try RevokedRows.forEach(issuer: key, in: database) { serial, revokedAt, notAfter, reason in
            RevocationList.Entry.encode(serialNumber: serial, seconds: revokedAt, reason: reason, into: &part)
            if notAfter < time { over += 1 }
            count += 1
            if part.count >= Self.partSize { try flush() }
        }
        if !part.isEmpty { try flush() }
        if over > 0 && !isPlanned { try delist(before: time) }
        return (count, byteCount, parts, digest)
    }

    /// Notes that what ended before that time was listed once more after its end.
    private func delist(before time: Int64) throws {
        try database.execute(
            sql: "UPDATE certificate SET delisted = 1 WHERE \(RevokedRows.condition) AND not_after < ?",
            arguments: [key, time])
    }

    func store(_ bytes: [UInt8], number: Int64, position: Int) throws {
        try database.cachedStatement(sql: "INSERT INTO revocation_list_part VALUES (?, ?, ?, ?)").execute(
            arguments: [key, number, position, Data(bytes)])
    }

    func forEachPart(number: Int64, _ take: ([UInt8]) throws -> Void) throws {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: "SELECT bytes FROM revocation_list_part WHERE issuer = ? AND number = ? ORDER BY position",
            arguments: [key, number])
        while let row = try rows.next() { try take(row.withUnsafeData(atIndex: 0) { Array($0 ?? Data()) }) }
    }

    /// SHA-256 of a list's entries, then of what stands before and after them; of nothing where they are no longer here.
    func digest(number: Int64) throws -> [UInt8] {
        let digest = try DigestStream()
        var head: [UInt8]?
        var last: [UInt8] = []
        try forEachPart(number: number) { part in
            guard head != nil else {
                head = part
                return
            }
            digest.update(last)
            last = part
        }
        digest.update(head ?? [])
        digest.update(last)
        return digest.finish()
    }

    func hasParts(number: Int64) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM revocation_list_part WHERE issuer = ? AND number = ?)",
            arguments: [key, number]) ?? false
    }

    func list(number: Int64) throws -> Item? {
        try GRDB.Row.fetchOne(
            database, sql: "SELECT * FROM revocation_list WHERE issuer = ? AND number = ?", arguments: [key, number]
        ).map { Item($0) }
    }

    /// The newest one whose time has come.
    func latest(at date: Date) throws -> Item? {
        try GRDB.Row.fetchOne(
            database,
            sql: """
                SELECT * FROM revocation_list
                WHERE issuer = ? AND (planned = 0 OR withdrawn = 0 AND this_update <= \(date.seconds))
                    AND number IN (SELECT number FROM revocation_list_part WHERE issuer = ? AND position = 0)
                ORDER BY number DESC LIMIT 1
                """, arguments: [key, key]
        ).map { Item($0) }
    }

    func planned(at date: Date) throws -> [Item] {
        try GRDB.Row.fetchAll(
            database,
            sql: """
                SELECT * FROM revocation_list 
                WHERE issuer = ? AND planned = 1 AND withdrawn = 0 AND this_update > \(date.seconds)
                ORDER BY number
                """, arguments: [key]
        ).map { Item($0) }
    }

    /// Drops the bytes of lists that another takes the place of.
    func dropParts(before number: Int64) throws {
        try database.execute(
            sql: "DELETE FROM revocation_list_part WHERE issuer = ? AND number < ?", arguments: [key, number])
    }
}
