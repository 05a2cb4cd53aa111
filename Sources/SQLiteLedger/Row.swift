import FoundationEssentials
import GRDB
import MailCA
import OpenSSLKit

/// One row of the table of certificates, read and written.
enum Row {
    private static let columns = """
        certificate.id AS id, serial, issuer, profile, state, device, full_name, not_before, not_after, key_fingerprint, created_at, der,
        revoked_at, reason
        """

    /// - Returns: the number of the row.
    static func insert(_ entry: LedgerEntry, into database: Database) throws -> Int64 {
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
        try insert(names: entry.names, of: id, into: database)
        return id
    }

    static func insert(names: [String], of id: Int64, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO certificate_name (name, certificate, position) VALUES (?, ?, ?)")
        for (position, name) in names.enumerated() { try statement.execute(arguments: [name, id, position]) }
    }

    /// Enters the signed certificate, and the act.
    /// - Parameters:
    ///   - known: what is in its row, and the number of that, where it need not be read.
    ///   - previous: as for ``AuditLog/enter(_:subject:note:content:certificate:after:in:)``.
    /// - Returns: the act.
    @discardableResult
    static func complete(
        _ certificate: Certificate, _ known: (entry: LedgerEntry, id: Int64)? = nil, after previous: Act? = nil,
        in database: Database, _ log: AuditLog
    ) throws -> Act {
        let serial = certificate.serialNumber
        let fault = MailCAError(.internalFault, "the certificate \(serial) was never begun, or was given up")
        guard let (begun, id) = try known ?? fetchWithID(serial, from: database) else { throw fault }
        var entry = begun
        entry.state = .issued
        entry.certificate = certificate.der
        let act = try log.enter(
            .issued, subject: serial.description, note: entry.names.joined(separator: ", "),
            content: entry.contentDigest, certificate: id, after: previous, in: database)
        try database.cachedStatement(
            sql: "UPDATE certificate SET state = 'issued', der = ?, act = ? WHERE id = ? AND state = 'pending'"
        ).execute(arguments: [Data(certificate.der), act.number, id])
        guard database.changesCount == 1 else { throw fault }
        return act
    }

    static func abandon(_ serial: SerialNumber, in database: Database, _ log: AuditLog) throws {
        try database.execute(
            sql: "UPDATE certificate SET state = 'abandoned' WHERE serial = ? AND state = 'pending'",
            arguments: [Data(serial.bytes)])
        if database.changesCount == 1 { try enter(.abandoned, serial, in: database, log) }
    }

    /// Enters the act by which a certificate became what it is now.
    static func enter(_ kind: Act.Kind, _ serial: SerialNumber, in database: Database, _ log: AuditLog) throws {
        guard let (entry, id) = try fetchWithID(serial, from: database) else { return }
        let act = try log.enter(
            kind, subject: serial.description, note: entry.names.joined(separator: ", "), content: entry.contentDigest,
            certificate: id, in: database)
        try database.cachedStatement(sql: "UPDATE certificate SET act = ? WHERE id = ?").execute(
            arguments: [act.number, id])
    }

    /// - Parameter state: what it has to be.
    static func revoke(
        _ serial: SerialNumber, _ revocation: LedgerEntry.Revocation, from state: String = "issued",
        in database: Database, _ log: AuditLog
    ) throws {
        guard let id = try identifier(of: serial, in: database) else {
            throw MailCAError(.notFound, "the ledger has no certificate \(serial)")
        }
        let act = try log.enter(
            .revoked, subject: serial.description, note: revocation.reason.rawValue,
            content: revocation.contentDigest(of: serial), certificate: id, in: database)
        try database.cachedStatement(
            sql: """
                UPDATE certificate SET revoked_at = ?, reason = ?, revocation_act = ?
                WHERE id = ? AND state = ? AND revoked_at IS NULL
                """
        ).execute(arguments: [revocation.date.seconds, revocation.reason.code, act.number, id, state])
        guard database.changesCount == 1 else {
            throw MailCAError(.alreadyExists, "the certificate \(serial) is not one that can be revoked")
        }
    }

