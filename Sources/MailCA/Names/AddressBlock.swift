/// A block of IP addresses with a common prefix (CIDR, RFC 4632), as name constraints hold it.
public struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    /// The first address of the block.
    public let address: IPAddress
    /// How many leading bits all addresses of the block share: 0 to 32, or to 128.
    public let prefixLength: Int

    /// The mask: as many bytes as the address has.
    public var mask: [UInt8] { AddressBlock.mask(prefixLength, byteCount: address.bytes.count) }

    /// The address and then the mask, 8 or 32 bytes: an iPAddress constraint (RFC 5280 §4.2.1.10).
    public var bytes: [UInt8] { address.bytes + mask }

    /// CIDR notation, `192.0.2.0/24`.
    public var description: String { "\(address)/\(prefixLength)" }

    /// Reads `192.0.2.0/24` or `2001:db8::/32`; an address without `/` is a block of itself alone.
    /// - Throws: `MailCAError` with code `invalidName`, also where bits after the prefix are set.
    public init(_ text: String) throws(MailCAError) {
        let parts = text.unicodeScalars
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let address = try IPAddress(parts[0])
        let most = address.bytes.count * 8
        guard parts.count == 2 else {
            try self.init(address, prefixLength: most, from: text)
            return
        }
        guard let length = AddressBlock.prefixLength(parts[1]), length <= most else {
            let example = address.isIPv4 ? "192.0.2.0/24" : "2001:db8::/32"
            throw MailCAError(
                .invalidName, "\(quoted(text)) has no prefix length from 0 to \(most) after the /",
                hint: "Give the number of leading bits, not a mask, as in \(example).")
        }
        try self.init(address, prefixLength: length, from: text)
    }

    /// Reads an iPAddress constraint: an address and its mask, 8 or 32 bytes.
    /// - Throws: `MailCAError` with code `invalidName` for any other number of bytes, for a mask that is no prefix, and
    ///   where bits after the prefix are set.
    public init(bytes: [UInt8]) throws(MailCAError) {
        let half = bytes.count / 2
        let mask = Array(bytes[half...])
        let length = mask.reduce(0) { $0 + $1.nonzeroBitCount }
        guard let address = IPAddress(bytes: Array(bytes[..<half])),
            mask == AddressBlock.mask(length, byteCount: half)
        else {
            throw MailCAError(
                .invalidName, "a name constraint of \(bytes.count) bytes is no block of IP addresses",
                hint: "It wants an address and a mask of leading bits, 8 or 32 bytes (RFC 5280 §4.2.1.10).")
        }
        try self.init(address, prefixLength: length, from: "\(address)/\(length)")
    }

    private init(_ address: IPAddress, prefixLength: Int, from text: String) throws(MailCAError) {
        self.address = address
        self.prefixLength = prefixLength
        let first = zip(address.bytes, mask).map { $0 & $1 }
        if first != address.bytes, let right = IPAddress(bytes: first) {
            throw MailCAError(
                .invalidName, "\(quoted(text)) has bits set after the first \(prefixLength), so it names no block",
                hint: "Did you mean \(right)/\(prefixLength), or the one address \(address)?")
        }
    }

    /// Whether `candidate` is in the block; never, if one is IPv4 and the other IPv6.
    public func contains(_ candidate: IPAddress) -> Bool {
        guard candidate.bytes.count == address.bytes.count else { return false }
        return zip(zip(candidate.bytes, mask), address.bytes).allSatisfy { $0.0 & $0.1 == $1 }
    }

    /// Plain decimal digits without a sign or leading zero: `08` is a slip, or octal, or both.
    private static func prefixLength(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        guard text == "0" || text.utf8.first != UInt8(ascii: "0") else { return nil }
        return Int(text)
    }

    private static func mask(_ length: Int, byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { index in
            let bits = min(8, max(0, length - index * 8))
            return UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        }
    }
}
