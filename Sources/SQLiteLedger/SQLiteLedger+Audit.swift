import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit

extension SQLiteLedger {
    public func forEachAct(
        newest limit: Int?, _ take: (Act) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        try read { try AuditLog.forEach(newest: limit, in: $0) { act, _ in try take(act) } }
    }

    public func acts(of serialNumber: SerialNumber) throws(MailCAError) -> [Act] {
        try read { database in
            let ids = try GRDB.Row.fetchOne(
                database, sql: "SELECT act, revocation_act FROM certificate WHERE serial = ?",
                arguments: [Data(serialNumber.bytes)])
            let known = [ids?["act"] as Int64?, ids?["revocation_act"] as Int64?].compactMap { $0 }
            return try known.sorted().compactMap { try AuditLog.fetch($0, from: database)?.entered }
        }
    }

    public func lastAct() throws(MailCAError) -> Act? {
        var last: Act?
        try forEachAct(newest: 1) { last = $0 }
        return last
    }

    public func note(_ kind: Act.Kind, subject: String, note: String) throws(MailCAError) {
        try write { _ = try log.enter(kind, subject: subject, note: note, in: $0) }
    }

    public func auditFaults(authorities certificates: [Certificate]) throws(MailCAError) -> [AuditFault] {
        try read { try Audit.faults(in: $0, authorities: certificates) }
    }
}

/// Goes through the whole log once, and compares what it says with the tables.
struct Audit {
    let database: Database
    private var faults: [AuditFault] = []
    /// More are left out: one cause can show a million times.
    private static let most = 100

    static func faults(in database: Database, authorities certificates: [Certificate]) throws -> [AuditFault] {
        var audit = Audit(database: database)
        try audit.checkChain()
        try audit.checkCertificates()
        try audit.checkDelisted()
        try audit.checkLists(certificates)
        try audit.checkDeployments()
        try audit.checkConfigurations()
        return audit.faults
    }

    private init(database: Database) { self.database = database }

    private mutating func add(_ act: Int64?, _ message: String) {
        if faults.count < Self.most { faults.append(AuditFault(act: act, message)) }
    }

    /// Numbers without a gap, each digest made over the one before, each content as the tables have it.
    private mutating func checkChain() throws {
        var expected: Int64 = 1
        var previous = Act.beginning
        var found: [AuditFault] = []
        try AuditLog.forEach(newest: nil, in: database) { entered, row in
            guard found.count < Self.most else { return }
            if entered.number > expected {
                let gone =
                    expected == entered.number - 1
                    ? "act \(expected) is" : "acts \(expected) to \(entered.number - 1) are"
                found.append(AuditFault(act: expected, "\(gone) missing from the audit log"))
            } else if entered.number < expected || row.act(previous).digest != row.digest {
                found.append(
                    AuditFault(
                        act: entered.number,
                        "act \(entered.number) (\(entered.kind.rawValue) \(entered.subject)) was changed, or is not where it was"
                    ))
            }
            if let fault = try contentFault(of: entered, row) { found.append(fault) }
            expected = max(expected, entered.number &+ 1)
            previous = row.digest
        }
        faults += found
    }

    private func contentFault(of act: Act, _ row: AuditRow) throws -> AuditFault? {
        guard let id = row.certificate else {
            guard [.issued, .abandoned, .revoked, .recovered].contains(act.kind) else { return nil }
            return AuditFault(
                act: act.number,
                "act \(act.number) (\(act.kind.rawValue) \(act.subject)) does not say any more which certificate it is about"
            )
        }
        guard let entry = try Row.fetch(id: id, from: database) else {
            // The note of a revocation is its reason.
            let holder = act.kind == .revoked ? "" : " of \(act.note)"
            return AuditFault(
                act: act.number,
                "the certificate \(act.subject)\(holder) is missing from the ledger (act \(act.number))")
        }
        let found: [UInt8]? =
            act.kind == .revoked ? entry.revocation?.contentDigest(of: entry.serialNumber) : entry.contentDigest
        guard found != act.content else { return nil }
        if act.kind != .revoked, try wasRecovered(id, after: act.number) { return nil }
        let what = act.kind == .revoked ? "the revocation of the certificate" : "the certificate"
        return AuditFault(
            act: act.number, "\(what) \(act.subject) in the ledger is not what act \(act.number) entered")
    }

