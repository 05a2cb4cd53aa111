import Foundation

/// Makes wrong PEM of right: in its lines, and in what they hold.
public struct PEMMutator: Sendable {
    private let lines: [[UInt8]]
    private var inside: DERMutator
    private let label: String
    private var random: SplitMix64

    /// - Parameters:
    ///   - der: what the text holds.
    ///   - text: one block.
    public init(_ text: String, der: [UInt8], label: String, seed: UInt64) {
        lines = text.split(separator: "\n").map { Array($0.utf8) }
        inside = DERMutator(der, seed: seed &+ 1)
        self.label = label
        random = SplitMix64(seed: seed)
    }

    public mutating func next() -> DERMutator.Mutant {
        if random.once(in: 2) {
            let mutant = inside.next()
            return DERMutator.Mutant(bytes: Self.block(label, mutant.bytes), what: mutant.what)
        }
        while true {
            var lines = lines
            let what = change(&lines)
            let bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
            if lines != self.lines { return DERMutator.Mutant(bytes: bytes, what: what) }
        }
    }

    /// The block as text.
    public static func block(_ label: String, _ bytes: [UInt8]) -> [UInt8] {
        let text = Array(Data(bytes).base64EncodedString().utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map { text[$0..<min(text.count, $0 + 64)] }
        let parts =
            [Array("-----BEGIN \(label)-----".utf8)] + lines.map { Array($0) } + [Array("-----END \(label)-----".utf8)]
        return Array(parts.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
    }

    private mutating func change(_ lines: inout [[UInt8]]) -> String {
        let index = Int.random(in: lines.indices, using: &random)
        let place = Int.random(in: lines[index].indices, using: &random)
        switch Int.random(in: 0..<11, using: &random) {
        case 0:
            lines.remove(at: index)
            return "line \(index) removed"
        case 1:
            lines.insert(lines[index], at: index)
            return "line \(index) twice"
        case 2:
            lines.swapAt(index, Int.random(in: lines.indices, using: &random))
            return "line \(index) elsewhere"
        case 3:
            lines[index][place] = UInt8.random(in: 0...255, using: &random)
            return "byte \(place) of line \(index)"
        case 4:
            lines[index].insert(0, at: place)
            return "a NUL in line \(index)"
        case 5:
            lines[index].removeSubrange(place...)
            return "line \(index) cut"
        case 6:
            lines.removeSubrange(index...)
            return "cut before line \(index)"
        case 7:
            lines[index] += [UInt8](repeating: UInt8(ascii: "A"), count: 5_000)
            return "line \(index) long"
        case 8:
            lines.insert(Array("Proc-Type: 4,ENCRYPTED".utf8), at: 1)
            lines.insert(Array("DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF".utf8), at: 2)
            lines.insert([], at: 3)
            return "headers put in"
        case 9:
            lines[0] = Array("-----BEGIN \(Self.labels.randomElement(using: &random) ?? "")-----".utf8)
            lines[lines.count - 1] = Array(
                String(decoding: lines[0], as: UTF8.self).replacing("BEGIN", with: "END").utf8)
            return "another label: \(String(decoding: lines[0], as: UTF8.self))"
        default:
            lines[index].insert(contentsOf: [0xff, 0xfe, 0xc3, 0x28], at: place)
            return "what is not UTF-8 in line \(index)"
        }
    }

    private static let labels = [
        "", "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL", "CERTIFICATE REQUEST", "PRIVATE KEY", "RSA PRIVATE KEY",
        "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PKCS7", "X", "certificate",
    ]
}
