import Foundation
import GRDB
import GRDBSQLite
import MailCA

/// What a revocation list says of certificates, read where SQLite has it: a list may have millions, and an object for
/// each row and value takes longer than all else.
enum RevokedRows {
    /// What is on the next list; an index has all that is read here.
    static let condition = "issuer = ? AND revoked_at IS NOT NULL AND delisted = 0"

    private static let codes = Set(RevocationReason.allCases.map(\.code))

    /// In octets (RFC 5280 §4.1.2.2).
    private static let longestSerialNumber = 20
    /// From 1970 to the last second that GeneralizedTime can say.
    private static let possibleTimes = 0...253_402_300_799

    /// Reads what is revoked in the order in which it was issued.
    /// - Parameter take: gets the serial number (big-endian, without leading zeros), when it was revoked and when it ends
    ///   (seconds since 1970), and CRLReason (RFC 5280 §5.3.1).
    static func forEach(
        issuer: Data, in database: Database,
        _ take: (_ serialNumber: RawSpan, _ revokedAt: Int, _ notAfter: Int64, _ reason: Int) throws -> Void
    ) throws {
        let statement = try database.makeStatement(
            sql: "SELECT serial, revoked_at, not_after, reason FROM certificate WHERE \(condition) ORDER BY id")
        try statement.setArguments([issuer])
        let cursor = statement.sqliteStatement
        defer { sqlite3_reset(cursor) }
        while true {
            let code = sqlite3_step(cursor)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
            let reason = Int(sqlite3_column_int64(cursor, 3))
            if !codes.contains(reason) { _ = try Row.reason(reason) }
            // Good until the next step, so for the length of the call.
            let serial = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(cursor, 0), count: Int(sqlite3_column_bytes(cursor, 0)))
            let revokedAt = Int(sqlite3_column_int64(cursor, 1))
            guard serial.count <= longestSerialNumber, possibleTimes.contains(revokedAt) else {
                throw Row.damaged("a revoked certificate with a number or a date that cannot be")
            }
            try take(serial.bytes, revokedAt, sqlite3_column_int64(cursor, 2), reason)
        }
    }
}
