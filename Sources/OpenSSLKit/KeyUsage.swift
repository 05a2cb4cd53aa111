/// What the key of a certificate may do (RFC 5280 §4.2.1.3). Bit n of the value is bit n of the extension.
public struct KeyUsage: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let digitalSignature = KeyUsage(rawValue: 1 << 0)
    public static let nonRepudiation = KeyUsage(rawValue: 1 << 1)
    public static let keyEncipherment = KeyUsage(rawValue: 1 << 2)
    public static let dataEncipherment = KeyUsage(rawValue: 1 << 3)
    public static let keyAgreement = KeyUsage(rawValue: 1 << 4)
    public static let keyCertSign = KeyUsage(rawValue: 1 << 5)
    public static let cRLSign = KeyUsage(rawValue: 1 << 6)
    public static let encipherOnly = KeyUsage(rawValue: 1 << 7)
    public static let decipherOnly = KeyUsage(rawValue: 1 << 8)

    static let names = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
        "cRLSign", "encipherOnly", "decipherOnly",
    ]
}

extension KeyUsage: CustomStringConvertible {
    public var description: String {
        Self.names.enumerated().filter { rawValue & 1 << $0.offset != 0 }.map(\.element).joined(separator: ", ")
    }
}

/// What the certificate may be used for (RFC 5280 §4.2.1.12), by object identifier.
public struct ExtendedKeyUsage: Sendable, Hashable, CustomStringConvertible {
    /// Dotted.
    public let identifier: String
    public init(identifier: String) { self.identifier = identifier }

    public static let serverAuth = ExtendedKeyUsage(identifier: "1.3.6.1.5.5.7.3.1")
    public static let clientAuth = ExtendedKeyUsage(identifier: "1.3.6.1.5.5.7.3.2")
    public static let emailProtection = ExtendedKeyUsage(identifier: "1.3.6.1.5.5.7.3.4")
    public static let ocspSigning = ExtendedKeyUsage(identifier: "1.3.6.1.5.5.7.3.9")
    public static let any = ExtendedKeyUsage(identifier: "2.5.29.37.0")

    public var description: String {
        switch self {
        case .serverAuth: "serverAuth"
        case .clientAuth: "clientAuth"
        case .emailProtection: "emailProtection"
        case .ocspSigning: "OCSPSigning"
        case .any: "anyExtendedKeyUsage"
        default: identifier
        }
    }
}
