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
        case .ecP384: EVP_sha384()
        default: EVP_sha256()
        }
    }

    /// Which of these a key is; nil for any other.
    init?(_ key: OpaquePointer) {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_ED25519: self = .ed25519
        case EVP_PKEY_RSA:
            guard let match = Self.allCases.first(where: { $0.rsaBits == Int(EVP_PKEY_get_bits(key)) }) else { return nil }
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
}
