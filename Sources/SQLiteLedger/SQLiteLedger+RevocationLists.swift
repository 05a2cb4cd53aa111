public import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit

extension SQLiteLedger {
    public func addRevocationList(
        issuer: SerialNumber, from: Date, isPlanned: Bool, signer: RevocationListSigner
    ) throws(MailCAError) -> SignedRevocationList {
        let now = log.clock()
        return try write { database in
            let lists = ListTable(issuer: issuer, database: database)
            if !isPlanned { try lists.withdrawPlanned(after: now) }
            let next = try lists.next(from: from)
            // First, so that the new one lies where the old one was.
            let current = isPlanned ? try lists.latest(at: now)?.number ?? 0 : next.number
            try lists.dropParts(before: current)
            let entries = try lists.storeEntries(
                number: next.number, time: next.time, isPlanned: isPlanned)
            let draft = RevocationListDraft(
                number: next.number, thisUpdate: Date(seconds: next.time), count: entries.count,
                byteCount: entries.byteCount
            ) { take throws(MailCAError) in
                try Self.translate(self.path) { try lists.forEachPart(number: next.number) { try take($0) } }
            }
            let (nextUpdate, frame) = try signer.list(draft)
            try lists.store(frame.head, number: next.number, position: 0)
            try lists.store(frame.tail, number: next.number, position: entries.parts + 1)
            entries.digest.update(frame.head)
            entries.digest.update(frame.tail)
            let digest = entries.digest.finish()
            let list = signed(
                .init(
                    number: next.number, thisUpdate: Date(seconds: next.time),
                    nextUpdate: Date(seconds: nextUpdate.seconds), count: entries.count), issuer)
            let act = try log.enter(
                .listed, subject: issuer.description, note: "number \(next.number), \(entries.count) revoked",
                content: list.contentDigest(isPlanned: isPlanned, der: digest), in: database)
            try database.execute(
                sql: "INSERT INTO revocation_list VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                arguments: [
                    Data(issuer.bytes), next.number, next.time, nextUpdate.seconds, entries.count, isPlanned,
                    act.number, Data(try signer.head(act)), Data(digest),
                ])
            return list
        }
    }

    public func latestRevocationList(
        issuer: SerialNumber, at date: Date
    ) throws(MailCAError) -> SignedRevocationList? {
        try read { try ListTable(issuer: issuer, database: $0).latest(at: date) }.map { signed($0, issuer) }
    }

    public func plannedRevocationLists(
        issuer: SerialNumber, at date: Date
    ) throws(MailCAError) -> [SignedRevocationList] {
        try read { try ListTable(issuer: issuer, database: $0).planned(at: date) }.map { signed($0, issuer) }
    }

    public func revocationList(
        issuer: SerialNumber, number: Int64
    ) throws(MailCAError) -> SignedRevocationList? {
        try read { try ListTable(issuer: issuer, database: $0).list(number: number) }.map { signed($0, issuer) }
    }

    /// A list whose bytes are read when they are wanted.
    func signed(_ row: ListTable.Item, _ issuer: SerialNumber) -> SignedRevocationList {
        SignedRevocationList(
            issuer: issuer, number: row.number, thisUpdate: row.thisUpdate, nextUpdate: row.nextUpdate,
            count: row.count
        ) { take throws(MailCAError) in
            try self.read { database in
                var isThere = false
                try ListTable(issuer: issuer, database: database).forEachPart(number: row.number) {
                    isThere = true
                    try take($0)
                }
                guard isThere else {
                    throw MailCAError(
                        .busy, "another command made a newer revocation list meanwhile", hint: "Try again.")
                }
            }
        }
    }

    public func hasUnlisted(issuer: SerialNumber) throws(MailCAError) -> Bool {
        try read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM act CROSS JOIN certificate ON certificate.id = act.certificate
                        WHERE act.kind = 'revoked' AND certificate.issuer = :issuer AND act.id >
                            (SELECT coalesce(max(act), 0) FROM revocation_list WHERE issuer = :issuer))
                    """, arguments: ["issuer": Data(issuer.bytes)]) ?? false
        }
    }

    public func skipRevocationLists(issuer: SerialNumber, to date: Date) throws(MailCAError) {
        try write { database in
            let next = try ListTable(issuer: issuer, database: database).next(from: date)
            // Not the time of the next list, which one that is planned for a far day would put off to that day.
            // Seconds since 1970: more than any CA makes in its life, one a second.
            try database.execute(
                sql: "INSERT INTO revocation_list VALUES (?, ?, ?, ?, 0, 0, NULL, NULL, NULL, 0)",
                arguments: [Data(issuer.bytes), max(next.number, date.seconds), date.seconds, date.seconds])
        }
    }
}
