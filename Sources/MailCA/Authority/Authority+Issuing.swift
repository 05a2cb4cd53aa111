import FoundationEssentials
import OpenSSLKit

extension Authority {
    /// Makes one certificate.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `notPermitted`, `invalidParameters`, `invalidRequest`,
    ///   `keyNotHere`, and those of ``Ledger``.
    public func issue(_ parameters: CertificateParameters) throws(MailCAError) -> IssuedCertificate {
        try issue([parameters])[0]
    }

    /// Makes several certificates: everything about all of them is checked before anything is written.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `notPermitted`, `invalidParameters`, `invalidRequest`,
    ///   `keyNotHere`, and those of ``Ledger``.
    public func issue(_ all: [CertificateParameters]) throws(MailCAError) -> [IssuedCertificate] {
        try issue(all, deliver: { _, _ in }, settle: {})
    }

    /// Makes many certificates, and hands each over as soon as it is signed, so that its key is where it will be found
    /// before the ledger calls it issued.
    /// - Parameters:
    ///   - deliver: called for each with its index, on several threads.
    ///   - settle: called once after all of them, to make them durable.
    /// - Throws: as ``issue(_:)-([CertificateParameters])``, and what `deliver` and `settle` throw; then none is issued.
    public func issue(
        _ all: [CertificateParameters],
        deliver: @Sendable (Int, IssuedCertificate) throws(MailCAError) -> Void,
        settle: () throws(MailCAError) -> Void
    ) throws(MailCAError) -> [IssuedCertificate] {
        let now = clock()
        let key = try signingKey()
        let wishes = try checked(all)
        if wishes.isEmpty { return [] }
        let issuer = try IssuerChain(chain, time: now)
        let plans = try plan(wishes, now: now)
        var entries: [LedgerEntry] = []
        for (wish, plan) in zip(wishes, plans) {
            entries.append(
                LedgerEntry(
                    serialNumber: try newSerialNumber(now), issuer: chain[0].fields.serialNumber,
                    profile: wish.parameters.profile, names: wish.names.lookupKeys, device: wish.parameters.device,
                    fullName: wish.parameters.fullName, validity: plan.template.validity,
                    keyFingerprint: plan.template.publicKey.sha256, createdAt: now))
        }
        try ledger.begin(entries)
        do throws(MailCAError) {
            let taken = entries
            @Sendable func alone(_ index: Int) throws(MailCAError) -> ReadCertificate {
                try sign(
                    plans[index].template, serialNumber: taken[index].serialNumber, issuer: issuer,
                    permitted: permitted, key: key, time: now)
            }
            let first = try alone(0)
            let series =
                plans.count < Self.shortestSeries
                ? nil
                : CertificateSeries(
                    after: first, plans[0].template, issuer: issuer, permitted: permitted, time: now)
            let issued = try concurrently(wishes.count) { (range) throws(MailCAError) in
                var issued: [IssuedCertificate] = []
                let maker = try series?.maker(key: key)
                for index in range {
                    let (entry, plan, names) = (taken[index], plans[index], wishes[index].names.texts)
                    let signed: ReadCertificate
                    if index == 0 {
                        signed = first
                    } else if let made = try maker?.make(plan.template, serialNumber: entry.serialNumber) {
                        signed = made
                    } else {
                        signed = try alone(index)
                    }
                    let certificate = IssuedCertificate(
                        profile: entry.profile, certificate: signed.certificate, fields: signed.fields,
                        intermediates: chain.dropLast().map(\.certificate), root: root, privateKey: plan.key,
                        names: names, device: entry.device, fullName: entry.fullName)
                    try deliver(index, certificate)
                    issued.append(certificate)
                }
                return issued
            }
            try settle()
            try ledger.complete(issued.map(\.certificate))
            return issued
        } catch {
            // What is said is the first failure; a second one here leaves the intent for the next command to close.
            try? ledger.abandon(entries.map(\.serialNumber))
            throw error
        }
    }

    /// Checks what is wished for without making anything: names, life, key, request.
    /// - Throws: ``MailCAError`` with the codes `invalidName`, `notPermitted`, `invalidParameters`, `invalidRequest`.
    public func check(_ all: [CertificateParameters]) throws(MailCAError) { _ = try checked(all) }

