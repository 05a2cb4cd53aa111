public import FoundationEssentials
public import OpenSSLKit

extension Authority {
    /// Whether the newest lists have all that was taken back.
    /// - Throws: the errors of ``Ledger``.
    public func revocationListsAreComplete() throws(MailCAError) -> Bool {
        for member in chain where try ledger.hasUnlisted(issuer: member.fields.serialNumber) { return false }
        return true
    }

    /// How long a revocation list counts where nobody is seen to renew it: a year, so that a timer that was never
    /// set locks nobody out.
    public static let revocationListDays = 365

    /// How long one counts where ``Ledger/lastMaintained()`` tells that somebody renews it: an old one that is kept
    /// back from a server is worth little.
    public static let maintainedListDays = 10

    /// How long the next list counts where nobody says otherwise.
    /// - Throws: the errors of ``Ledger``.
    public func usualListDays() throws(MailCAError) -> Int {
        try ledger.lastMaintained() == nil ? Self.revocationListDays : Self.maintainedListDays
    }

    /// Takes a certificate back. The next ``revocationList(days:)`` tells of it.
    /// - Parameter date: since when it is not to be trusted; nil for now.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `alreadyExists` (it was revoked before), and those of
    ///   ``Ledger``.
    public func revoke(
        _ serialNumber: SerialNumber, reason: RevocationReason, at date: Date? = nil
    ) throws(MailCAError) {
        try revoke([serialNumber], reason: reason, at: date)
    }

