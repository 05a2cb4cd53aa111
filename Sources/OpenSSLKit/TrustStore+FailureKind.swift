import COpenSSL

extension TrustStore.Failure {
    /// What sort of thing is wrong: OpenSSL tells a hundred apart, and they are mended in fewer ways.
    public enum Kind: Sendable, Hashable, CaseIterable {
        case expired
        case notYetValid
        case revoked
        /// No list of the CA above it is there, or none that covers it.
        case revocationListMissing
        case revocationListExpired
        case revocationListNotYetValid
        /// A list is not signed by its CA, which may not sign lists, or it holds what cannot be understood.
        case revocationListInvalid
        /// Nothing leads on from there.
        case issuerMissing
        /// It ends at a certificate that signed itself, and nobody trusts that one.
        case rootNotTrusted
        case signature
        /// RFC 5280 §4.2.1.10
        case namesNotPermitted
        /// A name, or a constraint on names, that cannot be compared.
        case namesMalformed
        case purpose
        /// It signed another one, and may not.
        case notAuthority
        /// More CA certificates than one of them, or whoever asks, allows.
        case pathTooLong
        /// The key or the digest is too weak, or its parameters are written out.
        case weak
        /// An extension is malformed, missing, or critical and unknown (OpenSSL's strict rules).
        case extensions
        case other
    }

    public var kind: Kind { Self.kinds[Int32(clamping: code)] ?? .other }

    private static let kinds: [Int32: Kind] = [
        X509_V_ERR_CERT_HAS_EXPIRED: .expired, X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: .extensions,
        X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid, X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD: .extensions,
        X509_V_ERR_CERT_REVOKED: .revoked,
        X509_V_ERR_UNABLE_TO_GET_CRL: .revocationListMissing, X509_V_ERR_DIFFERENT_CRL_SCOPE: .revocationListMissing,
        X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER: .revocationListMissing,
        X509_V_ERR_CRL_HAS_EXPIRED: .revocationListExpired, X509_V_ERR_CRL_NOT_YET_VALID: .revocationListNotYetValid,
        X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD: .revocationListInvalid,
        X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD: .revocationListInvalid,
        X509_V_ERR_CRL_SIGNATURE_FAILURE: .revocationListInvalid,
        X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE: .revocationListInvalid,
        X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: .revocationListInvalid,
        X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION: .revocationListInvalid,
        X509_V_ERR_CRL_PATH_VALIDATION_ERROR: .revocationListInvalid,
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: .issuerMissing,
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: .issuerMissing,
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: .issuerMissing,
        X509_V_ERR_SUBJECT_ISSUER_MISMATCH: .issuerMissing, X509_V_ERR_AKID_SKID_MISMATCH: .issuerMissing,
        X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH: .issuerMissing, X509_V_ERR_PATH_LOOP: .issuerMissing,
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .rootNotTrusted,
        X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: .rootNotTrusted,
        X509_V_ERR_CERT_UNTRUSTED: .rootNotTrusted, X509_V_ERR_CERT_REJECTED: .rootNotTrusted,
        X509_V_ERR_CERT_SIGNATURE_FAILURE: .signature, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE: .signature,
        X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: .signature,
        X509_V_ERR_PERMITTED_VIOLATION: .namesNotPermitted, X509_V_ERR_EXCLUDED_VIOLATION: .namesNotPermitted,
        X509_V_ERR_SUBTREE_MINMAX: .namesMalformed, X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE: .namesMalformed,
        X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX: .namesMalformed,
        X509_V_ERR_UNSUPPORTED_NAME_SYNTAX: .namesMalformed,
        X509_V_ERR_INVALID_PURPOSE: .purpose,
        X509_V_ERR_INVALID_CA: .notAuthority, X509_V_ERR_KEYUSAGE_NO_CERTSIGN: .notAuthority,
        X509_V_ERR_INVALID_NON_CA: .notAuthority,
        X509_V_ERR_CERT_CHAIN_TOO_LONG: .pathTooLong, X509_V_ERR_PATH_LENGTH_EXCEEDED: .pathTooLong,
        X509_V_ERR_EE_KEY_TOO_SMALL: .weak, X509_V_ERR_CA_KEY_TOO_SMALL: .weak, X509_V_ERR_CA_MD_TOO_WEAK: .weak,
        X509_V_ERR_EC_KEY_EXPLICIT_PARAMS: .weak,
        X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: .extensions, X509_V_ERR_INVALID_EXTENSION: .extensions,
        X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE: .extensions,
        X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH: .extensions,
        X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY: .extensions,
        X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA: .extensions, X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN: .extensions,
        X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA: .extensions, X509_V_ERR_ISSUER_NAME_EMPTY: .extensions,
        X509_V_ERR_SUBJECT_NAME_EMPTY: .extensions, X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER: .extensions,
        X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER: .extensions, X509_V_ERR_EMPTY_SUBJECT_ALT_NAME: .extensions,
        X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL: .extensions, X509_V_ERR_CA_BCONS_NOT_CRITICAL: .extensions,
        X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL: .extensions,
        X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL: .extensions,
        X509_V_ERR_CA_CERT_MISSING_KEY_USAGE: .extensions, X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3: .extensions,
    ]
}
