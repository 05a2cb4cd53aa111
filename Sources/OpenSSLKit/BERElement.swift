/// One element of BER (X.690 §8), of which DER is the strict form: a PKCS #12 file may be written in either, also with
/// lengths that only the end tells.
struct BERElement {
    struct Malformed: Error {}

    /// Class, form and number; numbers above 30 are not read.
    let tag: UInt8
    let content: ArraySlice<UInt8>
    private let depth: Int

    /// Deeper than any file that is meant to be read.
    private static let deepest = 24

    var isConstructed: Bool { tag & 0x20 != 0 }

    /// The one element that bytes are.
    init(_ bytes: some Sequence<UInt8>) throws(Malformed) {
        var rest = ArraySlice(bytes)
        self = try Self.next(&rest, depth: 0)
        guard rest.isEmpty else { throw Malformed() }
    }

    private init(tag: UInt8, content: ArraySlice<UInt8>, depth: Int) {
        self.tag = tag
        self.content = content
        self.depth = depth
    }

    /// Takes the next element off `rest`.
    private static func next(_ rest: inout ArraySlice<UInt8>, depth: Int) throws(Malformed) -> BERElement {
        guard depth < deepest, let tag = rest.popFirst(), tag & 0x1f != 0x1f, let first = rest.popFirst() else {
            throw Malformed()
        }
        if first == 0x80 && tag & 0x20 != 0 {
            let whole = rest
            while !rest.starts(with: [0, 0]) { _ = try next(&rest, depth: depth + 1) }
            let content = whole[whole.startIndex..<rest.startIndex]
            rest = rest.dropFirst(2)
            return BERElement(tag: tag, content: content, depth: depth)
        }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7f)
            guard (1...4).contains(count), rest.count >= count else { throw Malformed() }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { throw Malformed() }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return BERElement(tag: tag, content: content, depth: depth)
    }

    /// What it is made of.
    func children() throws(Malformed) -> [BERElement] {
        guard isConstructed else { throw Malformed() }
        var rest = content
        var children: [BERElement] = []
        while !rest.isEmpty { children.append(try Self.next(&rest, depth: depth + 1)) }
        return children
    }

    /// The bytes of an OCTET STRING, which may come in parts.
    func octets() throws(Malformed) -> [UInt8] {
        guard isConstructed else { return Array(content) }
        var bytes: [UInt8] = []
        for part in try children() { bytes += try part.octets() }
        return bytes
    }

    /// An INTEGER; what is larger than any number is the largest.
    func integer() throws(Malformed) -> Int {
        guard tag == 0x02, let first = content.first else { throw Malformed() }
        let digits = content.drop { $0 == 0 }
        guard first < 0x80, digits.count < 8 else { return first < 0x80 ? Int.max : -1 }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// An OBJECT IDENTIFIER, dotted.
    func identifier() throws(Malformed) -> String {
        guard tag == 0x06, !content.isEmpty, content.count <= 64, content.last.map({ $0 < 0x80 }) == true else {
            throw Malformed()
        }
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in content {
            guard arc < 1 << 56 else { throw Malformed() }
            arc = arc << 7 | UInt64(byte & 0x7f)
            if byte < 0x80 {
                arcs.append(arc)
                arc = 0
            }
        }
        let first = min(arcs[0] / 40, 2)
        return ([first, arcs[0] - first * 40] + arcs.dropFirst()).map(String.init).joined(separator: ".")
    }
}
