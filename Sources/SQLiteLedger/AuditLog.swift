import FoundationEssentials
import GRDB
import MailCA
import OpenSSLKit
import SystemPackage

/// The chain of acts in the ledger: each is entered in the transaction of what it tells of.
struct AuditLog: Sendable {
    let caller: Caller
    let clock: @Sendable () -> Date

    private static let columns = "id, time, uid, sudo_user, command, kind, subject, note, content, digest"

    /// Enters the next act.
    /// - Parameters:
    ///   - content: the digest of what else the ledger has of it; that of nothing where there is no more.
    ///   - certificate: the row that it is about.
    ///   - previous: the last act, where it was entered in the same transaction and need not be read.
    @discardableResult
    func enter(
        _ kind: Act.Kind, subject: String, note: String, content: [UInt8] = Act.beginning, certificate: Int64? = nil,
        after previous: Act? = nil, in database: Database
    ) throws -> Act {
        let last = try previous.map { (number: $0.number, digest: $0.digest) } ?? Self.last(in: database)
        guard last.number < .max else { throw Row.damaged("no number left for an act") }
        let act = Act(
            after: last.digest, number: last.number + 1, date: clock(), caller: caller, kind: kind, subject: subject,
            note: note, content: content)
        try database.cachedStatement(
            sql: """
                INSERT INTO act (\(Self.columns), certificate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            act.number, act.date.seconds, Int64(caller.userID), caller.sudoUser, caller.command, kind.rawValue,
            subject, note, Data(content), Data(act.digest), certificate,
        ])
        return act
    }

    private static func last(in database: Database) throws -> (number: Int64, digest: [UInt8]) {
        let row = try GRDB.Row.fetchOne(
            database.cachedStatement(sql: "SELECT id, digest FROM act ORDER BY id DESC LIMIT 1"))
        return row.map { ($0["id"], Array($0["digest"] as Data)) } ?? (0, Act.beginning)
    }

    /// Gives what an older ledger holds its acts, and its lists what was not kept apart then.
    func enterUpgrade(_ path: FilePath, _ database: Database) throws {
        var known: [LedgerEntry] = []
        try Row.forEach(LedgerQuery(), in: database) { known.append($0) }
        guard !known.isEmpty else { return }
        try Self.countLists(database)
        try enter(.upgraded, subject: path.string, note: "format 2", in: database)
        for entry in known where entry.state != .pending {
            try Row.enter(entry.state == .issued ? .issued : .abandoned, entry.serialNumber, in: database, self)
            guard let revocation = entry.revocation else { continue }
            let act = try enter(
                .revoked, subject: entry.serialNumber.description, note: revocation.reason.rawValue,
                content: revocation.contentDigest(of: entry.serialNumber),
                certificate: Int64.fetchOne(
                    database, sql: "SELECT id FROM certificate WHERE serial = ?",
                    arguments: [Data(entry.serialNumber.bytes)]),
                in: database)
            try database.execute(
                sql: "UPDATE certificate SET revocation_act = ? WHERE serial = ?",
                arguments: [act.number, Data(entry.serialNumber.bytes)])
        }
    }

    static func countLists(_ database: Database) throws {
        for row in try GRDB.Row.fetchAll(database, sql: "SELECT issuer, number, bytes FROM revocation_list_part") {
            guard let list = try? RevocationList(der: Array(row["bytes"] as Data)) else { continue }
            try database.execute(
                sql: "UPDATE revocation_list SET count = ? WHERE issuer = ? AND number = ?",
                arguments: [list.count, row["issuer"] as Data, row["number"] as Int64])
        }
    }

    /// Hands over the acts with their rows, oldest first, or newest first up to `limit`.
    static func forEach(
        newest limit: Int?, in database: Database, _ take: (Act, _ row: AuditRow) throws -> Void
    ) throws {
        let order = limit.map { "ORDER BY id DESC LIMIT \($0)" } ?? "ORDER BY id"
        let rows = try GRDB.Row.fetchCursor(database, sql: "SELECT \(columns), certificate FROM act \(order)")
        while let row = try rows.next() {
            let row = try AuditRow(row)
            try take(row.entered, row)
        }
    }

    static func fetch(_ number: Int64, from database: Database) throws -> AuditRow? {
        try GRDB.Row.fetchOne(
            database, sql: "SELECT \(columns), certificate FROM act WHERE id = ?", arguments: [number]
        ).map { try AuditRow($0) }
    }
}

/// An act as it stands in the table.
struct AuditRow {
    /// The digest that was stored with it.
    let digest: [UInt8]
    /// The row that it is about.
    let certificate: Int64?
    /// The act with that digest.
    var entered: Act { Act(act([]), enteredWith: digest) }
    /// The act that it would be after one with that digest.
    let act: (_ previous: [UInt8]) -> Act

    init(_ row: GRDB.Row) throws {
        let number: Int64 = row["id"]
        guard let kind = Act.Kind(rawValue: row["kind"]) else {
            throw MailCAError(
                .damaged, "the audit log has an act of a kind that is not known here: number \(number)",
                hint: "Put the ledger back from a backup: mailca restore FILE.")
        }
        digest = Array(row["digest"] as Data)
        certificate = row["certificate"]
        let caller = Caller(
            userID: UInt32(truncatingIfNeeded: row["uid"] as Int64), sudoUser: row["sudo_user"],
            command: row["command"])
        let (date, subject, note) = (Date(seconds: row["time"]), row["subject"] as String, row["note"] as String)
        let content = Array(row["content"] as Data)
        act = { previous in
            Act(
                after: previous, number: number, date: date, caller: caller, kind: kind, subject: subject, note: note,
                content: content)
        }
    }
}
