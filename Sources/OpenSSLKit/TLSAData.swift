/// What a DANE record says (RFC 6698 §2.1), whatever it may be.
public struct TLSAData: Sendable, Hashable, CustomStringConvertible {
    /// 3 for the server's own certificate, 2 for a CA's; 0 and 1 mean nothing to mail servers (RFC 7672 §3.1.3).
    public let usage: UInt8
    /// 0 for the whole certificate, 1 for its key.
    public let selector: UInt8
    /// 0 for all of it, 1 for its SHA-256, 2 for its SHA-512.
    public let matchingType: UInt8
    public let association: [UInt8]

    public init(usage: UInt8, selector: UInt8, matchingType: UInt8, association: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.association = association
    }

    /// - Returns: nil for less than a record has.
    public init?(wire bytes: [UInt8]) {
        guard bytes.count > 3 else { return nil }
        self.init(usage: bytes[0], selector: bytes[1], matchingType: bytes[2], association: Array(bytes.dropFirst(3)))
    }

    /// Reads it as a zone file has it: three numbers and hexadecimal digits, which blanks may part.
    /// - Returns: nil where it is something else.
    public init?(_ text: some StringProtocol) {
        let words = text.split(whereSeparator: \.isWhitespace)
        let numbers = words.prefix(3).compactMap { word in
            word.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(word) : nil
        }
        let digits = words.dropFirst(3).joined().utf8.map { $0 }
        guard numbers.count == 3, !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
        let nibbles = digits.compactMap { byte -> UInt8? in
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x37
            case 0x61...0x66: byte - 0x57
            default: nil
            }
        }
        guard nibbles.count == digits.count else { return nil }
        self.init(
            usage: numbers[0], selector: numbers[1], matchingType: numbers[2],
            association: stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] })
    }

    /// `3 1 1 f8a0…`
    public var description: String { "\(usage) \(selector) \(matchingType) \(association.hexadecimal())" }
}
