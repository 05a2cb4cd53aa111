/// Makes wrong DER of right: blind ones that change bytes wherever they are, and ones that know what an element is.
public struct DERMutator: Sendable {
    public struct Mutant: Sendable {
        public let bytes: [UInt8]
        /// What was done.
        public let what: String
    }

    private let original: [UInt8]
    private let tree: DERNode?
    private let paths: [[Int]]
    private var random: SplitMix64

    /// - Parameter original: what the mutants are made of; of anything but DER there are blind ones alone.
    public init(_ original: [UInt8], seed: UInt64) {
        self.original = original
        tree = DERNode(original)
        paths = tree?.paths ?? []
        random = SplitMix64(seed: seed)
    }

    /// The next one; it differs from the original.
    public mutating func next() -> Mutant {
        while true {
            var what: [String] = []
            let bytes: [UInt8]
            if let tree, !random.once(in: 3) {
                var changed = tree
                // One change is hard to miss; two can hide each other.
                for _ in 0..<(random.once(in: 4) ? 2 : 1) { what.append(change(&changed)) }
                bytes = changed.encoded
            } else {
                var changed = original
                for _ in 0..<(random.once(in: 4) ? 3 : 1) { what.append(blind(&changed)) }
                bytes = changed
            }
            if bytes != original { return Mutant(bytes: bytes, what: what.joined(separator: ", ")) }
        }
    }

    private mutating func blind(_ bytes: inout [UInt8]) -> String {
        guard !bytes.isEmpty else { return "nothing is left" }
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            let bit = Int.random(in: 0..<8, using: &random)
            bytes[place] ^= 1 << bit
            return "bit \(bit) of byte \(place) turned"
        case 2, 3:
            bytes[place] =
                [0, 0xff, 0x7f, 0x80, .random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
            return "byte \(place) is \(bytes[place])"
        case 4:
            bytes.removeSubrange(place...)
            return "cut at \(place)"
        case 5:
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
            bytes.removeSubrange(place..<end)
            return "bytes \(place) to \(end) removed"
        case 6:
            let count = Int.random(in: 1...16, using: &random)
            bytes.insert(contentsOf: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, at: place)
            return "\(count) bytes put in at \(place)"
        default:
            let end = min(bytes.count, place + Int.random(in: 1...64, using: &random))
            bytes.append(contentsOf: bytes[place..<end])
            return "bytes \(place) to \(end) once more at the end"
        }
    }

    private mutating func change(_ tree: inout DERNode) -> String {
        // The first change may have taken the place away.
        let all = tree == self.tree ? paths : tree.paths
        let path = all.randomElement(using: &random) ?? []
        let place = "at \(path.map(String.init).joined(separator: "."))"
        var node = tree[path[...]]
        let what = Self.changes.randomElement(using: &random) ?? .flag
        switch what {
        case .shorterLength, .longerLength, .hugeLength, .longForm, .indefinite: changeLength(what, &node)
        case .tag: node.tag = [Self.tags.randomElement(using: &random) ?? 0]
        case .emptied: (node.content, node.children) = ([], [])
        case .grown: node.content += (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
        case .nul: node.content.insert(0, at: node.content.isEmpty ? 0 : node.content.count / 2)
        case .notUTF8: node.content = [0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]
        case .number: node.content = Self.numbers.randomElement(using: &random) ?? []
        case .flag: node.content = [[0x00], [0x01], [0xff], [0xff, 0xff]].randomElement(using: &random) ?? []
        case .nested:
            let depth = Int.random(in: 2...200, using: &random)
            for _ in 0..<depth { node = DERNode(node.tag[0] | 0x20, [], [node]) }
        case .removed, .doubled, .swapped, .moved:
            guard let last = path.last else { return blindInside(&tree) }
            changeSiblings(what, &tree[path.dropLast()].children, last)
            return "\(what) \(place)"
        }
        tree[path[...]] = node
        return "\(what) \(place)"
    }

    private mutating func changeLength(_ what: Change, _ node: inout DERNode) {
        let count = node.encoded.count
        switch what {
        case .shorterLength: node.length = DERNode.length(of: max(0, count - Int.random(in: 3...40, using: &random)))
        case .longerLength: node.length = DERNode.length(of: count + Int.random(in: 1...300, using: &random))
        case .hugeLength:
            node.length = [
                [0x84, 0x7f, 0xff, 0xff, 0xff], [0x84, 0xff, 0xff, 0xff, 0xff],
                [0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xff], [0x82, 0xff, 0xff],
            ].randomElement(using: &random)
        case .indefinite:
            node.length = [0x80]
            node.tail = random.once(in: 4) ? [] : [0, 0]
        default:
            // As right as before, in BER.
            let inner = node.content.count + node.children.reduce(0) { $0 + $1.encoded.count }
            node.length = [0x84] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: inner >> ($0 * 8)) }
        }
    }

    private mutating func changeSiblings(_ what: Change, _ siblings: inout [DERNode], _ index: Int) {
        switch what {
        case .removed: siblings.remove(at: index)
        case .doubled: siblings.insert(siblings[index], at: index)
        case .swapped: siblings.swapAt(index, Int.random(in: siblings.indices, using: &random))
        default:
            let other = tree.flatMap { tree in paths.randomElement(using: &random).map { tree[$0[...]] } }
            siblings[index] = other ?? siblings[index]
        }
    }

    private mutating func blindInside(_ tree: inout DERNode) -> String {
        tree.tail = [0x05, 0x00]
        return "an element after the end"
    }

    private enum Change: String, CaseIterable {
        case shorterLength, longerLength, hugeLength, longForm, indefinite, tag, emptied, grown, nul, notUTF8, number
        case flag, nested, removed, doubled, swapped, moved
    }
    private static let changes = Change.allCases
    private static let tags: [UInt8] = [
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30, 0x31, 0x80,
        0x81,
        0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa3, 0x00, 0x24, 0x23,
    ]
    /// Where numbers end.
    private static let numbers: [[UInt8]] = [
        [], [0], [0xff], [0x7f], [0x80], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0xff, 0xff, 0xff, 0xff],
        [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0, 0, 0, 0, 0],
        [0x80, 0, 0, 0, 0, 0, 0, 1], [UInt8](repeating: 0xff, count: 40), [0x7f] + [UInt8](repeating: 0xff, count: 600),
    ]
}
