public import OpenSSLKit

/// The kinds of certificate that a mail CA makes, and what rules each.
public enum Profile: String, Sendable, Hashable, CaseIterable, Codable {
    /// A CA that nobody stands above.
    case root
    /// A CA below an offline root, which does the daily work.
    case issuing
    case server
    /// A server's certificate that no CA signed.
    case selfSigned = "self-signed"
    case client

    public var isAuthority: Bool { self == .root || self == .issuing }

    /// How long it lives where nobody says otherwise, in days.
    public var defaultDays: Int {
        switch self {
        case .root: 3_650
        case .issuing: 1_825
        case .server, .selfSigned, .client: 365
        }
    }

    /// The longest life that can be asked for, in days: a century.
    public static let longestDays = 36_500

    /// What a CA's key may be: RSA below 3,072 bits would be weaker than what it signs for a decade.
    public var keyAlgorithms: [KeyAlgorithm] {
        isAuthority ? KeyAlgorithm.allCases.filter { $0 != .rsa2048 } : KeyAlgorithm.allCases
    }

    public var defaultKeyAlgorithm: KeyAlgorithm { .ecP256 }

    var extendedKeyUsage: [ExtendedKeyUsage] {
        switch self {
        case .root: []
        case .issuing: [.serverAuth, .clientAuth]
        case .server, .selfSigned: [.serverAuth]
        case .client: [.clientAuth]
        }
    }

    /// RSA server keys also encipher: without it NSS refuses them.
    func keyUsage(for algorithm: KeyAlgorithm?) -> KeyUsage {
        switch self {
        case .root, .issuing: [.keyCertSign, .cRLSign]
        case .server, .selfSigned: algorithm?.isRSA == true ? [.digitalSignature, .keyEncipherment] : .digitalSignature
        case .client: .digitalSignature
        }
    }

    /// Checks what the caller wishes for the key.
    func check(_ algorithm: KeyAlgorithm) throws(MailCAError) {
        guard keyAlgorithms.contains(algorithm) else {
            throw MailCAError(
                .invalidParameters, "a key of kind \(algorithm.rawValue) is too weak for a CA",
                hint: "Choose one of \(keyAlgorithms.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    /// Checks what the caller wishes for the life.
    func check(days: Int) throws(MailCAError) {
        guard (1...Self.longestDays).contains(days) else {
            throw MailCAError(
                .invalidParameters, "\(days) days is not a life that a certificate can have",
                hint: "Give a number from 1 to \(Self.longestDays); \(defaultDays) is usual.")
        }
    }
}
