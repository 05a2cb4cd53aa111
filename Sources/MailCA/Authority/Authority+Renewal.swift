public import FoundationEssentials
public import OpenSSLKit

extension Authority {
    /// Makes a new certificate for the holder of each of these: for the same names, with the same key, or with a new one.
    /// - Parameters:
    ///   - serialNumbers: of issued certificates. One that has ended may be renewed, one that was revoked may not.
    ///   - days: the new life; nil for that of the old one.
    ///   - newKey: the kind of key to make; nil keeps the key, which is with its holder.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `notPermitted` (it was revoked, or its key was reported as
    ///   compromised), and those of ``issue(_:)-([CertificateParameters])``.
    public func renew(
        _ serialNumbers: [SerialNumber], days: Int? = nil, newKey: KeyAlgorithm? = nil
    ) throws(MailCAError) -> [IssuedCertificate] {
        var wishes: [CertificateParameters] = []
        for serialNumber in serialNumbers {
            wishes.append(try renewal(of: serialNumber, days: days, newKey: newKey))
        }
        return try issue(wishes)
    }

    /// Checks whether a certificate may be renewed, without making anything.
    /// - Throws: as ``renew(_:days:newKey:)``.
    public func checkRenewal(of serialNumber: SerialNumber, days: Int?, newKey: KeyAlgorithm?) throws(MailCAError) {
        try check([try renewal(of: serialNumber, days: days, newKey: newKey)])
    }

    private func renewal(
        of serialNumber: SerialNumber, days: Int?, newKey: KeyAlgorithm?
    ) throws(MailCAError) -> CertificateParameters {
        guard let entry = try ledger.entry(serialNumber), entry.state == .issued, !entry.profile.isAuthority else {
            throw MailCAError(
                .notFound, "the number \(serialNumber) is not one of a server's or a user's certificate",
                hint: "The number is printed when a certificate is made, and stands in it.")
        }
        let name = entry.names.joined(separator: ", ")
        if let revocation = entry.revocation {
            throw MailCAError(
                .notPermitted,
                "the certificate \(serialNumber) of \(name) was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue)), and is not renewed",
                hint: "Where its holder may have one again, issue a new one.")
        }
        let fields = try fields(of: entry)
        if newKey == nil {
            let sharing = try ledger.entries(LedgerQuery(states: [.issued], keyFingerprint: entry.keyFingerprint))
            if let other = sharing.first(where: { $0.revocation?.reason == .keyCompromise }) {
                throw MailCAError(
                    .notPermitted,
                    "the key of \(name) was reported as compromised with certificate \(other.serialNumber)",
                    hint: "Make a new key with mailca rekey.")
            }
        }
        var parameters = CertificateParameters(
            profile: entry.profile, names: fields.extensions.subjectAlternativeNames.compactMap(\.typed),
            days: days ?? renewedDays(of: entry), keyAlgorithm: newKey ?? .ecP256, device: entry.device,
            fullName: entry.fullName)
        if newKey == nil { parameters.publicKey = fields.publicKey }
        return parameters
    }

    private func fields(of entry: LedgerEntry) throws(MailCAError) -> CertificateFields {
        do { return try Certificate(der: entry.certificate ?? []).fields() } catch {
            throw MailCAError(
                .damaged, "the ledger's copy of the certificate \(entry.serialNumber) cannot be read",
                hint: "Restore the ledger from a backup.", cause: error)
        }
    }

