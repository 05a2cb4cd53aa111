/// One element of DER, with those inside it: what a mutation takes apart and puts together wrong.
public struct DERNode: Sendable, Hashable {
    /// The identifier octets.
    public var tag: [UInt8]
    /// What comes before the elements inside it, or all of the content where there are none: of a BIT STRING, the number
    /// of unused bits.
    public var content: [UInt8]
    public var children: [DERNode]
    /// Octets that stand in the place of the right length.
    public var length: [UInt8]?
    /// Octets after the content, as the end of one whose length is indefinite.
    public var tail: [UInt8] = []

    public init(_ tag: UInt8, _ content: [UInt8] = [], _ children: [DERNode] = []) {
        self.tag = [tag]
        self.content = content
        self.children = children
    }

    /// Reads exactly one element; nil where the bytes are not DER.
    public init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        guard let node = Self.next(&rest), rest.isEmpty else { return nil }
        self = node
    }

    /// An INTEGER that is not negative.
    public static func integer(_ number: UInt64) -> DERNode {
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        let short = bytes.drop { $0 == 0 }
        return DERNode(0x02, short.first.map { $0 >= 0x80 } ?? true ? [0] + short : Array(short))
    }

    /// All of the content.
    public var inner: [UInt8] {
        get { content + children.flatMap(\.encoded) }
        set { (content, children) = (newValue, []) }
    }

    public var encoded: [UInt8] {
        let inner = inner
        return tag + (length ?? Self.length(of: inner.count)) + inner + tail
    }

    /// The octets of a definite length, as few as can be.
    public static func length(of count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }.drop { $0 == 0 }
        return [0x80 | UInt8(bytes.count)] + bytes
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> DERNode? {
        guard let first = rest.popFirst() else { return nil }
        var node = DERNode(first)
        if first & 0x1f == 0x1f {
            repeat {
                guard let more = rest.popFirst(), node.tag.count < 6 else { return nil }
                node.tag.append(more)
            } while node.tag[node.tag.count - 1] & 0x80 != 0
        }
        guard let count = readLength(&rest), count <= rest.count else { return nil }
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        // Elements are looked for where they have to be, and in the strings that often hold some.
        let prefix = first == 0x03 ? 1 : 0
        let isHolder = first & 0x20 != 0 || ((first == 0x04 || first == 0x03) && Self.isHeld(content.dropFirst(prefix)))
        if isHolder, let inside = all(content.dropFirst(prefix)) {
            node.content = Array(content.prefix(prefix))
            node.children = inside
        } else if first & 0x20 != 0 {
            return nil
        } else {
            node.content = Array(content)
        }
        return node
    }

    /// Whether a string begins as one that holds an element does; what is random seldom does.
    private static func isHeld(_ content: ArraySlice<UInt8>) -> Bool {
        content.first.map { [0x02, 0x03, 0x04, 0x0a, 0x30, 0x31].contains($0) } == true
    }

    private static func all(_ content: ArraySlice<UInt8>) -> [DERNode]? {
        var rest = content
        var nodes: [DERNode] = []
        while !rest.isEmpty {
            guard let node = next(&rest) else { return nil }
            nodes.append(node)
        }
        return nodes
    }

    private static func readLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.popFirst() else { return nil }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7f)
        guard (1...4).contains(count), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
    }
}

extension DERNode {
    /// The way to each element, the outermost (an empty way) first.
    public var paths: [[Int]] {
        [[]] + children.indices.flatMap { index in children[index].paths.map { [index] + $0 } }
    }

    /// The element at the end of a way.
    public subscript(path: ArraySlice<Int>) -> DERNode {
        get { path.first.map { children[$0][path.dropFirst()] } ?? self }
        set {
            if let first = path.first { children[first][path.dropFirst()] = newValue } else { self = newValue }
        }
    }

    public subscript(path: [Int]) -> DERNode {
        get { self[path[...]] }
        set { self[path[...]] = newValue }
    }

    /// With every element for which `change` has another one replaced by it.
    public func replacing(_ change: (DERNode) -> DERNode?) -> DERNode {
        if let other = change(self) { return other }
        var copy = self
        copy.children = children.map { $0.replacing(change) }
        return copy
    }
}
