import COpenSSL
public import FoundationEssentials

/// Certificates that are believed, and the lists of what was revoked: what a chain is checked against.
public final class TrustStore: @unchecked Sendable {
    // Sound to share: the store is filled in the initialiser; a validation makes a context of its own.
    private let pointer: OpaquePointer

    public init(roots: [Certificate], revocationLists: [RevocationList] = []) throws(OpenSSLError) {
        let store = try required(X509_STORE_new(), "make a trust store")
        do {
            for root in roots { try succeed(X509_STORE_add_cert(store, root.withKey), "trust a certificate") }
            for list in revocationLists {
                // A copy: looking certificates up in a list puts it in another order.
                let copy = try required(X509_CRL_dup(list.pointer), "add a revocation list")
                defer { X509_CRL_free(copy) }
                try succeed(X509_STORE_add_crl(store, copy), "add a revocation list")
            }
        } catch {
            X509_STORE_free(store)
            throw error
        }
        pointer = store
    }

    deinit { X509_STORE_free(pointer) }

    /// What the certificate has to be good for.
    public enum Purpose: Sendable, Hashable {
        case server, client, smime, any

        var number: Int32 {
            switch self {
            case .server: X509_PURPOSE_SSL_SERVER
            case .client: X509_PURPOSE_SSL_CLIENT
            case .smime: X509_PURPOSE_SMIME_SIGN
            case .any: X509_PURPOSE_ANY
            }
        }
    }

    /// Why a chain is not good, in OpenSSL's numbers and words.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// `X509_V_ERR_…`
        public let code: Int
        /// 0 for the certificate itself, 1 for its issuer, and so on.
        public let depth: Int
        public let reason: String
        /// The one that is not good, where OpenSSL says which.
        public let certificate: Certificate?
        /// What was tried, as far as OpenSSL came: the certificate in question first.
        public let path: [Certificate]
        public var description: String { reason }

        init(
            code: Int, depth: Int, certificate: Certificate? = nil, path: [Certificate] = [], reason: String? = nil
        ) {
            self.code = code
            self.depth = depth
            self.certificate = certificate
            self.path = path
            self.reason = reason ?? X509_verify_cert_error_string(code).map { String(cString: $0) } ?? "error \(code)"
        }

        public static let expired = Int(X509_V_ERR_CERT_HAS_EXPIRED)
        public static let notYetValid = Int(X509_V_ERR_CERT_NOT_YET_VALID)
        public static let revoked = Int(X509_V_ERR_CERT_REVOKED)
        public static let revocationListExpired = Int(X509_V_ERR_CRL_HAS_EXPIRED)
        public static let noRevocationList = Int(X509_V_ERR_UNABLE_TO_GET_CRL)
    }

    /// Builds and checks the chain of a certificate with OpenSSL's strict rules (RFC 5280 §6).
    /// - Parameters:
    ///   - certificate: the one in question.
    ///   - chain: intermediates that may be used, in any order.
    ///   - purpose: what it has to be good for.
    ///   - time: at which all has to be valid.
    ///   - checkRevocation: demand a current list of every CA in the chain; also indirect ones and deltas are read.
    ///   - maximumIntermediates: so many CA certificates may stand between it and the root; nil for OpenSSL's hundred.
    ///   - trustsAny: a path may end at any certificate of the store, also at one that another CA signed.
    ///   - minimumSecurity: the strength that keys and digests have to have (`SSL_CTX_set_security_level(3)`: 2 stands
    ///     for 112 bits).
    /// - Returns: the chain that was found, the certificate first and the root last.
    /// - Throws: ``Failure`` where it is not good.
    public func validate(
        _ certificate: Certificate, chain: [Certificate] = [], purpose: Purpose, time: Date,
        checkRevocation: Bool = false, maximumIntermediates: Int? = nil, trustsAny: Bool = false,
        minimumSecurity: Int = 0
    ) throws(Failure) -> [Certificate] {
        let verdict: Failure
        do throws(OpenSSLError) {
            let stack = try CertificateStack(chain)
            let context = try required(X509_STORE_CTX_new(), "check a chain")
            defer { X509_STORE_CTX_free(context) }
            try succeed(X509_STORE_CTX_init(context, pointer, certificate.withKey, stack.pointer), "check a chain")
            let parameters = X509_STORE_CTX_get0_param(context)
            try configure(parameters, purpose, time, checkRevocation)
            if let maximumIntermediates {
                X509_VERIFY_PARAM_set_depth(parameters, Int32(clamping: maximumIntermediates))
            }
            if trustsAny {
                try succeed(X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)), "check a chain")
            }
            X509_VERIFY_PARAM_set_auth_level(parameters, Int32(clamping: minimumSecurity))
            let isGood = X509_verify_cert(context) == 1
            ERR_clear_error()
            if isGood { return try Self.certificates(X509_STORE_CTX_get0_chain(context)) }
            let culprit = X509_STORE_CTX_get_current_cert(context)
            if let culprit { X509_up_ref(culprit) }
            verdict = Failure(
                code: Int(X509_STORE_CTX_get_error(context)), depth: Int(X509_STORE_CTX_get_error_depth(context)),
                certificate: try culprit.map { (pointer) throws(OpenSSLError) in try Certificate(owning: pointer) },
                path: try Self.certificates(X509_STORE_CTX_get0_chain(context)))
        } catch {
            verdict = Failure(code: -1, depth: 0, reason: error.description)
        }
        throw verdict
    }

    private func configure(
        _ parameters: OpaquePointer?, _ purpose: Purpose, _ time: Date, _ checkRevocation: Bool
    ) throws(OpenSSLError) {
        var flags = UInt(X509_V_FLAG_X509_STRICT) | UInt(X509_V_FLAG_CHECK_SS_SIGNATURE)
        if checkRevocation {
            flags |= UInt(X509_V_FLAG_CRL_CHECK) | UInt(X509_V_FLAG_CRL_CHECK_ALL)
            flags |= UInt(X509_V_FLAG_EXTENDED_CRL_SUPPORT) | UInt(X509_V_FLAG_USE_DELTAS)
        }
        try succeed(X509_VERIFY_PARAM_set_flags(parameters, flags), "check a chain")
        try succeed(X509_VERIFY_PARAM_set_purpose(parameters, purpose.number), "check a chain")
        X509_VERIFY_PARAM_set_time(parameters, time_t(time.timeIntervalSince1970.rounded(.down)))
    }

    /// References of our own to what a stack (borrowed) holds.
    static func certificates(_ stack: OpaquePointer?) throws(OpenSSLError) -> [Certificate] {
        var certificates: [Certificate] = []
        for index in 0..<cossl_certificates_count(stack) {
            let pointer = try required(cossl_certificates_at(stack, index), "read a certificate")
            X509_up_ref(pointer)
            certificates.append(try Certificate(owning: pointer))
        }
        return certificates
    }
}
