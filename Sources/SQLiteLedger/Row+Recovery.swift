import FoundationEssentials
import GRDB
import MailCA
import OpenSSLKit

extension Row {
    /// Enters what was found outside: a certificate, or the number of one that nothing else is known of. What was given
    /// up gives its row to it.
    static func recover(_ entry: LedgerEntry, in database: Database, _ log: AuditLog) throws {
        let serial = Data(entry.serialNumber.bytes)
        let known = try fetchWithID(entry.serialNumber, from: database)
        if let (known, id) = known {
            guard known.state == .abandoned, entry.certificate != nil || known.revocation == nil else {
                throw MailCAError(
                    .alreadyExists, "the ledger has the certificate \(entry.serialNumber) already",
                    hint: "Nothing was changed.")
            }
            if entry.certificate != nil && known.keyFingerprint != entry.keyFingerprint {
                try replace(id, by: entry, in: database)
            }
        } else {
            _ = try insert(entry, into: database)
        }
        try database.execute(
            sql: "UPDATE certificate SET state = ?, der = ? WHERE serial = ?",
            arguments: [
                entry.certificate == nil ? "abandoned" : "issued", entry.certificate.map { Data($0) }, serial,
            ])
        try enter(.recovered, entry.serialNumber, in: database, log)
        guard let revocation = entry.revocation, known?.entry.revocation == nil else { return }
        try revoke(
            entry.serialNumber, revocation, from: entry.certificate == nil ? "abandoned" : "issued", in: database, log)
    }

    /// Gives a row, still to be completed, other details.
    private static func replace(_ id: Int64, by entry: LedgerEntry, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE certificate SET issuer = ?, profile = ?, device = ?, full_name = ?, not_before = ?, not_after = ?,
                    key_fingerprint = ?, created_at = ? WHERE id = ?
                """,
            arguments: [
                Data(entry.issuer.bytes), entry.profile.rawValue, entry.device, entry.fullName,
                entry.validity.notBefore.seconds, entry.validity.notAfter.seconds, Data(entry.keyFingerprint),
                entry.createdAt.seconds, id,
            ])
        try database.execute(sql: "DELETE FROM certificate_name WHERE certificate = ?", arguments: [id])
        try insert(names: entry.names, of: id, into: database)
    }
}
