/// The number by which a certificate is known to its issuer (RFC 5280 §4.1.2.2).
public struct SerialNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Big-endian, without leading zeros: 1 to 20 bytes for a conforming certificate.
    public let bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) {
        let all = Array(bytes)
        self.bytes = all.first == 0 ? Array(all.drop { $0 == 0 }) : all
    }

    /// Reads hexadecimal digits; colons and spaces between bytes are allowed, as tools print them.
    public init?(hexadecimal text: String) {
        let digits = text.filter { $0 != ":" && $0 != " " }
        guard !digits.isEmpty, digits.count <= 40, digits.allSatisfy(\.isHexDigit) else { return nil }
        let even = digits.count.isMultiple(of: 2) ? digits : "0" + digits
        var bytes: [UInt8] = []
        var rest = Substring(even)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }

    /// A new number of 16 bytes: 48 bits of time in milliseconds, so that a ledger ordered by serial grows at one
    /// end, then 80 random bits, so that nobody can guess the next one.
    /// - Parameter milliseconds: since 1970; negative times count as 0.
    public static func random(milliseconds: Int64) throws(OpenSSLError) -> SerialNumber {
        let time = UInt64(max(1, milliseconds)) & 0x7fff_ffff_ffff
        let prefix = (0..<6).reversed().map { UInt8(truncatingIfNeeded: time >> ($0 * 8)) }
        // Never shorter than 16 bytes, whatever the clock says.
        let first = prefix[0] == 0 ? 0x40 : prefix[0]
        return SerialNumber([first] + prefix.dropFirst() + (try randomBytes(10)))
    }

    /// Hexadecimal, lowercase, two digits a byte.
    public var description: String { bytes.isEmpty ? "00" : bytes.hexadecimal() }

    /// How many octets the content of its INTEGER has: RFC 5280 §4.1.2.2 allows 20.
    public var octets: Int { max(1, bytes.count + ((bytes.first ?? 0) >= 0x80 ? 1 : 0)) }

    /// As a DER INTEGER, the way it stands in certificates and revocation lists.
    public var encoded: [UInt8] {
        // A first bit that is set would make it negative; zero is one byte.
        let padding: [UInt8] = bytes.first.map { $0 >= 0x80 ? [0] : [] } ?? [0]
        return DER.element(0x02, padding + bytes)
    }

    public static func < (one: SerialNumber, other: SerialNumber) -> Bool {
        one.bytes.count == other.bytes.count
            ? one.bytes.lexicographicallyPrecedes(other.bytes) : one.bytes.count < other.bytes.count
    }
}
