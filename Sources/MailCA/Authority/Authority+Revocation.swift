import FoundationEssentials
public import OpenSSLKit

extension Authority {
    /// Whether the newest lists have all that was taken back.
    /// - Throws: the errors of ``Ledger``.
    public func revocationListsAreComplete() throws(MailCAError) -> Bool {
        for member in chain {
            let serial = member.fields.serialNumber
            let revoked = try ledger.entries(LedgerQuery(revokedBy: serial))
            guard !revoked.isEmpty else { continue }
            let list = try ledger.latestRevocationList(issuer: serial)
            let listed = try crypto { () throws(OpenSSLError) in
                Set(try list?.entries().map(\.serialNumber) ?? [])
            }
            guard revoked.allSatisfy({ listed.contains($0.serialNumber) }) else { return false }
        }
        return true
    }

    /// How long a revocation list counts where nobody is seen to renew it: a year, so that a timer that was never
    /// set locks nobody out.
    public static let revocationListDays = 365

    /// Takes a certificate back. The next ``revocationList(days:)`` tells of it.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `alreadyExists` (it was revoked before), and those of
    ///   ``Ledger``.
    public func revoke(_ serialNumber: SerialNumber, reason: RevocationReason) throws(MailCAError) {
        try revoke([serialNumber], reason: reason)
    }

    /// Takes certificates back: all of them, or none.
    /// - Throws: as ``revoke(_:reason:)-(SerialNumber,_)``.
    public func revoke(_ serialNumbers: [SerialNumber], reason: RevocationReason) throws(MailCAError) {
        for serialNumber in serialNumbers {
            guard let entry = try ledger.entry(serialNumber), entry.state == .issued else {
                throw MailCAError(
                    .notFound, "no certificate with the serial number \(serialNumber) was issued here",
                    hint: "The number is printed when a certificate is made, and stands in it.")
            }
            if let revocation = entry.revocation {
                throw MailCAError(
                    .alreadyExists,
                    "the certificate \(serialNumber) was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue))",
                    hint: "Nothing was changed.")
            }
        }
        try ledger.revoke(serialNumbers, LedgerEntry.Revocation(date: clock(), reason: reason))
    }

    /// Makes and signs a new revocation list of the CA that signs servers and users.
    /// - Parameter days: how long it counts.
    /// - Throws: ``MailCAError`` with the codes `keyNotHere`, `invalidParameters`, and those of ``Ledger``.
    public func revocationList(days: Int = revocationListDays) throws(MailCAError) -> RevocationList {
        try newRevocationList(of: chain[0], key: try signingKey(), days: days)
    }

    /// A current list of every CA in the chain, the one that signs servers and users first: a new one where the key
    /// is here, and else the newest that was made.
    /// - Throws: ``MailCAError`` as ``revocationList(days:)``, and `notFound` where a CA whose key is away never made one.
    public func revocationLists(days: Int = revocationListDays) throws(MailCAError) -> [RevocationList] {
        var lists: [RevocationList] = []
        for member in chain {
            if let key = key(of: member) {
                lists.append(try newRevocationList(of: member, key: key, days: days))
            } else if let list = try ledger.latestRevocationList(issuer: member.fields.serialNumber) {
                lists.append(list)
            } else {
                throw MailCAError(
                    .notFound, "there is no revocation list of \(member.fields.subject), and its key is not here",
                    hint: "Bring the key of that CA to make one.")
            }
        }
        return lists
    }

    /// The newest list of every CA in the chain, the one that signs servers and users first, without making any.
    public func latestRevocationLists() throws(MailCAError) -> [RevocationList] {
        var lists: [RevocationList] = []
        for member in chain {
            if let list = try ledger.latestRevocationList(issuer: member.fields.serialNumber) { lists.append(list) }
        }
        return lists
    }

    /// When a list ends. That of a root above an issuing CA is made once, before the root's key is taken away: it lasts
    /// as long as what it could revoke.
    private func end(of member: ReadCertificate, from start: Date, days: Int) -> Date {
        let usual = start.addingTimeInterval(Double(days) * 86_400)
        let isAbove = member.certificate != chain[0].certificate
        return isAbove ? max(usual, chain[0].fields.validity.notAfter) : usual
    }

    private func newRevocationList(
        of member: ReadCertificate, key: PrivateKey, days: Int
    ) throws(MailCAError) -> RevocationList {
        guard (1...Profile.longestDays).contains(days) else {
            throw MailCAError(
                .invalidParameters, "a revocation list cannot count for \(days) days",
                hint: "Give a number from 1 to \(Profile.longestDays); \(Self.revocationListDays) is usual.")
        }
        return try ledger.addRevocationList(
            issuer: member.fields.serialNumber, from: clock().addingTimeInterval(-Validity.tolerance)
        ) {
            (number, thisUpdate, revoked) throws(MailCAError) in
            let list = try crypto { () throws(OpenSSLError) in
                try RevocationList(
                    issuer: member.certificate, key: key, number: number, thisUpdate: thisUpdate,
                    nextUpdate: end(of: member, from: thisUpdate, days: days), entries: revoked)
            }
            guard list.isSigned(by: member.certificate) else {
                throw MailCAError(.internalFault, "the signed revocation list does not verify and was not published")
            }
            return list
        }
    }
}
