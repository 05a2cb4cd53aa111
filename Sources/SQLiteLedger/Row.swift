import FoundationEssentials
import GRDB
import MailCA
import OpenSSLKit

/// One row of the table of certificates, read and written.
enum Row {
    private static let columns = """
        id, serial, issuer, profile, state, device, full_name, not_before, not_after, key_fingerprint, created_at, der,
        revoked_at, reason
        """

    static func insert(_ entry: LedgerEntry, into database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO certificate (serial, issuer, profile, state, device, full_name, not_before, not_after,
                    key_fingerprint, created_at)
                VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            Data(entry.serialNumber.bytes), Data(entry.issuer.bytes), entry.profile.rawValue, entry.device,
            entry.fullName, entry.validity.notBefore.seconds, entry.validity.notAfter.seconds,
            Data(entry.keyFingerprint), entry.createdAt.seconds,
        ])
        let id = database.lastInsertedRowID
        let names = try database.cachedStatement(
            sql: "INSERT INTO certificate_name (name, certificate, position) VALUES (?, ?, ?)")
        for (position, name) in entry.names.enumerated() { try names.execute(arguments: [name, id, position]) }
    }

    static func complete(_ certificate: Certificate, in database: Database) throws {
        let serial = try certificate.fields().serialNumber
        try database.cachedStatement(
            sql: "UPDATE certificate SET state = 'issued', der = ? WHERE serial = ? AND state = 'pending'"
        ).execute(arguments: [Data(certificate.der), Data(serial.bytes)])
        guard database.changesCount == 1 else {
            throw MailCAError(.internalFault, "the certificate \(serial) was never begun, or was given up")
        }
    }

    static func abandon(_ serial: SerialNumber, in database: Database) throws {
        try database.execute(
            sql: "UPDATE certificate SET state = 'abandoned' WHERE serial = ? AND state = 'pending'",
            arguments: [Data(serial.bytes)])
    }

    static func revoke(_ serial: SerialNumber, _ revocation: LedgerEntry.Revocation, in database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE certificate SET revoked_at = ?, reason = ?
                WHERE serial = ? AND state = 'issued' AND revoked_at IS NULL
                """
        ).execute(arguments: [revocation.date.seconds, revocation.reason.code, Data(serial.bytes)])
        guard database.changesCount == 1 else {
            throw MailCAError(.alreadyExists, "the certificate \(serial) is not one that can be revoked")
        }
    }

    static func fetch(_ serial: SerialNumber, from database: Database) throws -> LedgerEntry? {
        try GRDB.Row.fetchOne(
            database, sql: "SELECT \(columns) FROM certificate WHERE serial = ?", arguments: [Data(serial.bytes)]
        ).map { try entry($0, database) }
    }

    static func fetch(_ query: LedgerQuery, from database: Database) throws -> [LedgerEntry] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        // Written out, so that the partial indices can serve: nothing in them comes from outside.
        if let profiles = query.profiles {
            conditions.append("profile IN (\(quotedList(profiles.map(\.rawValue))))")
        }
        if let states = query.states { conditions.append("state IN (\(quotedList(states.map(\.rawValue))))") }
        if let name = query.name {
            conditions.append("id IN (SELECT certificate FROM certificate_name WHERE name = ?)")
            arguments += [name]
        }
        if let issuer = query.revokedBy {
            conditions.append("issuer = ? AND revoked_at IS NOT NULL")
            arguments += [Data(issuer.bytes)]
        }
        if let fingerprint = query.keyFingerprint {
            conditions.append("key_fingerprint = ?")
            arguments += [Data(fingerprint)]
        }
        let condition = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try GRDB.Row.fetchAll(
            database, sql: "SELECT \(columns) FROM certificate \(condition) ORDER BY id", arguments: arguments
        ).map { try entry($0, database) }
    }

    private static func quotedList(_ values: [String]) -> String {
        values.sorted().map { "'\($0)'" }.joined(separator: ", ")
    }

    private static func entry(_ row: GRDB.Row, _ database: Database) throws -> LedgerEntry {
        let names = try String.fetchAll(
            database, sql: "SELECT name FROM certificate_name WHERE certificate = ? ORDER BY position",
            arguments: [row["id"] as Int64])
        guard let profile = Profile(rawValue: row["profile"]), let state = LedgerEntry.State(rawValue: row["state"])
        else {
            throw MailCAError(
                .damaged, "the ledger has an entry of a kind that is not known here",
                hint: "Put the ledger back from a backup.")
        }
        var revocation: LedgerEntry.Revocation?
        if let date = row["revoked_at"] as Int64?, let code = row["reason"] as Int? {
            revocation = .init(date: Date(seconds: date), reason: RevocationReason(code: code) ?? .unspecified)
        }
        return LedgerEntry(
            serialNumber: SerialNumber(row["serial"] as Data), issuer: SerialNumber(row["issuer"] as Data),
            profile: profile, state: state, names: names, device: row["device"], fullName: row["full_name"],
            validity: Validity(notBefore: Date(seconds: row["not_before"]), notAfter: Date(seconds: row["not_after"])),
            keyFingerprint: Array(row["key_fingerprint"] as Data), createdAt: Date(seconds: row["created_at"]),
            certificate: (row["der"] as Data?).map { Array($0) }, revocation: revocation)
    }
}

extension Date {
    /// Whole seconds since 1970, as the ledger keeps times.
    var seconds: Int64 { Int64(timeIntervalSince1970.rounded(.down)) }

    init(seconds: Int64) { self.init(timeIntervalSince1970: Double(seconds)) }
}
