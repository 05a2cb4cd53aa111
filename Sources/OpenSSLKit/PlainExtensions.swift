/// The extensions that a certificate for mail needs, each once, and no other (RFC 5280 §4.2.1).
struct PlainExtensions {
    /// Of the key that signed it.
    private(set) var authorityKeyIdentifier: [UInt8] = []
    private(set) var names: [GeneralName] = []
    /// The content of each identifier.
    private(set) var usages: [[UInt8]] = []
    /// The first octet: digitalSignature is its highest bit. Never with a bit of a CA's.
    private(set) var keyUsage: UInt8 = 0

    /// - Parameter list: inside the field of the certificate.
    /// - Returns: nil where one of them is missing, unknown, or not as DER has it.
    init?(_ list: DERReader) {
        var list = list
        guard let whole = list.next(DERReader.sequence), list.isAtEnd else { return nil }
        var items = list.inside(whole)
        var seen: Set<UInt8> = []
        while !items.isAtEnd {
            guard let item = items.next(DERReader.sequence) else { return nil }
            var parts = items.inside(item)
            guard let type = parts.next(DERReader.objectIdentifier), type.content.count == 3,
                list.bytes[type.content].starts(with: [0x55, 0x1d])
            else { return nil }
            var isCritical = false
            if let flag = parts.next(0x01) {
                guard list.bytes[flag.content].elementsEqual([0xff]) else { return nil }
                isCritical = true
            }
            let kind = list.bytes[type.content.upperBound - 1]
            guard let octets = parts.next(DERReader.octetString), parts.isAtEnd, seen.insert(kind).inserted,
                read(kind, isCritical, parts.inside(octets))
            else { return nil }
        }
        guard seen.isSuperset(of: Self.needed) else { return nil }
    }

    private static let needed: Set<UInt8> = [
        keyUsage, alternativeNames, basicConstraints, authorityKey, extendedKeyUsage,
    ]
    static let subjectKey: UInt8 = 14
    private static let keyUsage: UInt8 = 15
    static let alternativeNames: UInt8 = 17
    private static let basicConstraints: UInt8 = 19
    private static let authorityKey: UInt8 = 35
    private static let extendedKeyUsage: UInt8 = 37

    /// - Returns: whether it is plain.
    private mutating func read(_ kind: UInt8, _ isCritical: Bool, _ content: DERReader) -> Bool {
        var content = content
        guard let value = content.next(), content.isAtEnd else { return false }
        let bytes = content.bytes[value.content]
        switch kind {
        case Self.subjectKey:
            return !isCritical && value.tag == DERReader.octetString && (1...64).contains(bytes.count)
        case Self.keyUsage:
            guard value.tag == DERReader.bitString, bytes.count == 2, let unused = bytes.first, let bits = bytes.last,
                bits != 0, Int(unused) == bits.trailingZeroBitCount, bits & Self.ofAuthorities == 0
            else { return false }
            keyUsage = bits
            return true
        case Self.basicConstraints: return value.tag == DERReader.sequence && bytes.isEmpty
        case Self.authorityKey:
            var parts = content.inside(value)
            guard !isCritical, value.tag == DERReader.sequence, let identifier = parts.next(0x80), parts.isAtEnd,
                !identifier.content.isEmpty
            else { return false }
            authorityKeyIdentifier = Array(content.bytes[identifier.content])
            return true
        case Self.extendedKeyUsage:
            guard value.tag == DERReader.sequence else { return false }
            var parts = content.inside(value)
            while !parts.isAtEnd {
                guard let usage = parts.next(DERReader.objectIdentifier),
                    Self.isIdentifier(content.bytes[usage.content])
                else { return false }
                usages.append(Array(content.bytes[usage.content]))
            }
            return !usages.isEmpty
        case Self.alternativeNames:
            return !isCritical && value.tag == DERReader.sequence && readNames(content.inside(value))
        default: return false
        }
    }

    /// Numbers of seven bits each octet, the first bit set in all but the last, and none begins with zeros
    /// (X.690 §8.19).
    private static func isIdentifier(_ bytes: ArraySlice<UInt8>) -> Bool {
        var isFirst = true
        for byte in bytes {
            if isFirst && byte == 0x80 { return false }
            isFirst = byte < 0x80
        }
        return bytes.count > 1 && isFirst
    }

    /// keyCertSign and cRLSign
    private static let ofAuthorities: UInt8 = 0x06

    private mutating func readNames(_ list: DERReader) -> Bool {
        var list = list
        while !list.isAtEnd {
            guard let name = list.next(), names.count < 100 else { return false }
            let bytes = list.bytes[name.content]
            switch name.tag {
            case 0x81, 0x82:
                guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return false }
                let text = String(decoding: bytes, as: UTF8.self)
                names.append(name.tag == 0x81 ? .rfc822Name(text) : .dnsName(text))
            case 0x87:
                guard bytes.count == 4 || bytes.count == 16 else { return false }
                names.append(.ipAddress(Array(bytes)))
            default: return false
            }
        }
        return !names.isEmpty
    }
}
