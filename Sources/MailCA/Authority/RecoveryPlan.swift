public import FoundationEssentials
public import OpenSSLKit

/// What certificates and revocation lists that were found outside tell of a CA, and its ledger does not know: a backup
/// knows nothing of what came after it.
public struct RecoveryPlan: Sendable {
    /// Certificates that the CA signed and the ledger does not have, with their revocations.
    public private(set) var certificates: [LedgerEntry] = []
    /// Certificates of the ledger that a list of the CA's calls revoked, and the ledger does not, with the revocation.
    public private(set) var revocations: [LedgerEntry] = []
    /// Numbers on lists of the CA's of which nothing else is known. They stay revoked.
    public private(set) var numbers: [LedgerEntry] = []
    /// How many certificates the ledger knew already.
    public private(set) var knownCount = 0
    /// How many certificates this CA did not sign.
    public private(set) var foreignCount = 0
    /// Certificates that the CA signed and that cannot be entered, with the reason.
    public private(set) var refused: [(certificate: Certificate, reason: String)] = []

    /// When the newest list of each CA, by its serial number, begins to count.
    public private(set) var newestLists: [SerialNumber: Date] = [:]

    /// Whether there is nothing to enter.
    public var isEmpty: Bool { certificates.isEmpty && revocations.isEmpty && numbers.isEmpty }

    private let ledger: any Ledger
    private let authorities: [(certificate: Certificate, fields: CertificateFields)]
    /// Where in ``certificates`` each is.
    private var positions: [SerialNumber: Int] = [:]
    /// What is revoked, here or in the ledger, as far as lists were read.
    private var revoked: Set<SerialNumber> = []

    /// - Parameter ledger: with what it has, what is found is compared. Nothing is entered before ``enter()``.
    /// - Throws: the errors of ``Ledger``.
    public init(ledger: any Ledger) throws(MailCAError) {
        var authorities: [(Certificate, CertificateFields)] = []
        for entry in try ledger.entries(LedgerQuery(profiles: [.root, .issuing], states: [.issued])) {
            guard let certificate = try? Certificate(der: entry.certificate ?? []),
                let fields = try? certificate.fields()
            else { continue }
            authorities.append((certificate, fields))
        }
        self.ledger = ledger
        self.authorities = authorities
    }

    /// Enters it all. Stopped on the way, it goes on from there another time.
    /// - Throws: the errors of ``Ledger``.
    public func enter() throws(MailCAError) {
        if !certificates.isEmpty || !numbers.isEmpty { try ledger.recover(certificates + numbers) }
        for (revocation, entries) in Dictionary(grouping: revocations, by: \.revocation) {
            if let revocation { try ledger.revoke(entries.map(\.serialNumber), revocation) }
        }
    }

    /// Takes a certificate in that was found.
    /// - Throws: the errors of ``Ledger``.
    public mutating func add(_ certificate: Certificate) throws(MailCAError) {
        let serial = certificate.serialNumber
        let known = try ledger.entry(serial)
        if let known, known.certificate == certificate.der {
            knownCount += 1
            return
        }
        guard let issuer = (try? certificate.issuer()).flatMap({ issuer(named: $0, certificate.isSigned) }) else {
            foreignCount += 1
            return
        }
        if let known, known.state != .abandoned {
            guard known.state == .pending else {
                refused.append((certificate, "the ledger has another certificate with the number \(serial)"))
                return
            }
            knownCount += 1
            return
        }
        guard let fields = try? certificate.fields() else {
            refused.append((certificate, "it cannot be read"))
            return
        }
        guard fields.extensions.basicConstraints?.isCA != true else {
            refused.append((certificate, "it is a CA's: put that CA back from a backup that has it"))
            return
        }
        guard positions[serial] == nil else {
            refused.append((certificate, "there are two certificates with the number \(serial)"))
            return
        }
        positions[serial] = certificates.count
        certificates.append(LedgerEntry(found: certificate, fields, issuer: issuer))
        // It was on a list before it was found.
        if known?.revocation != nil { revoked.insert(serial) }
    }

    /// Takes a list in that was found. Certificates come before lists: of one that comes later only the number is
    /// known.
    /// - Throws: the errors of ``Ledger``.
    public mutating func add(_ list: RevocationList) throws(MailCAError) {
        guard let issuer = (try? list.issuer()).flatMap({ issuer(named: $0, list.isSigned) }),
            let entries = try? list.entries()
        else { return }
        if let begin = try? list.thisUpdate() {
            newestLists[issuer.serialNumber] = max(begin, newestLists[issuer.serialNumber] ?? begin)
        }
        for item in entries {
            let revocation = LedgerEntry.Revocation(
                date: item.revokedAt, reason: item.reason.flatMap { RevocationReason(code: $0) } ?? .unspecified)
            let serial = item.serialNumber
            guard revoked.insert(serial).inserted else { continue }
            if let position = positions[serial] {
                certificates[position].revocation = revocation
                continue
            }
            guard var known = try ledger.entry(serial) else {
                numbers.append(LedgerEntry(number: serial, revocation, issuer: issuer))
                continue
            }
            guard known.revocation == nil, known.issuer == issuer.serialNumber else { continue }
            known.revocation = revocation
            switch known.state {
            case .issued: revocations.append(known)
            // It was given up, as far as is known here, and published all the same.
            case .abandoned: numbers.append(known)
            case .pending: continue
            }
        }
    }

    /// The CA of that name that made the signature.
    private func issuer(named name: DistinguishedName, _ isSigned: (Certificate) -> Bool) -> CertificateFields? {
        authorities.first { $0.fields.subject == name && isSigned($0.certificate) }?.fields
    }
}

extension LedgerEntry {
    /// What a certificate tells of itself. Device and full name were never in it.
    fileprivate init(found certificate: Certificate, _ fields: CertificateFields, issuer: CertificateFields) {
        var names: [String] = []
        for name in fields.extensions.subjectAlternativeNames.compactMap(\.lookupKey) where !names.contains(name) {
            names.append(name)
        }
        let isMailbox = fields.extensions.subjectAlternativeNames.contains { name in
            switch name {
            case .rfc822Name, .smtpUTF8Mailbox: true
            default: false
            }
        }
        let usages = fields.extensions.extendedKeyUsage
        let isClient = usages.contains(.serverAuth) ? false : usages.contains(.clientAuth) || isMailbox
        self.init(
            serialNumber: fields.serialNumber, issuer: issuer.serialNumber, profile: isClient ? .client : .server,
            state: .issued, names: names, validity: fields.validity, keyFingerprint: fields.publicKey.sha256,
            createdAt: fields.validity.notBefore, certificate: certificate.der)
    }

    /// A number that has to stay revoked: for as long as anything that the CA signed can be valid.
    fileprivate init(number: SerialNumber, _ revocation: Revocation, issuer: CertificateFields) {
        self.init(
            serialNumber: number, issuer: issuer.serialNumber, profile: .client, state: .abandoned, names: [],
            validity: Validity(notBefore: revocation.date, notAfter: issuer.validity.notAfter), keyFingerprint: [],
            createdAt: revocation.date, revocation: revocation)
    }
}

extension GeneralName {
    /// As the ledger finds the name; nil for a kind that no certificate of ours has.
    fileprivate var lookupKey: String? {
        switch self {
        case .dnsName(let text): (try? ServerName(text))?.description ?? text
        case .ipAddress(let bytes): IPAddress(bytes: bytes)?.description
        case .rfc822Name(let text), .smtpUTF8Mailbox(let text): (try? EmailAddress(text))?.lookupKey ?? text
        default: nil
        }
    }
}