    /// Whether a later act tells that what was given up was found after all: then that one has to be right.
    private func wasRecovered(_ id: Int64, after number: Int64) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM certificate JOIN act ON act.id = certificate.act
                    WHERE certificate.id = ? AND act.id > ? AND act.kind = 'recovered')
                """, arguments: [id, number]) ?? false
    }

    /// Everything in the tables has its act.
    private mutating func checkCertificates() throws {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT certificate.serial, certificate.state, certificate.revoked_at FROM certificate
                LEFT JOIN act AS made ON made.id = certificate.act AND made.certificate = certificate.id
                    AND made.kind IN ('issued', 'abandoned', 'recovered')
                LEFT JOIN act AS ended ON ended.id = certificate.revocation_act
                    AND ended.certificate = certificate.id AND ended.kind = 'revoked'
                WHERE (made.id IS NULL AND certificate.state <> 'pending')
                    OR (ended.id IS NULL) <> (certificate.revoked_at IS NULL)
                LIMIT \(Self.most)
                """)
        while let row = try rows.next() {
            add(
                nil,
                "the certificate \(SerialNumber(row["serial"] as Data)) is in the ledger as \(row["revoked_at"] as Int64? == nil ? row["state"] as String : "revoked"), and no act says so"
            )
        }
    }

    /// What is on no list any more has ended before one was made, of those that an act stands for.
    private mutating func checkDelisted() throws {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT serial FROM certificate WHERE delisted <> 0 AND (revoked_at IS NULL OR not_after >=
                    (SELECT coalesce(max(this_update), 0) FROM revocation_list AS list
                        WHERE list.issuer = certificate.issuer AND planned = 0 AND act IS NOT NULL))
                LIMIT \(Self.most)
                """)
        while let row = try rows.next() {
            add(
                nil,
                "the certificate \(SerialNumber(row["serial"] as Data)) is kept off the revocation lists before its time"
            )
        }
    }

    /// Where mail servers read is what the last act about it says.
    private mutating func checkDeployments() throws {
        let acts = try GRDB.Row.fetchAll(
            database,
            sql: "SELECT subject, content, note, max(id) AS id FROM act WHERE kind = 'deployed' GROUP BY subject")
        var known = Dictionary(
            uniqueKeysWithValues: try SQLiteLedger.deployments(in: database).map { ($0.directory, $0.contentDigest) })
        for row in acts {
            let directory: String = row["subject"]
            let isDropped = row["note"] as String == "dropped"
            let found = known.removeValue(forKey: directory)
            if found != (isDropped ? nil : Array(row["content"] as Data)) {
                add(row["id"], "the deployment \(directory) is not as act \(row["id"] as Int64) entered it")
            }
        }
        for directory in known.keys.sorted() { add(nil, "the deployment \(directory) was entered by no act") }
    }

    private mutating func checkConfigurations() throws {
        let acts = try GRDB.Row.fetchAll(
            database,
            sql: "SELECT subject, content, note, max(id) AS id FROM act WHERE kind = 'configured' GROUP BY subject")
        var known = Dictionary(
            try SQLiteLedger.configurations(in: database).map { ($0.subject, $0.contentDigest) },
            uniquingKeysWith: { $1 })
        for row in acts {
            let subject: String = row["subject"]
            let isTakenBack = row["note"] as String == SQLiteLedger.takenBack
            let found = known.removeValue(forKey: subject)
            if found != (isTakenBack ? nil : Array(row["content"] as Data)) {
                add(row["id"], "the configuration of \(subject) is not as act \(row["id"] as Int64) entered it")
            }
        }
        for subject in known.keys.sorted() { add(nil, "the configuration of \(subject) was entered by no act") }
    }

    /// The list's row, and its bytes where they are still here, are what was signed.
    private mutating func checkContent(of row: GRDB.Row, _ issuer: SerialNumber, _ act: Act) throws {
        let item = ListTable.Item(row)
        let digest = Array(row["digest"] as Data? ?? Data())
        let list = SignedRevocationList(
            issuer: issuer, number: item.number, thisUpdate: item.thisUpdate, nextUpdate: item.nextUpdate,
            count: item.count, reader: { _ in })
        let lists = ListTable(issuer: issuer, database: database)
        let bytesAreGood = try !lists.hasParts(number: item.number) || lists.digest(number: item.number) == digest
        guard list.contentDigest(isPlanned: row["planned"], der: digest) != act.content || !bytesAreGood else { return }
        add(act.number, "the revocation list number \(item.number) in the ledger is not what act \(act.number) entered")
    }

    /// The head of the log was signed with each list, by the CA whose list it is.
    private mutating func checkLists(_ certificates: [Certificate]) throws {
        let rows = try GRDB.Row.fetchCursor(
            database,
            sql: """
                SELECT *, signature FROM revocation_list WHERE act IS NOT NULL ORDER BY act
                """)
        while let row = try rows.next() {
            let issuer = SerialNumber(row["issuer"] as Data)
            let number: Int64 = row["number"]
            let id: Int64 = row["act"]
            let before = try AuditLog.fetch(id &- 1, from: database)?.digest ?? Act.beginning
            let act = try AuditLog.fetch(id, from: database)?.act(before)
            guard let act, act.kind == .listed, act.subject == issuer.description else {
                add(
                    id,
                    "the act \(id) by which list number \(number) of \(issuer) was signed is missing: the log was cut short or changed"
                )
                continue
            }
            // Of a log that nobody signed the rest need not be said.
            if let authority = certificates.first(where: { $0.serialNumber == issuer }),
                !authority.verifies(
                    Array(row["signature"] as Data? ?? Data()), of: act.headStatement(issuer: issuer))
            {
                add(id, "the CA did not sign the audit log as it is up to act \(id) (list number \(number))")
            } else {
                try checkContent(of: row, issuer, act)
            }
        }
        let missing = try Int64.fetchAll(
            database,
            sql:
                "SELECT id FROM act WHERE kind = 'listed' AND id NOT IN (SELECT act FROM revocation_list WHERE act IS NOT NULL)"
        )
        for id in missing { add(id, "the revocation list that act \(id) entered is missing from the ledger") }
    }
}