    /// The certificate that took the place of another: the live one for the same names and device that ends last,
    /// where that is later, or at the same time and it was made later. One whose key is only staged took nobody's place
    /// yet, and where a key is served, no other one did that is not.
    /// - Parameter sameKey: only one with the same key counts.
    /// - Throws: the errors of ``Ledger``.
    public func successor(of entry: LedgerEntry, sameKey: Bool = false) throws(MailCAError) -> LedgerEntry? {
        guard let name = entry.names.first else { return nil }
        let now = clock()
        let isServer = entry.profile == .server
        let staged = isServer ? try stagedCertificates() : []
        let served = isServer && !sameKey ? try servedKeys() : []
        return try ledger.entries(
            LedgerQuery(profiles: [entry.profile], states: [.issued], name: name, isRevoked: false, endsFrom: now)
        ).filter {
            $0.names == entry.names && $0.device == entry.device && $0.outlasts(entry)
                && !staged.contains($0.serialNumber)
                && (!served.contains(entry.keyFingerprint) || served.contains($0.keyFingerprint))
                && (!sameKey || $0.keyFingerprint == entry.keyFingerprint)
        }.max { $1.outlasts($0) }
    }

    /// The certificates of servers and users that end within `time` seconds and that none took the place of, the
    /// first to end first.
    /// - Throws: the errors of ``Ledger``.
    public func due(within time: TimeInterval) throws(MailCAError) -> [LedgerEntry] {
        let now = clock()
        let ending = try ledger.entries(
            LedgerQuery(
                profiles: [.server, .client], states: [.issued], isRevoked: false, endsFrom: now,
                endsBefore: now.addingTimeInterval(time), order: .endingFirst))
        let staged = try stagedCertificates()
        var due: [LedgerEntry] = []
        for entry in ending where !staged.contains(entry.serialNumber) {
            if try successor(of: entry) == nil { due.append(entry) }
        }
        return due
    }

    /// Those whose keys wait to be put in place.
    /// - Throws: the errors of ``Ledger``.
    public func stagedCertificates() throws(MailCAError) -> Set<SerialNumber> {
        Set(try ledger.deployments().compactMap(\.staged?.certificate))
    }

    /// SHA-256 of the keys whose certificates were laid out for servers.
    /// - Throws: the errors of ``Ledger``.
    public func servedKeys() throws(MailCAError) -> Set<[UInt8]> {
        var keys: Set<[UInt8]> = []
        for serial in try ledger.deployments().compactMap(\.certificate) {
            if let entry = try ledger.entry(serial) { keys.insert(entry.keyFingerprint) }
        }
        return keys
    }

    /// The life of the old one, as far as the CA lasts; nil where the CA lasts no day.
    private func renewedDays(of entry: LedgerEntry) -> Int? {
        let left = chain[0].fields.validity.notAfter.timeIntervalSince(clock()) / 86_400
        return left < 1 ? nil : min(entry.days, Int(left))
    }

    /// When a certificate that is renewed now would end: the CA's own end is a limit.
    func renewedEnd(of entry: LedgerEntry) -> Date {
        min(clock().addingTimeInterval(Double(entry.days) * 86_400), chain[0].fields.validity.notAfter)
    }

    /// Whether less than a third of its life is left, and a new one would last longer.
    public func isDue(_ entry: LedgerEntry) -> Bool {
        let life = entry.validity.notAfter.timeIntervalSince(entry.validity.notBefore)
        let left = entry.validity.notAfter.timeIntervalSince(clock())
        return left < life / 3 && renewedEnd(of: entry) > entry.validity.notAfter.addingTimeInterval(86_400)
    }

    /// What a server or client sends: a certificate that was issued here, then those between it and the root.
    /// - Parameter withIssuer: also the root, where it signs servers and users itself.
    public func chainPEM(of entry: LedgerEntry, withIssuer: Bool = false) -> String {
        let above = withIssuer ? max(1, chain.count - 1) : chain.count - 1
        return PEMBlock(label: "CERTIFICATE", bytes: entry.certificate ?? []).text
            + chain.prefix(above).map(\.certificate.pem).joined()
    }
}

extension LedgerEntry {
    fileprivate func outlasts(_ other: LedgerEntry) -> Bool {
        (validity.notAfter, serialNumber) > (other.validity.notAfter, other.serialNumber)
    }

    /// Its life in days, at least one.
    public var days: Int {
        max(1, Int((validity.notAfter.timeIntervalSince(validity.notBefore) / 86_400).rounded()))
    }
}
