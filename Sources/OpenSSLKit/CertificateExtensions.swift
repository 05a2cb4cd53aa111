/// The extensions of a certificate that mail uses (RFC 5280 §4.2), decoded.
public struct CertificateExtensions: Sendable, Hashable {
    /// Whether the subject may sign certificates, and how many CAs may stand below it (RFC 5280 §4.2.1.9).
    public struct BasicConstraints: Sendable, Hashable {
        public var isCA: Bool
        public var pathLength: Int?

        public init(isCA: Bool, pathLength: Int? = nil) {
            self.isCA = isCA
            self.pathLength = pathLength
        }
    }

    /// The names that certificates below this one may hold (RFC 5280 §4.2.1.10).
    public struct NameConstraints: Sendable, Hashable {
        public var permitted: [GeneralName]
        public var excluded: [GeneralName]

        public init(permitted: [GeneralName], excluded: [GeneralName]) {
            self.permitted = permitted
            self.excluded = excluded
        }
    }

    public var basicConstraints: BasicConstraints?
    public var keyUsage: KeyUsage?
    public var extendedKeyUsage: [ExtendedKeyUsage] = []
    public var subjectAlternativeNames: [GeneralName] = []
    public var nameConstraints: NameConstraints?
    public var subjectKeyIdentifier: [UInt8]?
    public var authorityKeyIdentifier: [UInt8]?
    /// An OCSP responder's certificate that is not to be checked for revocation itself (RFC 6960 §4.2.2.2.1).
    public var ocspNoCheck = false

    /// Dotted identifiers of all extensions as they stand in the certificate; empty for one still to be built.
    public internal(set) var present: [String] = []
    /// Those of them that are critical.
    public internal(set) var critical: Set<String> = []

    public init() {}
}

/// Identifiers of the extensions that are asked about by name.
public enum ExtensionIdentifier {
    public static let subjectKeyIdentifier = "2.5.29.14"
    public static let keyUsage = "2.5.29.15"
    public static let subjectAlternativeName = "2.5.29.17"
    public static let basicConstraints = "2.5.29.19"
    public static let nameConstraints = "2.5.29.30"
    public static let authorityKeyIdentifier = "2.5.29.35"
    public static let extendedKeyUsage = "2.5.29.37"
    /// What a server has to do in TLS: staple an OCSP response (RFC 7633).
    public static let tlsFeature = "1.3.6.1.5.5.7.1.24"
}
