public import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit

extension SQLiteLedger {
    public func addRevocationList(
        issuer: SerialNumber, from: Date,
        make: (_ number: Int64, _ thisUpdate: Date, _ revoked: [RevocationList.Entry]) throws(MailCAError) ->
            RevocationList
    ) throws(MailCAError) -> RevocationList {
        try write { database in
            let last = try GRDB.Row.fetchOne(
                database,
                sql: "SELECT max(number) AS number, max(this_update) AS time FROM revocation_list WHERE issuer = ?",
                arguments: [Data(issuer.bytes)])
            let number = (last?["number"] as Int64? ?? 0) + 1
            // Later than the last one also where the clock was set back: the newest counts, to the second.
            let time = max(from.seconds, (last?["time"] as Int64? ?? 0) + 1)
            let revoked = try GRDB.Row.fetchAll(
                database,
                sql: """
                    SELECT serial, revoked_at, reason FROM certificate
                    WHERE issuer = ? AND revoked_at IS NOT NULL ORDER BY id
                    """,
                arguments: [Data(issuer.bytes)]
            ).map { row in
                RevocationList.Entry(
                    serialNumber: SerialNumber(row["serial"] as Data), revokedAt: Date(seconds: row["revoked_at"]),
                    reason: row["reason"])
            }
            let list = try make(number, Date(seconds: time), revoked)
            try database.execute(
                sql:
                    "INSERT INTO revocation_list (issuer, number, this_update, next_update, der) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    Data(issuer.bytes), number, time, try list.nextUpdate()?.seconds ?? time, Data(list.der),
                ])
            return list
        }
    }

    public func latestRevocationList(issuer: SerialNumber) throws(MailCAError) -> RevocationList? {
        try read { database in
            try Data.fetchOne(
                database, sql: "SELECT der FROM revocation_list WHERE issuer = ? ORDER BY number DESC LIMIT 1",
                arguments: [Data(issuer.bytes)]
            ).map { try RevocationList(der: Array($0)) }
        }
    }
}
