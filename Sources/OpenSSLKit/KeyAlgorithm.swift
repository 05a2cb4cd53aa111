import COpenSSL

/// The kinds of key pair that this library makes, by the names used on the command line.
public enum KeyAlgorithm: String, Sendable, Hashable, CaseIterable, Codable {
    case ecP256 = "ec-p256"
    case ecP384 = "ec-p384"
    case rsa2048 = "rsa-2048"
    case rsa3072 = "rsa-3072"
    case rsa4096 = "rsa-4096"
    case ed25519

    /// The modulus length in bits; nil for what is not RSA.
    public var rsaBits: Int? {
        switch self {
        case .rsa2048: 2048
        case .rsa3072: 3072
        case .rsa4096: 4096
        case .ecP256, .ecP384, .ed25519: nil
        }
    }

    public var isRSA: Bool { rsaBits != nil }

    /// OpenSSL's name of the curve; nil for what is not EC.
    var curve: String? {
        switch self {
        case .ecP256: "P-256"
        case .ecP384: "P-384"
        default: nil
        }
    }

    var openSSLName: String { curve != nil ? "EC" : isRSA ? "RSA" : "ED25519" }

    /// The digest that this key signs with; nil for Ed25519, which brings its own (RFC 8410).
    var digest: OpaquePointer? {
        switch self {
        case .ed25519: nil
        case .ecP384: Self.sha384
        default: Self.sha256
        }
    }

    // Fetched once: OpenSSL would look for it at each signature.
    // Sound to share: nobody changes an EVP_MD, or frees this one.
    private static nonisolated(unsafe) let sha256 = EVP_MD_fetch(nil, "SHA256", nil)
    // Sound to share, as the other is.
    private static nonisolated(unsafe) let sha384 = EVP_MD_fetch(nil, "SHA384", nil)

    /// Which of these a key is; nil for any other.
    init?(_ key: OpaquePointer) {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_ED25519: self = .ed25519
        case EVP_PKEY_RSA:
            guard let match = Self.allCases.first(where: { $0.rsaBits == Int(EVP_PKEY_get_bits(key)) }) else {
                return nil
            }
            self = match
        case EVP_PKEY_EC:
            var name = [CChar](repeating: 0, count: 64)
            guard EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1 else {
                ERR_clear_error()
                return nil
            }
            switch name.withUnsafeBufferPointer({ $0.baseAddress.map { String(cString: $0) } }) {
            case "prime256v1": self = .ecP256
            case "secp384r1": self = .ecP384
            default: return nil
            }
        default: return nil
        }
    }

    /// Which of these an AlgorithmIdentifier (borrowed) and the key's bytes tell of; nil for any other. The key itself is
    /// not decoded, which would take a hundred times longer.
    init?(identifier: UnsafePointer<X509_ALGOR>?, encoded: [UInt8]) {
        var object: OpaquePointer?
        var kind: Int32 = 0
        var parameter: UnsafeRawPointer?
        X509_ALGOR_get0(&object, &kind, &parameter, identifier)
        switch OBJ_obj2nid(object) {
        case NID_ED25519: self = .ed25519
        case NID_X9_62_id_ecPublicKey where kind == V_ASN1_OBJECT:
            switch OBJ_obj2nid(parameter.map { OpaquePointer($0) }) {
            case NID_X9_62_prime256v1: self = .ecP256
            case NID_secp384r1: self = .ecP384
            default: return nil
            }
        case NID_rsaEncryption:
            let bits = Self.modulusBits(encoded)
            guard let match = Self.allCases.first(where: { $0.rsaBits == bits }) else { return nil }
            self = match
        default: return nil
        }
    }

    /// The length of the modulus, which is the first INTEGER of an RSAPublicKey (RFC 8017 appendix A.1.1).
    private static func modulusBits(_ key: [UInt8]) -> Int? {
        var cursor: UnsafePointer<UInt8>?
        return key.withUnsafeBufferPointer { buffer in
            cursor = buffer.baseAddress
            var length = 0
            var tag: Int32 = 0
            var group: Int32 = 0
            defer { ERR_clear_error() }
            guard ASN1_get_object(&cursor, &length, &tag, &group, buffer.count) == Int32(V_ASN1_CONSTRUCTED),
                tag == V_ASN1_SEQUENCE, let modulus = d2i_ASN1_INTEGER(nil, &cursor, length)
            else { return nil }
            defer { ASN1_INTEGER_free(modulus) }
            let number = ASN1_INTEGER_to_BN(modulus, nil)
            defer { BN_free(number) }
            return Int(BN_num_bits(number))
        }
    }
}
