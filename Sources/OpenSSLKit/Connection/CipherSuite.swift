/// A cipher suite of TLS up to 1.2 or of SSL 3.0, by its number in IANA's registry (RFC 5246 §A.5).
public struct CipherSuite: Sendable, Hashable, CustomStringConvertible {
    public let number: UInt16

    public init(_ number: UInt16) { self.number = number }

    /// What is wrong with a suite. The worst comes first.
    public enum Weakness: Int, Sendable, Hashable, CaseIterable, Comparable {
        /// Nothing is encrypted.
        case noEncryption
        /// The server shows no certificate, so that anybody can be in between.
        case anonymous
        /// A key of 40 or 56 bits, as it once had to be for export.
        case export
        /// RFC 7465.
        case rc4
        /// Blocks of 64 bits: DES, 3DES, IDEA (RFC 7525 §4.1, Sweet32).
        case shortBlocks

        public static func < (one: Weakness, other: Weakness) -> Bool { one.rawValue < other.rawValue }
    }

    /// IANA's name, or its number where it is none of those that are asked for here.
    public var description: String {
        Self.names[number] ?? "suite \([UInt8(number >> 8), UInt8(number & 255)].hexadecimal())"
    }

    /// The worst that is wrong with it.
    public var weakness: Weakness? {
        guard let name = Self.names[number] else { return nil }
        return Self.marks.first { name.contains($0.0) }?.1
    }

    /// All that are known to be weak. Whatever has MD5 is among them for another reason.
    public static let weak: [CipherSuite] = all.filter { $0.weakness != nil }
    /// Those that servers and clients of TLS 1.1 and below mostly have.
    public static let ordinary: [CipherSuite] = all.filter { $0.weakness == nil }

    /// How names tell of a weakness.
    private static let marks: [(String, Weakness)] = [
        ("_NULL_", .noEncryption), ("_anon_", .anonymous), ("_EXPORT", .export), ("_RC4_", .rc4),
        ("_DES_", .shortBlocks),
        ("_3DES_", .shortBlocks), ("_IDEA_", .shortBlocks),
    ]

    private static let all: [CipherSuite] = table.map { CipherSuite($0.0) }
    private static let names = Dictionary(table, uniquingKeysWith: { first, _ in first })

    private static let table: [(UInt16, String)] = [
        (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"), (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"), (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"), (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
        (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"), (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"), (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
        (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"), (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
        (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"), (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
        (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"), (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
        (0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"), (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
        (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"), (0x009a, "TLS_DHE_RSA_WITH_SEED_CBC_SHA"),

        (0x0001, "TLS_RSA_WITH_NULL_MD5"), (0x0002, "TLS_RSA_WITH_NULL_SHA"), (0x003b, "TLS_RSA_WITH_NULL_SHA256"),
        (0xc001, "TLS_ECDH_ECDSA_WITH_NULL_SHA"), (0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"),
        (0xc00b, "TLS_ECDH_RSA_WITH_NULL_SHA"), (0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"),
        (0xc015, "TLS_ECDH_anon_WITH_NULL_SHA"),

        (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"), (0x001a, "TLS_DH_anon_WITH_DES_CBC_SHA"),
        (0x001b, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"), (0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
        (0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"), (0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"),
        (0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"), (0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"),
        (0x0089, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"), (0x009b, "TLS_DH_anon_WITH_SEED_CBC_SHA"),
        (0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"), (0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"),
        (0xc016, "TLS_ECDH_anon_WITH_RC4_128_SHA"), (0xc017, "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA"),
        (0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"), (0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"),

        (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"), (0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
        (0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"), (0x0011, "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA"),
        (0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"), (0x0017, "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5"),
        (0x0019, "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA"), (0x0062, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA"),
        (0x0064, "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA"),

        (0x0004, "TLS_RSA_WITH_RC4_128_MD5"), (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
        (0xc002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA"), (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
        (0xc00c, "TLS_ECDH_RSA_WITH_RC4_128_SHA"), (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),

        (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA"), (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
        (0x0012, "TLS_DHE_DSS_WITH_DES_CBC_SHA"), (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
        (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"), (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
        (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"), (0xc003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA"),
        (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"), (0xc00d, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA"),
        (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    ]
}
