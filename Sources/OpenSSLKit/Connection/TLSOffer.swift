import COpenSSL

/// A version of TLS, or of what came before it.
public enum TLSVersion: Int, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    /// Nothing but ``ClientHello`` can ask for it.
    case ssl3 = 0x0300
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    /// `TLSv1.3`
    public var description: String {
        switch self {
        case .ssl3: "SSLv3"
        case .tls10: "TLSv1"
        default: "TLSv1.\(rawValue - 0x0301)"
        }
    }

    public static func < (one: TLSVersion, other: TLSVersion) -> Bool { one.rawValue < other.rawValue }
}

/// What a client shows when it is asked who it is.
public struct TLSCredentials: Sendable {
    public let certificate: Certificate
    public let key: PrivateKey
    /// The certificates of its issuers, which are sent after it.
    public let chain: [Certificate]

    public init(certificate: Certificate, key: PrivateKey, chain: [Certificate] = []) {
        self.certificate = certificate
        self.key = key
        self.chain = chain
    }

    public init(_ bundle: PKCS12) {
        self.init(certificate: bundle.certificate, key: bundle.key, chain: bundle.chain)
    }
}

/// With what a client begins TLS.
public struct TLSOffer: Sendable {
    /// The host name that the server is told (RFC 6066 §3), so that it can choose a certificate. Nil for an address.
    public var serverName: String?
    /// Shown where the server asks for a certificate, whichever CAs it names.
    public var credentials: TLSCredentials?
    public var versions: ClosedRange<TLSVersion>

    public init(
        serverName: String? = nil, credentials: TLSCredentials? = nil,
        versions: ClosedRange<TLSVersion> = .tls10 ... .tls13
    ) {
        self.serverName = serverName
        self.credentials = credentials
        self.versions = versions
    }
}
