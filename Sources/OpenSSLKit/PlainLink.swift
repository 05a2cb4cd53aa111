import COpenSSL
public import FoundationEssentials

/// The last step of a path validation for very many plain certificates below a CA whose path OpenSSL found good with
/// one of them: what is left is that each was signed by it, is within its constraints and its time, and is for the use.
///
/// It says only of a certificate that it is good. What it does not say that of may be good all the same, and is
/// OpenSSL's to judge.
///
/// Sound to share: nothing changes after it was made.
public final class PlainLink: @unchecked Sendable {
    private let issuer: Certificate
    private let issuerName: [UInt8]
    private let keyIdentifier: [UInt8]
    private let constraints: [PlainConstraints]
    /// Which OpenSSL calls the digest by, for each AlgorithmIdentifier that the CA's key may sign with.
    private let digests: [[UInt8]: String]

    /// - Parameter authorities: those above a certificate, its issuer first and the root last, as validated with it.
    /// - Returns: nil where all that this CA signs is OpenSSL's to judge.
    public init?(authorities: [Certificate]) {
        guard let issuer = authorities.first, let fields = try? issuer.fields(),
            let identifier = fields.extensions.subjectKeyIdentifier, let key = X509_get0_pubkey(issuer.withKey)
        else { return nil }
        var constraints: [PlainConstraints] = []
        for authority in authorities {
            guard let extensions = try? authority.fields().extensions else { return nil }
            guard let names = extensions.nameConstraints else { continue }
            guard !Self.hasLimits(authority), let plain = PlainConstraints(names) else { return nil }
            constraints.append(plain)
        }
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_EC: digests = [Self.ecdsaWithSHA256: "SHA256", Self.ecdsaWithSHA384: "SHA384"]
        case EVP_PKEY_RSA: digests = [Self.rsaWithSHA256: "SHA256"]
        default: return nil
        }
        self.issuer = issuer
        self.constraints = constraints
        issuerName = fields.subject.der
        keyIdentifier = identifier
    }

    /// Whether a constraint has a minimum or maximum, which nobody knows what to do with.
    private static func hasLimits(_ certificate: Certificate) -> Bool {
        guard let value = X509_get_ext_d2i(certificate.pointer, NID_name_constraints, nil, nil) else { return true }
        let names = value.assumingMemoryBound(to: NAME_CONSTRAINTS.self)
        defer { NAME_CONSTRAINTS_free(names) }
        return cossl_constraints_have_limits(names) == 1
    }

    private static let ecdsaWithSHA256: [UInt8] = [
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
    ]
    private static let ecdsaWithSHA384: [UInt8] = [
        0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03,
    ]
    private static let rsaWithSHA256: [UInt8] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
    ]

    /// Which CA a certificate names as its issuer: its name and the identifier of its key.
    public static func issuer(of certificate: PlainCertificate) -> [UInt8] {
        certificate.der[certificate.issuer] + certificate.extensions.authorityKeyIdentifier
    }

    /// Checks certificates one after the other, in one thread.
    public final class Checker {
        private let link: PlainLink
        private let digest = EVP_MD_CTX_new()
        /// For each algorithm: the digest, and what verifies with the CA's key.
        private var contexts: [[UInt8]: (digest: OpaquePointer, verification: OpaquePointer)] = [:]

        public init(_ link: PlainLink) { self.link = link }

        deinit {
            EVP_MD_CTX_free(digest)
            for (digest, verification) in contexts.values {
                EVP_MD_free(digest)
                EVP_PKEY_CTX_free(verification)
            }
        }

        /// Whether it is surely good.
        /// - Parameter verifyingSignature: false where the caller has just made the signature himself.
        public func accepts(
            _ certificate: PlainCertificate, purpose: TrustStore.Purpose, time: Date, verifyingSignature: Bool = true
        ) -> Bool {
            let moment = Int(time.timeIntervalSince1970.rounded(.down))
            let der = certificate.der
            // OpenSSL counts the last second no more.
            guard certificate.validity.lowerBound <= moment, moment < certificate.validity.upperBound,
                certificate.extensions.authorityKeyIdentifier == link.keyIdentifier,
                der[certificate.issuer].elementsEqual(link.issuerName), certificate.serves(purpose),
                link.allows(certificate)
            else { return false }
            return !verifyingSignature || isSigned(certificate)
        }

        private func isSigned(_ certificate: PlainCertificate) -> Bool {
            defer { ERR_clear_error() }
            let algorithm = Array(certificate.der[certificate.algorithm])
            guard let (method, verification) = context(algorithm) else { return false }
            return certificate.der.withUnsafeBufferPointer { bytes in
                var hash: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
                return withUnsafeMutableBytes(of: &hash) { hash in
                    let hash = hash.bindMemory(to: UInt8.self)
                    var count: UInt32 = 0
                    let signature = bytes[certificate.signature]
                    let signed = bytes[certificate.signed]
                    guard EVP_DigestInit_ex(digest, method, nil) == 1,
                        EVP_DigestUpdate(digest, UnsafeBufferPointer(rebasing: signed).baseAddress, signed.count) == 1,
                        EVP_DigestFinal_ex(digest, hash.baseAddress, &count) == 1
                    else { return false }
                    return EVP_PKEY_verify(
                        verification, UnsafeBufferPointer(rebasing: signature).baseAddress, signature.count,
                        hash.baseAddress, Int(count)) == 1
                }
            }
        }

        private func context(_ algorithm: [UInt8]) -> (digest: OpaquePointer, verification: OpaquePointer)? {
            if let context = contexts[algorithm] { return context }
            guard let name = link.digests[algorithm], let method = EVP_MD_fetch(nil, name, nil) else { return nil }
            guard let verification = EVP_PKEY_CTX_new(X509_get0_pubkey(link.issuer.withKey), nil) else {
                EVP_MD_free(method)
                return nil
            }
            guard EVP_PKEY_verify_init(verification) == 1, EVP_PKEY_CTX_set_signature_md(verification, method) == 1
            else {
                EVP_MD_free(method)
                EVP_PKEY_CTX_free(verification)
                return nil
            }
            contexts[algorithm] = (method, verification)
            return (method, verification)
        }
    }

    private func allows(_ certificate: PlainCertificate) -> Bool {
        if constraints.isEmpty { return true }
        // Where no host is named otherwise, OpenSSL holds the common name against the constraints.
        let hasHost = certificate.names.contains { name in if case .dnsName = name { true } else { false } }
        if certificate.subject.namesHost && !hasHost { return false }
        return constraints.allSatisfy { constraint in certificate.names.allSatisfy(constraint.allow) }
    }
}

extension PlainCertificate {
    /// Whether it is surely good for a use, by both of its usages.
    fileprivate func serves(_ purpose: TrustStore.Purpose) -> Bool {
        let needed: [UInt8]
        switch purpose {
        case .any: return true
        case .server: needed = Self.keyPurpose + [1]
        case .client: needed = Self.keyPurpose + [2]
        case .smime: needed = Self.keyPurpose + [4]
        }
        return extensions.keyUsage & 0x80 != 0 && extensions.usages.contains(needed)
            && !extensions.usages.contains(Self.any)
    }

    /// 1.3.6.1.5.5.7.3
    private static let keyPurpose: [UInt8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03]
    private static let any: [UInt8] = [0x55, 0x1d, 0x25, 0x00]
}
