import COpenSSL
public import FoundationEssentials

extension TLSAData {
    /// What comes of a record for what a server sends.
    public enum Verdict: Sendable, Hashable {
        case matches
        case differs(TrustStore.Failure)
        /// It means nothing to mail servers, or to nobody.
        case unusable
    }

    /// Holds what a server sent against the record, as RFC 7671 has it and OpenSSL does it. For usage 3 neither names nor
    /// times count; for usage 2 they do, and the CA has to be in what was sent.
    /// - Parameters:
    ///   - certificates: as they were sent, the server's own first.
    ///   - host: whom the certificate has to name, for usage 2; ASCII.
    public func verdict(on certificates: [Certificate], host: String, time: Date) throws(OpenSSLError) -> Verdict {
        let operation = "hold a certificate against its DANE record"
        guard let leaf = certificates.first, usage == 2 || usage == 3 else { return .unusable }
        defer { ERR_clear_error() }
        let context = try required(SSL_CTX_new(TLS_client_method()), operation)
        defer { SSL_CTX_free(context) }
        try succeed(SSL_CTX_dane_enable(context), operation)
        let ssl = try required(SSL_new(context), operation)
        defer { SSL_free(ssl) }
        try succeed(SSL_dane_enable(ssl, host), operation)
        SSL_dane_set_flags(ssl, UInt(DANE_FLAG_NO_DANE_EE_NAMECHECKS))
        let added = SSL_dane_tlsa_add(ssl, usage, selector, matchingType, association, association.count)
        guard added != 0 else { return .unusable }
        try succeed(added, operation)

        let store = try required(X509_STORE_new(), operation)
        defer { X509_STORE_free(store) }
        let chain = try CertificateStack(Array(certificates.dropFirst()))
        let check = try required(X509_STORE_CTX_new(), operation)
        defer { X509_STORE_CTX_free(check) }
        try succeed(X509_STORE_CTX_init(check, store, leaf.withKey, chain.pointer), operation)
        X509_STORE_CTX_set0_dane(check, SSL_get0_dane(ssl))
        try succeed(X509_STORE_CTX_set_default(check, "ssl_server"), operation)
        let parameters = X509_STORE_CTX_get0_param(check)
        try succeed(X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(ssl)), operation)
        X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        X509_VERIFY_PARAM_set_time(parameters, time_t(time.timeIntervalSince1970.rounded(.down)))
        guard X509_verify_cert(check) != 1 else { return .matches }
        return .differs(
            TrustStore.Failure(
                code: Int(X509_STORE_CTX_get_error(check)), depth: Int(X509_STORE_CTX_get_error_depth(check))))
    }
}

extension TrustStore.Failure {
    /// What was sent is not what a DANE record names.
    public static let noTLSAMatch = Int(X509_V_ERR_DANE_NO_MATCH)
}
