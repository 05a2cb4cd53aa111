import OpenSSLKit

extension EmailAddress {
    /// A file name without its extension that is this address's alone: `taro.yamada+x@example.org` stays as it is.
    ///
    /// Letters, digits and `.`, `_`, `+`, `-`, `@` are kept; everything else is `%` and two lowercase digits for each
    /// byte of its UTF-8; and so is the first character where it is `-`, or where Windows would see a device (`con.x@…`).
    /// At most 200 bytes: what is longer is cut, and ends in `%~` and the SHA-256 of the description in hexadecimal.
    /// No two addresses have the same name, cut or not; on a disk that ignores case, those that differ in nothing else do.
    public var safeFileName: String {
        let limit = 200
        let bytes = Array(description.utf8)
        let device = EmailAddress.isDevice(bytes)
        var name: [UInt8] = []
        // As much of it as leaves room for the digest.
        var cut = 0
        for (offset, byte) in bytes.enumerated() {
            let kept = EmailAddress.isKept(byte) && !(offset == 0 && (byte == UInt8(ascii: "-") || device))
            if kept { name.append(byte) } else { name += "%\([byte].hexadecimal())".utf8 }
            if name.count <= limit - 66 { cut = name.count }
        }
        if name.count <= limit { return String(decoding: name, as: UTF8.self) }
        return "\(String(decoding: name[..<cut], as: UTF8.self))%~\(Digest.sha256(bytes).hexadecimal())"
    }

    private static func isKept(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "+", "-", "@": true
        default: false
        }
    }

    /// Whether Windows takes a file of this name for a device, whatever follows the first dot.
    private static func isDevice(_ bytes: [UInt8]) -> Bool {
        let stem = String(decoding: bytes.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self).lowercased()
        if ["con", "prn", "aux", "nul"].contains(stem) { return true }
        return (stem.hasPrefix("com") || stem.hasPrefix("lpt")) && stem.utf8.count == 4
            && stem.utf8.last.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } == true
    }
}
