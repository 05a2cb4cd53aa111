import COpenSSL

/// Goes through DER (X.690) element by element, without copying. What is not as DER wants it reads as nil.
struct DERReader {
    let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// One element: its tag, and where its content lies.
    struct Element {
        let tag: UInt8
        /// With tag and length.
        let whole: Range<Int>
        let content: Range<Int>
    }

    init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

    /// - Parameter range: within the bytes.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    /// The tag of what comes next; nil at the end.
    var tag: UInt8? { position < end ? bytes[position] : nil }

    /// The next element; nil where there is none, or where its length is not written as DER wants it. Tags of more than
    /// one byte, which certificates do not have, are not read.
    mutating func next() -> Element? {
        guard end - position >= 2, bytes[position] & 0x1f != 0x1f else { return nil }
        let tag = bytes[position]
        var start = position + 2
        var length = Int(bytes[position + 1])
        if length >= 0x80 {
            let count = length & 0x7f
            guard (1...4).contains(count), end - start >= count, bytes[start] != 0 else { return nil }
            length = bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
            guard length >= 0x80 else { return nil }
            start += count
        }
        guard end - start >= length else { return nil }
        defer { position = start + length }
        return Element(tag: tag, whole: position..<start + length, content: start..<start + length)
    }

    /// The next element, where it has this tag.
    mutating func next(_ tag: UInt8) -> Element? {
        guard self.tag == tag else { return nil }
        return next()
    }

    /// Reads on inside an element.
    func inside(_ element: Element) -> DERReader { DERReader(bytes, in: element.content) }

    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// The dotted form of an OBJECT IDENTIFIER; nil where it is none.
    func dotted(_ element: Element) -> String? {
        let object = bytes[element.whole].withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_ASN1_OBJECT(nil, &cursor, buffer.count)
        }
        defer { ASN1_OBJECT_free(object) }
        guard let object else {
            ERR_clear_error()
            return nil
        }
        return OpenSSLKit.objectIdentifier(object)
    }
}
