public import FoundationEssentials
public import OpenSSLKit

/// A mail CA at work: its certificates, its ledger, and those of its keys that are unlocked.
public struct Authority: Sendable {
    /// The CA certificates, the one that signs first, the root last.
    let chain: [ReadCertificate]
    /// The private keys that are here and open.
    private(set) var keys: [PrivateKey]
    /// Whom it may name.
    public let permitted: PermittedNames
    public let ledger: any Ledger
    let clock: @Sendable () -> Date

    init(
        chain: [ReadCertificate], keys: [PrivateKey], permitted: PermittedNames, ledger: any Ledger,
        clock: @escaping @Sendable () -> Date
    ) {
        self.chain = chain
        self.keys = keys
        self.permitted = permitted
        self.ledger = ledger
        self.clock = clock
    }

    /// The CA that a ledger tells of, with its keys still locked.
    /// - Returns: nil where there is none yet.
    /// - Throws: ``MailCAError`` with code `damaged` where what the ledger holds is no CA.
    public static func open(
        ledger: any Ledger, clock: @escaping @Sendable () -> Date = { Date() }
    ) throws(MailCAError) -> Authority? {
        let entries = try ledger.entries(LedgerQuery(profiles: [.root, .issuing], states: [.issued]))
        guard let root = entries.last(where: { $0.profile == .root }) else { return nil }
        let issuing = entries.last { $0.profile == .issuing && $0.issuer == root.serialNumber && $0.revocation == nil }
        var chain: [ReadCertificate] = []
        for entry in [issuing, root].compactMap({ $0 }) {
            do throws(OpenSSLError) {
                chain.append(try ReadCertificate(Certificate(der: entry.certificate ?? [])))
            } catch {
                throw MailCAError(
                    .damaged, "the ledger's copy of the CA certificate \(entry.serialNumber) cannot be read",
                    hint: "Restore the ledger from a backup: mailca restore FILE.", cause: error)
            }
        }
        let permitted = try PermittedNames(chain[0].fields.extensions.nameConstraints, domains: root.names)
        return Authority(chain: chain, keys: [], permitted: permitted, ledger: ledger, clock: clock)
    }

    /// The same CA with one more of its keys.
    /// - Throws: ``MailCAError`` with code `damaged` where the key belongs to none of its certificates.
    public func unlocked(with key: PrivateKey) throws(MailCAError) -> Authority {
        guard chain.contains(where: { key.matches($0.fields.publicKey) }) else {
            throw MailCAError(
                .damaged, "the private key does not belong to the CA's certificate",
                hint: "Put the CA's own key back from a backup: mailca restore FILE.")
        }
        var copy = self
        copy.keys.append(key)
        return copy
    }

    /// The time by the CA's clock.
    public var now: Date { clock() }

    /// The certificate that signs servers and users.
    public var issuer: Certificate { chain[0].certificate }
    public var root: Certificate { chain[chain.count - 1].certificate }
    /// The CA certificates, the one that signs first, the root last.
    public var certificates: [Certificate] { chain.map(\.certificate) }
    /// What they say, in the same order.
    public var certificateFields: [CertificateFields] { chain.map(\.fields) }

    /// What else was issued to the same holder and is valid now.
    /// - Throws: the errors of ``Ledger``.
    public func otherLiveCertificates(of issued: IssuedCertificate) throws(MailCAError) -> [LedgerEntry] {
        guard let own = try ledger.entry(issued.serialNumber), let name = own.names.first else { return [] }
        let now = clock()
        return try ledger.entries(LedgerQuery(profiles: [own.profile], states: [.issued], name: name))
            .filter { $0.serialNumber != own.serialNumber && $0.isLive(at: now) }
    }

    func key(of certificate: ReadCertificate) -> PrivateKey? { keys.first { $0.matches(certificate.fields.publicKey) } }

    /// The key that signs servers and users.
    func signingKey() throws(MailCAError) -> PrivateKey {
        guard chain[0].fields.extensions.basicConstraints?.pathLength == 0 else {
            throw MailCAError(
                .keyNotHere,
                "the issuing CA below \(chain[0].fields.subject) was revoked, and the root itself signs no one",
                hint: "Make a new CA in another directory with mailca init-ca.")
        }
        guard let key = key(of: chain[0]) else {
            throw MailCAError(
                .keyNotHere, "the key of \(chain[0].fields.subject) is not unlocked",
                hint: "Unlock the CA with its passphrase.")
        }
        return key
    }
}
