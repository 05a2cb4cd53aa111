public import FoundationEssentials
public import OpenSSLKit

/// Everything that a CA knows of one certificate.
public struct CertificateRecord: Sendable {
    /// The newest revocation list of the CA that signed a certificate.
    public struct Listing: Sendable, Hashable {
        public let number: Int64
        public let thisUpdate: Date
        /// Whether the certificate is on it.
        public let isListed: Bool
    }

    public let entry: LedgerEntry
    /// The certificate itself; nil until it is issued.
    public let certificate: Certificate?
    public let standing: LedgerEntry.Standing
    /// The act by which it was issued, given up or recovered.
    public let origin: Act?
    /// The act by which it was revoked.
    public let revocation: Act?
    /// Of one that was revoked.
    public let listing: Listing?
}

extension Authority {
    /// Everything that is known of a certificate that the ledger has.
    /// - Throws: ``MailCAError`` with code `damaged`, and those of ``Ledger``.
    public func record(of entry: LedgerEntry, at date: Date) throws(MailCAError) -> CertificateRecord {
        var certificate: Certificate?
        if let der = entry.certificate {
            do { certificate = try Certificate(der: der) } catch {
                throw MailCAError(
                    .damaged, "the ledger's copy of the certificate \(entry.serialNumber) cannot be read",
                    hint: "Compare the ledger with its audit log: mailca audit --verify.", cause: error)
            }
        }
        let acts = try ledger.acts(of: entry.serialNumber)
        var listing: CertificateRecord.Listing?
        if entry.revocation != nil, let list = try ledger.latestRevocationList(issuer: entry.issuer, at: date) {
            listing = .init(
                number: list.number, thisUpdate: list.thisUpdate, isListed: try list.lists(entry.serialNumber))
        }
        return CertificateRecord(
            entry: entry, certificate: certificate, standing: entry.standing(at: date),
            origin: acts.first { $0.kind != .revoked }, revocation: acts.first { $0.kind == .revoked },
            listing: listing)
    }

    /// What is known under a serial number, or of a host, an IP address or a mail address; the newest first.
    /// - Returns: nothing where that is not known.
    /// - Throws: ``MailCAError`` with code `invalidName` for what is neither number nor name, `damaged`, and those of
    ///   ``Ledger``.
    public func records(of text: String, at date: Date) throws(MailCAError) -> [CertificateRecord] {
        let number = SerialNumber(hexadecimal: text)
        if let number, let entry = try ledger.entry(number) { return [try record(of: entry, at: date)] }
        let name: String
        do {
            name = text.contains("@") ? try EmailAddress(text).lookupKey : try ServerName(text).description
        } catch {
            // A number that nothing has need not be a name as well.
            if number != nil { return [] }
            throw error
        }
        var records: [CertificateRecord] = []
        for entry in try ledger.entries(LedgerQuery(name: name, order: .newestFirst)) {
            records.append(try record(of: entry, at: date))
        }
        return records
    }

    /// What the ledger has to say of a certificate that came from outside.
    public enum Acquaintance: Sendable {
        case known(CertificateRecord)
        /// Under its number there is another one.
        case other(CertificateRecord)
        /// One of the CA's keys signed it, and the ledger does not know it.
        case lost
        case stranger
    }

    /// - Throws: as ``record(of:at:)``.
    public func acquaintance(with certificate: Certificate, at date: Date) throws(MailCAError) -> Acquaintance {
        if let entry = try ledger.entry(certificate.serialNumber) {
            let record = try record(of: entry, at: date)
            return entry.certificate == certificate.der ? .known(record) : .other(record)
        }
        return certificates.contains { certificate.isSigned(by: $0) } ? .lost : .stranger
    }
}
