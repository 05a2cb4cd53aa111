import FoundationEssentials
import GRDB
public import MailCA
public import OpenSSLKit

extension SQLiteLedger {
    public func begin(_ entries: [LedgerEntry]) throws(MailCAError) {
        presence.enter()
        do throws(MailCAError) {
            try write { database in
                for entry in entries { try Row.insert(entry, into: database) }
            }
        } catch {
            presence.leave()
            throw error
        }
    }

    public func complete(_ certificates: [Certificate]) throws(MailCAError) {
        try write { database in
            for certificate in certificates { try Row.complete(certificate, in: database) }
        }
        presence.leave()
    }

    public func abandon(_ serialNumbers: [SerialNumber]) throws(MailCAError) {
        defer { presence.leave() }
        try write { database in
            for serial in serialNumbers { try Row.abandon(serial, in: database) }
        }
    }

    public func closeUnfinished(published: [Certificate]) throws(MailCAError) -> [LedgerEntry] {
        let pending = LedgerQuery(states: [.pending])
        guard try !entries(pending).isEmpty else { return [] }
        let closed = try presence.whenAlone { () throws(MailCAError) in
            try write { database in
                var serials: [SerialNumber] = []
                for entry in try Row.fetch(pending, from: database) {
                    if let certificate = published.first(where: { Self.belongs($0, to: entry) }) {
                        try Row.complete(certificate, in: database)
                    } else {
                        try Row.abandon(entry.serialNumber, in: database)
                    }
                    serials.append(entry.serialNumber)
                }
                return try serials.compactMap { try Row.fetch($0, from: database) }
            }
        }
        return closed ?? []
    }

    /// Whether it is the certificate that was begun: by its number and by its key.
    private static func belongs(_ certificate: Certificate, to entry: LedgerEntry) -> Bool {
        guard let fields = try? certificate.fields() else { return false }
        return fields.serialNumber == entry.serialNumber && fields.publicKey.sha256 == entry.keyFingerprint
    }

    public func entry(_ serialNumber: SerialNumber) throws(MailCAError) -> LedgerEntry? {
        try read { try Row.fetch(serialNumber, from: $0) }
    }

    public func entries(_ query: LedgerQuery) throws(MailCAError) -> [LedgerEntry] {
        try read { try Row.fetch(query, from: $0) }
    }

    public func revoke(_ serialNumbers: [SerialNumber], _ revocation: LedgerEntry.Revocation) throws(MailCAError) {
        try write { database in
            for serial in serialNumbers { try Row.revoke(serial, revocation, in: database) }
        }
    }
}