    private static func identifier(of serial: SerialNumber, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM certificate WHERE serial = ?"),
            arguments: [Data(serial.bytes)])
    }

    static func fetch(_ serial: SerialNumber, from database: Database) throws -> LedgerEntry? {
        try fetchWithID(serial, from: database)?.entry
    }

    static func fetch(id: Int64, from database: Database) throws -> LedgerEntry? {
        try GRDB.Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(columns) FROM certificate WHERE id = ?"), arguments: [id]
        ).map { try entry($0, database) }
    }

    static func fetchWithID(
        _ serial: SerialNumber, from database: Database
    ) throws -> (entry: LedgerEntry, id: Int64)? {
        try GRDB.Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(columns) FROM certificate WHERE serial = ?"),
            arguments: [Data(serial.bytes)]
        ).map { (try entry($0, database), $0["id"]) }
    }

    /// Hands over the entries that match, one after the other.
    static func forEach(_ query: LedgerQuery, in database: Database, _ take: (LedgerEntry) throws -> Void) throws {
        let (sql, arguments) = selection(query)
        let rows = try GRDB.Row.fetchCursor(database, sql: sql, arguments: arguments)
        while let row = try rows.next() { try take(entry(row, database)) }
    }

    /// The statement that finds what matches.
    static func selection(_ query: LedgerQuery) -> (sql: String, StatementArguments) {
        let (source, arguments) = source(of: query)
        let order =
            switch query.order {
            case .oldestFirst: "certificate.id"
            case .newestFirst: "certificate.id DESC"
            case .endingFirst: "certificate.not_after, certificate.id"
            case .revokedLast: "certificate.revoked_at DESC, profile DESC, certificate.id DESC"
            }
        let limit = query.limit.map { " LIMIT \($0)" } ?? ""
        return ("SELECT \(columns) \(source) ORDER BY \(order)\(limit)", arguments)
    }

    static func count(_ query: LedgerQuery, in database: Database) throws -> Int {
        let (source, arguments) = source(of: query)
        return try Int.fetchOne(database, sql: "SELECT count(*) \(source)", arguments: arguments) ?? 0
    }

    /// The tables and conditions of a query. Values that the partial indices depend on are written out: nothing in
    /// them comes from outside.
    private static func source(of query: LedgerQuery) -> (sql: String, StatementArguments) {
        var tables = "certificate"
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let name = query.name {
            // In this order: a name has few certificates, whatever the other conditions are.
            tables = "certificate_name CROSS JOIN certificate ON certificate.id = certificate_name.certificate"
            conditions.append("certificate_name.name = ?")
            arguments += [name]
        }
        if let profiles = query.profiles {
            // Few are revoked or unfinished: SQLite, which does not know that, must not look through all of a kind.
            let isFew = query.isRevoked == true || query.states == [.pending] || query.states == [.abandoned]
            conditions.append("\(isFew ? "+" : "")profile \(isOne(of: profiles.map(\.rawValue)))")
        }
        if let states = query.states { conditions.append("state \(isOne(of: states.map(\.rawValue)))") }
        if let issuer = query.revokedBy {
            conditions.append("issuer = ? AND revoked_at IS NOT NULL AND delisted = 0")
            arguments += [Data(issuer.bytes)]
        }
        if let isRevoked = query.isRevoked { conditions.append("revoked_at IS \(isRevoked ? "NOT " : "")NULL") }
        if let fingerprint = query.keyFingerprint {
            conditions.append("key_fingerprint = ?")
            arguments += [Data(fingerprint)]
        }
        if let date = query.endsFrom { conditions.append("not_after >= \(date.seconds)") }
        if let date = query.endsBefore { conditions.append("not_after < \(date.seconds)") }
        let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        return ("FROM \(tables)\(condition)", arguments)
    }

    /// One value is compared with `=`: SQLite does not see that `IN` with one value is what a partial index is about.
    private static func isOne(of values: [String]) -> String {
        let quoted = values.sorted().map { "'\($0)'" }
        return quoted.count == 1 ? "= \(quoted[0])" : "IN (\(quoted.joined(separator: ", ")))"
    }

    /// The reason that stands in a row.
    static func reason(_ code: Int) throws -> RevocationReason {
        guard let reason = RevocationReason(code: code) else { throw unknownKind("a revocation for a reason") }
        return reason
    }

    private static func unknownKind(_ what: String) -> MailCAError { damaged("\(what) that is not known here") }

    static func damaged(_ what: String) -> MailCAError {
        MailCAError(.damaged, "the ledger has \(what)", hint: "Put the ledger back from a backup: mailca restore FILE.")
    }

    static func entry(_ row: GRDB.Row, _ database: Database) throws -> LedgerEntry {
        let names = try String.fetchAll(
            database.cachedStatement(
                sql: "SELECT name FROM certificate_name WHERE certificate = ? ORDER BY position"),
            arguments: [row["id"] as Int64])
        guard let profile = Profile(rawValue: row["profile"]), let state = LedgerEntry.State(rawValue: row["state"])
        else { throw unknownKind("an entry of a kind") }
        var revocation: LedgerEntry.Revocation?
        if let date = row["revoked_at"] as Int64?, let code = row["reason"] as Int? {
            revocation = .init(date: Date(seconds: date), reason: try reason(code))
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

    /// Of a time beyond the year 9999, or before the year 1, the last or first second: no certificate can have it.
    init(seconds: Int64) {
        self.init(timeIntervalSince1970: Double(min(max(seconds, -62_135_596_800), 253_402_300_799)))
    }
}
