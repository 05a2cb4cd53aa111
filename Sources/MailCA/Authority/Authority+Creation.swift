public import FoundationEssentials
public import OpenSSLKit

extension Authority {
    /// A CA certificate with its key, on the way to where it will be kept.
    public struct Member: Sendable {
        public let profile: Profile
        public let certificate: Certificate
        public let key: PrivateKey
    }

    /// Makes a new CA: a root, and an issuing CA below it where the root is to be kept offline.
    /// - Parameters:
    ///   - parameters: name, domains, life and key.
    ///   - ledger: holds no CA yet.
    ///   - clock: the time of this and all later acts.
    ///   - keep: puts the certificates and keys where they will be found again. It is called after everything was
    ///     verified and before the ledger calls the CA issued, so that a ledger never tells of a CA without a key.
    ///     Whoever passes nothing keeps the keys in memory only.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `invalidParameters`, `alreadyExists`, those of
    ///   ``Ledger``, and whatever `keep` throws. The ledger then holds no CA.
    public static func create(
        _ parameters: AuthorityParameters, ledger: any Ledger, clock: @escaping @Sendable () -> Date = { Date() },
        keep: ([Member]) throws(MailCAError) -> Void = { _ in }
    ) throws(MailCAError) -> Authority {
        let now = clock()
        let plan = try AuthorityPlan(parameters, now: now)
        if let existing = try open(ledger: ledger, clock: clock) {
            throw MailCAError(
                .alreadyExists, "there is a CA already: \(existing.chain[existing.chain.count - 1].fields.subject)",
                hint: "It was not touched. For a second CA use another directory.")
        }
        let templates = plan.templates
        var entries: [LedgerEntry] = []
        for template in templates {
            let serial = try newSerialNumber(now)
            entries.append(
                LedgerEntry(
                    serialNumber: serial, issuer: entries.first?.serialNumber ?? serial, profile: template.profile,
                    names: plan.permitted.domains.map(\.ascii), validity: template.validity,
                    keyFingerprint: template.publicKey.sha256, createdAt: now))
        }
        try ledger.begin(entries)
        let authority: Authority
        do throws(MailCAError) {
            var chain: [ReadCertificate] = []
            for (template, entry) in zip(templates, entries) {
                let signed = try sign(
                    template, serialNumber: entry.serialNumber,
                    issuer: chain.isEmpty ? nil : IssuerChain(chain, time: now),
                    permitted: plan.permitted, key: plan.keys[0], time: now)
                chain.insert(signed, at: 0)
            }
            authority = Authority(
                chain: chain, keys: plan.keys, permitted: plan.permitted, ledger: ledger, clock: clock)
            // Now, while all keys are here: without a list of every CA in the chain, no user is let in.
            _ = try authority.revocationLists()
            try keep(
                zip(zip(templates, chain.reversed()), plan.keys).map { pair, key in
                    Member(profile: pair.0.profile, certificate: pair.1.certificate, key: key)
                })
        } catch {
            // What is said is the first failure; a second one here leaves the intent for the next command to close.
            try? ledger.abandon(entries.map(\.serialNumber))
            throw error
        }
        // From here on the keys are kept: where this fails, whoever finds them completes the CA.
        try ledger.complete(authority.certificates.reversed())
        return authority
    }
}

/// What a new CA will be: checked, with keys, not yet signed.
private struct AuthorityPlan {
    let permitted: PermittedNames
    /// The root's, then the issuing CA's where there is one.
    let keys: [PrivateKey]
    let templates: [CertificateTemplate]

    init(_ parameters: AuthorityParameters, now: Date) throws(MailCAError) {
        try parameters.check()
        permitted = try parameters.permittedNames()
        let profiles: [Profile] = parameters.offlineRoot ? [.root, .issuing] : [.root]
        let names = try parameters.commonNames()
        let rootDays = parameters.days ?? Profile.root.defaultDays
        var keys: [PrivateKey] = []
        var templates: [CertificateTemplate] = []
        for (profile, name) in zip(profiles, names) {
            let days = profile == .root ? rootDays : min(Profile.issuing.defaultDays, rootDays)
            let key = try crypto { () throws(OpenSSLError) in try PrivateKey.generate(parameters.keyAlgorithm) }
            keys.append(key)
            templates.append(
                try CertificateTemplate.authority(
                    profile, name: name, permitted: permitted,
                    pathLength: parameters.offlineRoot && profile == .root ? 1 : 0,
                    validity: .beginning(now, days: days), publicKey: key.publicKey))
        }
        self.keys = keys
        self.templates = templates
    }
}

extension AuthorityParameters {
    /// Checks everything without making anything.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `invalidParameters`.
    public func check() throws(MailCAError) {
        _ = try permittedNames()
        _ = try commonNames()
        try Profile.root.check(days: days ?? Profile.root.defaultDays)
        try Profile.root.check(keyAlgorithm)
    }

    /// The domains and blocks, read and checked.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `invalidParameters`.
    public func permittedNames() throws(MailCAError) -> PermittedNames {
        guard !domains.isEmpty || insecureUnconstrained else {
            throw MailCAError(
                .invalidParameters, "no domain was given, so the CA could name nobody",
                hint: "Give the domain that it is for, as in --domain example.org.")
        }
        return try PermittedNames(
            parsing: domains, addressBlocks: addressBlocks, unconstrained: insecureUnconstrained)
    }

    /// The common names: the root's, then the issuing CA's where there is one.
    /// - Throws: ``MailCAError`` with code `invalidName`.
    public func commonNames() throws(MailCAError) -> [String] {
        let limit = CertificateTemplate.longestCommonName
        let names = offlineRoot ? [name, "\(name) Issuing CA"] : [name]
        for name in names {
            let count = name.unicodeScalars.count
            guard (1...limit).contains(count) else {
                throw MailCAError(
                    .invalidName,
                    "the CA's name \(quoted(name)) has \(count) characters, and a common name holds 1 to \(limit)",
                    hint: "Choose a shorter name, such as \"Example Mail CA\".")
            }
            guard name.unicodeScalars.allSatisfy({ $0.isSeen }), name.first != " ", name.last != " " else {
                throw MailCAError(
                    .invalidName, "the CA's name \(quoted(name)) has an invisible character, or a space at an end",
                    hint: "Choose a name that reads the same wherever it is shown.")
            }
        }
        return names
    }
}