    private func checked(_ all: [CertificateParameters]) throws(MailCAError) -> [CheckedParameters] {
        let now = clock()
        let issuer = chain[0].fields
        guard issuer.validity.contains(now) else {
            throw MailCAError(
                .invalidParameters,
                "the CA's certificate is valid from \(Timestamp.readable(issuer.validity.notBefore)) to \(Timestamp.readable(issuer.validity.notAfter)), and this machine's clock says \(Timestamp.readable(now))",
                hint: "Set the clock, or make a new CA.")
        }
        var wishes: [CheckedParameters] = []
        var requested: [[UInt8]: CheckedNames] = [:]
        for parameters in all {
            let names = try CheckedNames(parameters)
            try Self.check(label: parameters.device, "device")
            try Self.check(label: parameters.fullName, "name")
            try names.check(permitted)
            if let days = parameters.days {
                try parameters.profile.check(days: days)
                guard Validity.beginning(now, days: days).notAfter <= issuer.validity.notAfter else {
                    throw MailCAError(
                        .invalidParameters,
                        "a certificate of \(days) days would outlive the CA, which ends on \(Timestamp.readable(issuer.validity.notAfter))",
                        hint: "Ask for fewer days.")
                }
            }
            if let request = parameters.request {
                try check(request, profile: parameters.profile, names: names)
                let key = try crypto { () throws(OpenSSLError) in try request.publicKey() }
                if let other = requested.updateValue(names, forKey: key.der), other != names {
                    throw MailCAError(
                        .invalidRequest, "\(names.texts[0]) and \(other.texts[0]) come with the same key",
                        hint: "Each holder needs a key of their own.")
                }
            } else if parameters.publicKey == nil {
                try parameters.profile.check(parameters.keyAlgorithm)
            }
            wishes.append(CheckedParameters(parameters: parameters, names: names))
        }
        return wishes
    }

    /// A device or a full name is shown to people and programs: nothing in it may be invisible.
    private static func check(label: String?, _ kind: String) throws(MailCAError) {
        guard let label else { return }
        guard (1...64).contains(label.unicodeScalars.count), label.unicodeScalars.allSatisfy({ $0.isSeen }) else {
            throw MailCAError(
                .invalidName,
                "the \(kind) \(quoted(label)) is empty, over 64 characters, or has an invisible character",
                hint: "Choose one that reads the same wherever it is shown, such as phone.")
        }
    }

    /// Of fewer OpenSSL makes each: a pattern has to be cut first.
    private static let shortestSeries = 8

    private struct Plan: Sendable {
        let template: CertificateTemplate
        /// Nil where the holder has it.
        let key: PrivateKey?
    }

    private func plan(_ wishes: [CheckedParameters], now: Date) throws(MailCAError) -> [Plan] {
        try concurrently(wishes.count) { (range) throws(MailCAError) in
            var makers: [KeyAlgorithm: KeyMaker] = [:]
            var plans: [Plan] = []
            for wish in wishes[range] {
                let parameters = wish.parameters
                var key: PrivateKey?
                let publicKey: PublicKey
                if let request = parameters.request {
                    publicKey = try crypto { () throws(OpenSSLError) in try request.publicKey() }
                } else if let known = parameters.publicKey {
                    publicKey = known
                } else {
                    let algorithm = parameters.keyAlgorithm
                    let made = try crypto { () throws(OpenSSLError) in
                        let maker: KeyMaker
                        if let kept = makers[algorithm] { maker = kept } else { maker = try KeyMaker(algorithm) }
                        makers[algorithm] = maker
                        return try maker.next()
                    }
                    key = made
                    publicKey = made.publicKey
                }
                plans.append(Plan(template: try template(wish, publicKey, now: now), key: key))
            }
            return plans
        }
    }

    private func template(
        _ wish: CheckedParameters, _ publicKey: PublicKey, now: Date
    ) throws(MailCAError) -> CertificateTemplate {
        let parameters = wish.parameters
        let wanted = Validity.beginning(now, days: parameters.days ?? parameters.profile.defaultDays)
        let limits = chain[0].fields.validity
        let validity = Validity(
            notBefore: max(wanted.notBefore, limits.notBefore), notAfter: min(wanted.notAfter, limits.notAfter))
        switch wish.names {
        case .servers(let names):
            return try .server(names, profile: parameters.profile, validity: validity, publicKey: publicKey)
        case .user(let address): return try .client(address, validity: validity, publicKey: publicKey)
        }
    }
}

/// A key generator that a dictionary can hold.
private final class KeyMaker {
    private var generator: KeyGenerator

    init(_ algorithm: KeyAlgorithm) throws(OpenSSLError) { generator = try KeyGenerator(algorithm) }

    func next() throws(OpenSSLError) -> PrivateKey { try generator.next() }
}
