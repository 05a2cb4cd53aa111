public import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit

extension SQLiteLedger {
    public func begin(_ entries: [LedgerEntry]) throws(MailCAError) {
        presence.enter()
        do throws(MailCAError) {
            let ids = try write { database in try entries.map { try Row.insert($0, into: database) } }
            begun.withLock { begun in
                for (entry, id) in zip(entries, ids) { begun[entry.serialNumber] = (entry, id) }
            }
        } catch {
            presence.leave()
            throw error
        }
    }

    public func complete(_ certificates: [Certificate]) throws(MailCAError) {
        let known = begun.withLock { begun in certificates.map { begun[$0.serialNumber] } }
        try write { database in
            var act: Act?
            for (certificate, known) in zip(certificates, known) {
                act = try Row.complete(certificate, known, after: act, in: database, log)
            }
        }
        forget(certificates.map(\.serialNumber))
        presence.leave()
    }

    private func forget(_ serialNumbers: [SerialNumber]) {
        begun.withLock { begun in for serial in serialNumbers { begun[serial] = nil } }
    }

    public func abandon(_ serialNumbers: [SerialNumber]) throws(MailCAError) {
        defer {
            forget(serialNumbers)
            presence.leave()
        }
        try write { database in
            for serial in serialNumbers { try Row.abandon(serial, in: database, log) }
        }
    }

    public func closeUnfinished(published: [Certificate]) throws(MailCAError) -> [LedgerEntry] {
        guard try count(LedgerQuery(states: [.pending])) > 0 else { return [] }
        let closed = try presence.whenAlone { () throws(MailCAError) in try close(published: published) }
        return closed ?? []
    }

    /// Gives up, or completes, everything that is pending. Nobody else may be at work.
    func close(published: [Certificate]) throws(MailCAError) -> [LedgerEntry] {
        try write { database in
            var left: [LedgerEntry] = []
            try Row.forEach(LedgerQuery(states: [.pending]), in: database) { left.append($0) }
            for entry in left {
                if let certificate = published.first(where: { Self.belongs($0, to: entry) }) {
                    try Row.complete(certificate, in: database, log)
                } else {
                    try Row.abandon(entry.serialNumber, in: database, log)
                }
            }
            return try left.compactMap { try Row.fetch($0.serialNumber, from: database) }
        }
    }

    /// Whether it is the certificate that was begun: by its number and by its key.
    private static func belongs(_ certificate: Certificate, to entry: LedgerEntry) -> Bool {
        guard let fields = try? certificate.fields() else { return false }
        return fields.serialNumber == entry.serialNumber && fields.publicKey.sha256 == entry.keyFingerprint
    }

    public func entry(_ serialNumber: SerialNumber) throws(MailCAError) -> LedgerEntry? {
        try read { try Row.fetch(serialNumber, from: $0) }
    }

    public func forEachEntry(
        _ query: LedgerQuery, _ take: (LedgerEntry) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        try read { try Row.forEach(query, in: $0) { try take($0) } }
    }

    public func count(_ query: LedgerQuery) throws(MailCAError) -> Int { try read { try Row.count(query, in: $0) } }

    public func haveLiveCertificates(
        _ holders: [Holder], profile: Profile, at date: Date
    ) throws(MailCAError) -> [Bool] {
        try read { database in
            // The conditions are in Swift: a value in a condition that a partial index has makes SQLite compile the
            // statement again each time.
            let statement = try database.cachedStatement(
                sql: """
                    SELECT device, profile, state, revoked_at, not_before, not_after FROM certificate_name
                    CROSS JOIN certificate ON certificate.id = certificate_name.certificate WHERE name = ?
                    """)
            var found: [Bool] = []
            for holder in holders {
                var isLive = false
                let rows = try GRDB.Row.fetchCursor(statement, arguments: [holder.name])
                while let row = try rows.next() {
                    if row[0] == holder.device, row[1] == profile.rawValue, row[2] == "issued",
                        row[3] as Int64? == nil, row[4] <= date.seconds, date.seconds <= row[5]
                    {
                        isLive = true
                    }
                }
                found.append(isLive)
            }
            return found
        }
    }

    public func recover(_ entries: [LedgerEntry]) throws(MailCAError) {
        try write { database in
            for entry in entries { try Row.recover(entry, in: database, log) }
        }
    }

    public func revoke(_ serialNumbers: [SerialNumber], _ revocation: LedgerEntry.Revocation) throws(MailCAError) {
        try write { database in
            for serial in serialNumbers { try Row.revoke(serial, revocation, in: database, log) }
        }
    }
}
