import COpenSSL
public import FoundationEssentials

/// The last step of a path validation (RFC 5280 §6.1.3 to §6.1.5), for very many certificates below the same CA.
///
/// The chain of the CA is validated once. OpenSSL's whole validation would decode the key of each certificate, which
/// takes longer than all the rest, and verify the same signatures above it again.
///
/// Sound to share: OpenSSL locks what it caches in a certificate, and nothing else changes.
public final class LastLink: @unchecked Sendable {
    private let issuer: Certificate
    /// The name constraints of every CA in the chain (RFC 5280 §4.2.1.10).
    private let constraints: [UnsafeMutablePointer<NAME_CONSTRAINTS>]

    /// - Parameters:
    ///   - issuer: the CA that signs.
    ///   - chain: the CA certificates above it; the last, the root, is believed.
    ///   - time: at which it has to be valid.
    /// - Throws: ``TrustStore/Failure`` where the chain itself is not good.
    public init(below issuer: Certificate, chain: [Certificate], time: Date) throws(TrustStore.Failure) {
        self.issuer = issuer
        let store: TrustStore
        do throws(OpenSSLError) { store = try TrustStore(roots: chain.suffix(1)) } catch {
            throw TrustStore.Failure(code: -1, depth: 1, reason: error.description)
        }
        let members = try store.validate(issuer, chain: chain, purpose: .any, time: time)
        constraints = members.compactMap { certificate in
            X509_get_ext_d2i(certificate.pointer, NID_name_constraints, nil, nil)?
                .assumingMemoryBound(to: NAME_CONSTRAINTS.self)
        }
    }

    deinit { for constraint in constraints { NAME_CONSTRAINTS_free(constraint) } }

    /// Sees that the certificate is the CA's, signed by it, within its constraints, valid, and good for the purpose.
    /// - Throws: ``TrustStore/Failure`` where it is not.
    public func check(
        _ certificate: Certificate, purpose: TrustStore.Purpose, time: Date
    ) throws(TrustStore.Failure) {
        defer { ERR_clear_error() }
        try Self.demand(X509_check_issued(issuer.withKey, certificate.pointer))
        guard certificate.isSigned(by: issuer) else {
            throw Self.failure(X509_V_ERR_CERT_SIGNATURE_FAILURE)
        }
        guard X509_check_purpose(certificate.pointer, purpose.number, 0) == 1 else {
            throw Self.failure(X509_V_ERR_INVALID_PURPOSE)
        }
        for constraint in constraints {
            try Self.demand(NAME_CONSTRAINTS_check(certificate.pointer, constraint))
            try Self.demand(NAME_CONSTRAINTS_check_CN(certificate.pointer, constraint))
        }
        var moment = time_t(time.timeIntervalSince1970.rounded(.down))
        guard X509_cmp_time(X509_get0_notBefore(certificate.pointer), &moment) < 0 else {
            throw Self.failure(X509_V_ERR_CERT_NOT_YET_VALID)
        }
        guard X509_cmp_time(X509_get0_notAfter(certificate.pointer), &moment) > 0 else {
            throw Self.failure(X509_V_ERR_CERT_HAS_EXPIRED)
        }
    }

    private static func demand(_ verdict: Int32) throws(TrustStore.Failure) {
        guard verdict == X509_V_OK else { throw failure(verdict) }
    }

    private static func failure(_ code: Int32) -> TrustStore.Failure { TrustStore.Failure(code: Int(code), depth: 0) }
}