    /// Takes certificates back: all of them, or none. Where keys were compromised, every certificate of these keys:
    /// ``sharingKeys(with:)``.
    /// - Throws: as ``revoke(_:reason:at:)-(SerialNumber,_,_)``.
    public func revoke(
        _ serialNumbers: [SerialNumber], reason: RevocationReason, at date: Date? = nil
    ) throws(MailCAError) {
        let now = clock()
        if let date, date > now {
            throw MailCAError(
                .invalidParameters, "\(Timestamp.readable(date)) is still to come, and a revocation counts at once",
                hint: "Give the time since when the key may be in other hands, or none.")
        }
        var entries: [LedgerEntry] = []
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
            entries.append(entry)
        }
        if reason == .keyCompromise { entries += try sharingKeys(with: entries) }
        try ledger.revoke(entries.map(\.serialNumber), LedgerEntry.Revocation(date: date ?? now, reason: reason))
    }

    /// The other certificates that count and are of the same keys: whoever has the key can use them all.
    /// - Throws: the errors of ``Ledger``.
    public func sharingKeys(with entries: [LedgerEntry]) throws(MailCAError) -> [LedgerEntry] {
        var known = Set(entries.map(\.serialNumber))
        var others: [LedgerEntry] = []
        for entry in entries where !entry.profile.isAuthority {
            let sharing = try ledger.entries(
                LedgerQuery(
                    states: [.issued], keyFingerprint: entry.keyFingerprint, isRevoked: false, endsFrom: clock()))
            for other in sharing where !other.profile.isAuthority && known.insert(other.serialNumber).inserted {
                others.append(other)
            }
        }
        return others
    }

    /// Refuses a list of the CA that signs servers and users that would count for longer than that.
    /// - Throws: ``MailCAError`` with code `invalidParameters`.
    public func checkEnd(ofListFor days: Int) throws(MailCAError) { try checkEnd(days, chain[0].fields) }

    /// The same for lists of the root.
    /// - Parameter days: until the last of them ends.
    public func checkEnd(ofRootListFor days: Int) throws(MailCAError) {
        try checkEnd(days, chain[chain.count - 1].fields)
    }

    private func checkEnd(_ days: Int, _ authority: CertificateFields) throws(MailCAError) {
        let end = authority.validity.notAfter
        guard Double(days) * 86_400 <= end.timeIntervalSince(clock()) else {
            throw MailCAError(
                .invalidParameters,
                "revocation lists cannot count for \(days) days from now on: the CA ends on \(Timestamp.readable(end))",
                hint: "No list was made. Give fewer days, or fewer periods.")
        }
    }

    /// Makes and signs a new revocation list of the CA that signs servers and users.
    /// - Parameter days: how long it counts; nil for ``usualListDays()``.
    /// - Throws: ``MailCAError`` with the codes `keyNotHere`, `invalidParameters`, and those of ``Ledger``.
    public func revocationList(days: Int? = nil) throws(MailCAError) -> SignedRevocationList {
        try newRevocationList(of: chain[0], key: try signingKey(), days: days)
    }

    /// A current list of every CA in the chain, the one that signs servers and users first: a new one where the key
    /// is here, and else the newest that was made.
    /// - Throws: ``MailCAError`` as ``revocationList(days:)``, and `notFound` where a CA whose key is away never made one.
    public func revocationLists(days: Int? = nil) throws(MailCAError) -> [SignedRevocationList] {
        var lists: [SignedRevocationList] = []
        for member in chain {
            if let key = key(of: member) {
                lists.append(try newRevocationList(of: member, key: key, days: days))
            } else if let list = try ledger.latestRevocationList(issuer: member.fields.serialNumber, at: clock()) {
                lists.append(list)
            } else {
                throw MailCAError(
                    .notFound, "there is no revocation list of \(member.fields.subject), and its key is not here",
                    hint: "Bring the key of that CA to make one.")
            }
        }
        return lists
    }

    /// The newest list of every CA in the chain whose time has come, the one that signs servers and users first,
    /// without making any.
    public func latestRevocationLists() throws(MailCAError) -> [SignedRevocationList] {
        var lists: [SignedRevocationList] = []
        for member in chain {
            if let list = try ledger.latestRevocationList(issuer: member.fields.serialNumber, at: clock()) {
                lists.append(list)
            }
        }
        return lists
    }

    /// Signs lists of the root for times to come, in one sitting, after which its key can go back to its place.
    ///
    /// Each counts for two periods and the next begins after one, so that there is time to put it in place.
    /// - Parameters:
    ///   - periods: how many lists.
    ///   - days: the length of a period.
    /// - Returns: the lists, the one that counts now first.
    /// - Throws: ``MailCAError`` with the codes `keyNotHere`, `invalidParameters`, and those of ``Ledger``.
    public func rootRevocationLists(periods: Int, days: Int) throws(MailCAError) -> [SignedRevocationList] {
        guard (1...1_000).contains(periods) else {
            throw MailCAError(
                .invalidParameters, "\(periods) lists cannot be made in one sitting",
                hint: "Give a number from 1 to 1000; 24 lists of 30 days last two years.")
        }
        let root = chain[chain.count - 1]
        guard let key = key(of: root) else {
            throw MailCAError(
                .keyNotHere, "the key of \(root.fields.subject) is not here",
                hint: "Bring it, and give --root-key FILE.")
        }
        let start = clock().addingTimeInterval(-Validity.tolerance)
        var lists: [SignedRevocationList] = []
        for period in 0..<periods {
            let begin = start.addingTimeInterval(Double(period * days) * 86_400)
            lists.append(
                try add(root, key: key, from: begin, days: days, isPlanned: period > 0) {
                    $0.addingTimeInterval(Double(2 * days) * 86_400)
                })
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
        of member: ReadCertificate, key: PrivateKey, days: Int?
    ) throws(MailCAError) -> SignedRevocationList {
        let usual = try usualListDays()
        let days = days ?? usual
        return try add(
            member, key: key, from: clock().addingTimeInterval(-Validity.tolerance), days: days, isPlanned: false
        ) { end(of: member, from: $0, days: days) }
    }

    private func add(
        _ member: ReadCertificate, key: PrivateKey, from: Date, days: Int, isPlanned: Bool,
        end: @escaping (Date) -> Date
    ) throws(MailCAError) -> SignedRevocationList {
        guard (1...Profile.longestDays).contains(days) else {
            throw MailCAError(
                .invalidParameters, "a revocation list cannot count for \(days) days",
                hint: "Give a number from 1 to \(Profile.longestDays); \(Self.revocationListDays) is usual.")
        }
        let issuer = member.fields.serialNumber
        return try ledger.addRevocationList(
            issuer: issuer, from: from, isPlanned: isPlanned,
            signer: RevocationListSigner(
                list: { (draft) throws(MailCAError) in
                    let nextUpdate = end(draft.thisUpdate)
                    return (nextUpdate, try sign(draft, member.certificate, key, nextUpdate))
                },
                head: { (act) throws(MailCAError) in
                    try crypto { () throws(OpenSSLError) in
                        try key.signature(of: act.headStatement(issuer: issuer))
                    }
                }))
    }

    /// The signature is checked where it is made.
    private func sign(
        _ draft: RevocationListDraft, _ issuer: Certificate, _ key: PrivateKey, _ nextUpdate: Date
    ) throws(MailCAError) -> RevocationListBuilder.Frame {
        do {
            let builder = try RevocationListBuilder(
                issuer: issuer, key: key, number: draft.number, thisUpdate: draft.thisUpdate, nextUpdate: nextUpdate)
            return try builder.sign(byteCount: draft.byteCount) { (take) throws(MailCAError) in
                try draft.withEntries { take($0) }
            }
        } catch let error as OpenSSLError {
            throw MailCAError(internal: error)
        } catch {
            throw error as? MailCAError ?? MailCAError(.internalFault, "\(error)", cause: error)
        }
    }
}
