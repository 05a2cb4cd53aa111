/// How a part of a PKCS #12 file is encrypted under a password.
public struct PKCS12Encryption: Sendable, Hashable, CustomStringConvertible {
    /// How the key comes from the password.
    public enum Derivation: Sendable, Hashable {
        /// RFC 7292 appendix B, with SHA-1.
        case pkcs12
        /// PBES1 (RFC 8018 §6.1), with this digest.
        case pkcs5(digest: String)
        /// PBES2 with PBKDF2 (RFC 8018 §5.2), whose pseudo-random function is HMAC with this digest.
        case pbkdf2(digest: String)
        /// PBES2 with scrypt (RFC 7914).
        case scrypt
        case unknown(String)
    }

    /// Such as `AES-256-CBC` or `RC2-40-CBC`; else the dotted identifier.
    public let cipher: String
    public let derivation: Derivation
    /// How often the derivation goes round; 0 for scrypt, which counts otherwise.
    public let iterations: Int
    /// In bytes.
    public let saltLength: Int

    /// `AES-256-CBC, PBKDF2 with SHA-256, 2048 iterations, salt of 8 bytes`
    public var description: String {
        let way =
            switch derivation {
            case .pkcs12: "PBE with SHA-1"
            case .pkcs5(let digest): "PBES1 with \(digest)"
            case .pbkdf2(let digest): "PBKDF2 with \(digest)"
            case .scrypt: "scrypt"
            case .unknown(let identifier): identifier
            }
        return "\(cipher), \(way), \(iterations) iterations, salt of \(saltLength) bytes"
    }

    /// - Parameter algorithm: an AlgorithmIdentifier.
    init(_ algorithm: BERElement) throws(BERElement.Malformed) {
        let fields = try algorithm.children()
        guard let identifier = try fields.first?.identifier() else { throw BERElement.Malformed() }
        if identifier == "1.2.840.113549.1.5.13" {
            guard fields.count == 2 else { throw BERElement.Malformed() }
            let parameters = try fields[1].children()
            guard parameters.count == 2, let scheme = try parameters[1].children().first?.identifier() else {
                throw BERElement.Malformed()
            }
            cipher = Self.ciphers[scheme] ?? scheme
            (derivation, iterations, saltLength) = try Self.derivation(parameters[0].children())
            return
        }
        let known = Self.schemes[identifier]
        cipher = known?.cipher ?? identifier
        derivation = known?.derivation ?? .unknown(identifier)
        // Salt and iterations, where it is one that has them.
        let parameters = fields.count > 1 && fields[1].isConstructed ? try fields[1].children() : []
        saltLength = parameters.count == 2 ? try parameters[0].octets().count : 0
        iterations = parameters.count == 2 ? try parameters[1].integer() : 0
    }

    private static func derivation(_ fields: [BERElement]) throws(BERElement.Malformed) -> (Derivation, Int, Int) {
        guard fields.count == 2 else { throw BERElement.Malformed() }
        let identifier = try fields[0].identifier()
        let parameters = try fields[1].children()
        guard let salt = parameters.first else { throw BERElement.Malformed() }
        switch identifier {
        case "1.2.840.113549.1.5.12":
            guard parameters.count >= 2 else { throw BERElement.Malformed() }
            // The pseudo-random function comes last, and is SHA-1 where there is none.
            var digest = "SHA-1"
            if let last = parameters.last, last.isConstructed, let function = try last.children().first?.identifier() {
                digest = functions[function] ?? function
            }
            return (.pbkdf2(digest: digest), try parameters[1].integer(), try salt.octets().count)
        case "1.3.6.1.4.1.11591.4.11": return (.scrypt, 0, try salt.octets().count)
        default: return (.unknown(identifier), 0, 0)
        }
    }

    static let digests = [
        "1.2.840.113549.2.5": "MD5", "1.3.14.3.2.26": "SHA-1", "2.16.840.1.101.3.4.2.4": "SHA-224",
        "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
        "2.16.840.1.101.3.4.2.7": "SHA3-224", "2.16.840.1.101.3.4.2.8": "SHA3-256",
        "2.16.840.1.101.3.4.2.9": "SHA3-384", "2.16.840.1.101.3.4.2.10": "SHA3-512",
        "1.2.840.113549.1.5.14": "PBMAC1",
    ]

    /// HMAC with these.
    private static let functions = [
        "1.2.840.113549.2.7": "SHA-1", "1.2.840.113549.2.8": "SHA-224", "1.2.840.113549.2.9": "SHA-256",
        "1.2.840.113549.2.10": "SHA-384", "1.2.840.113549.2.11": "SHA-512",
    ]

    private static let ciphers = [
        "2.16.840.1.101.3.4.1.2": "AES-128-CBC", "2.16.840.1.101.3.4.1.22": "AES-192-CBC",
        "2.16.840.1.101.3.4.1.42": "AES-256-CBC", "1.2.840.113549.3.7": "3DES-CBC", "1.3.14.3.2.7": "DES-CBC",
        "1.2.840.113549.3.2": "RC2-CBC", "1.2.392.200011.61.1.1.1.2": "Camellia-128-CBC",
        "1.2.392.200011.61.1.1.1.3": "Camellia-192-CBC", "1.2.392.200011.61.1.1.1.4": "Camellia-256-CBC",
        "1.2.410.200046.1.1.2": "ARIA-128-CBC", "1.2.410.200046.1.1.7": "ARIA-192-CBC",
        "1.2.410.200046.1.1.12": "ARIA-256-CBC",
    ]

    private static let schemes: [String: (cipher: String, derivation: Derivation)] = [
        "1.2.840.113549.1.12.1.1": ("RC4-128", .pkcs12), "1.2.840.113549.1.12.1.2": ("RC4-40", .pkcs12),
        "1.2.840.113549.1.12.1.3": ("3DES-CBC", .pkcs12), "1.2.840.113549.1.12.1.4": ("2DES-CBC", .pkcs12),
        "1.2.840.113549.1.12.1.5": ("RC2-128-CBC", .pkcs12), "1.2.840.113549.1.12.1.6": ("RC2-40-CBC", .pkcs12),
        "1.2.840.113549.1.5.3": ("DES-CBC", .pkcs5(digest: "MD5")),
        "1.2.840.113549.1.5.6": ("RC2-CBC", .pkcs5(digest: "MD5")),
        "1.2.840.113549.1.5.10": ("DES-CBC", .pkcs5(digest: "SHA-1")),
        "1.2.840.113549.1.5.11": ("RC2-CBC", .pkcs5(digest: "SHA-1")),
    ]
}
