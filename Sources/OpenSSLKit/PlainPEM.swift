/// PEM files of the strictest form (RFC 7468 §3): certificates, one after the other, and nothing else. OpenSSL's reader
/// takes much more, and much longer.
public enum PlainPEM {
    /// The DER of each certificate.
    /// - Returns: nil where OpenSSL has to read the file.
    public static func certificates(_ text: [UInt8]) -> [[UInt8]]? {
        var certificates: [[UInt8]] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard rest.starts(with: head) else { return nil }
            rest = rest.dropFirst(head.count)
            guard let certificate = decode(&rest), rest.starts(with: foot) else { return nil }
            rest = rest.dropFirst(foot.count)
            certificates.append(certificate)
        }
        return certificates.isEmpty ? nil : certificates
    }

    private static let head = Array("-----BEGIN CERTIFICATE-----\n".utf8)
    private static let foot = Array("-----END CERTIFICATE-----\n".utf8)

    /// Lines of 64 characters, the last one shorter, up to one that begins with a hyphen.
    private static func decode(_ text: inout ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var isLast = false
        while let first = text.first, first != UInt8(ascii: "-") {
            let end = text.prefix(65).firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
            let line = text[text.startIndex..<end]
            guard !isLast, end < text.endIndex, line.count.isMultiple(of: 4), decode(line, into: &bytes, &isLast) else {
                return nil
            }
            isLast = isLast || line.count < 64
            text = text[(end + 1)...]
        }
        return bytes
    }

    /// - Parameter isLast: set where the line ends in padding.
    private static func decode(_ line: ArraySlice<UInt8>, into bytes: inout [UInt8], _ isLast: inout Bool) -> Bool {
        line.withUnsafeBufferPointer { line in
            for start in stride(from: 0, to: line.count, by: 4) {
                let padding = line[start + 3] != equals ? 0 : line[start + 2] != equals ? 1 : 2
                guard padding == 0 || start + 4 == line.count else { return false }
                var group: UInt32 = 0
                for index in 0..<4 {
                    let value = index >= 4 - padding ? 0 : values[Int(line[start + index])]
                    guard value < 64 else { return false }
                    group = group << 6 | UInt32(value)
                }
                let unused: UInt32 = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff
                guard group & unused == 0 else { return false }
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
                if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
                isLast = padding > 0
            }
            return true
        }
    }

    private static let equals = UInt8(ascii: "=")
    /// By character; 255 for what is none of Base64's.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
