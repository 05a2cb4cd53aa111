import OpenSSLKit

extension PublicKey.Kind {
    /// As it is called in a message.
    fileprivate var words: String {
        switch self {
        case .rsa(let bits, _): "RSA of \(bits) bits"
        case .dsa: "DSA"
        case .ellipticCurve(nil): "on an elliptic curve whose parameters are written out"
        case .ellipticCurve(let curve?): "on the elliptic curve \(curve)"
        case .edwards: "on an Edwards curve"
        case .other(let name): "of a kind that is not known here\(name.map { " (\($0))" } ?? "")"
        }
    }
}

extension Authority {
    /// Whether a request's key may be certified for these names. Its own wishes are not looked at.
    func check(_ request: CertificateRequest, profile: Profile, names: CheckedNames) throws(MailCAError) {
        let hint = "Make a new key and a new request."
        guard request.signatureIsValid else {
            throw MailCAError(.invalidRequest, "the request is not signed with the key that it holds", hint: hint)
        }
        let key: PublicKey
        do { key = try request.publicKey() } catch {
            throw MailCAError(.invalidRequest, "the request's key cannot be read", hint: hint, cause: error)
        }
        guard let algorithm = key.algorithm, profile.keyAlgorithms.contains(algorithm) else {
            throw MailCAError(
                .invalidRequest, "the request's key is \(key.kind.words), which is not signed here",
                hint: "Make one of \(profile.keyAlgorithms.map(\.rawValue).joined(separator: ", ")).")
        }
        guard algorithm.isRSA || algorithm == .ed25519 || key.encoded.first == 4 else {
            throw MailCAError(
                .invalidRequest, "the request's key is written as a compressed point, which many programs do not read",
                hint: hint)
        }
        guard request.exponentIsSound else {
            throw MailCAError(
                .invalidRequest, "the public exponent of the request's RSA key is even or below 65537", hint: hint)
        }
        let known = try ledger.entries(LedgerQuery(states: [.issued], keyFingerprint: key.sha256))
        if let other = known.first(where: { $0.profile != profile || $0.names != names.lookupKeys }) {
            throw MailCAError(
                .invalidRequest,
                other.profile.isAuthority
                    ? "the request's key is the CA's own"
                    : "the request's key is already known as that of \(other.names.joined(separator: ", "))",
                hint: hint)
        }
        if let compromised = known.first(where: { $0.revocation?.reason == .keyCompromise }) {
            throw MailCAError(
                .invalidRequest,
                "the request's key was reported as compromised with certificate \(compromised.serialNumber)", hint: hint
            )
        }
    }
}
