import COpenSSL

/// Digests of bytes that are already in memory.
public enum Digest {
    /// SHA-1 (20 bytes): key identifiers only (RFC 5280 §4.2.1.2), never a signature.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] { digest(bytes, size: 20, SHA1) }
    /// SHA-256 (32 bytes): fingerprints and TLSA records.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest(bytes, size: 32, SHA256) }

    private typealias Function = (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?) -> UnsafeMutablePointer<
        UInt8
    >?
    private static func digest(_ bytes: [UInt8], size: Int, _ function: Function) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            _ = function(bytes, bytes.count, buffer.baseAddress)
            count = size
        }
    }
}

/// Random bytes from OpenSSL's generator.
public func randomBytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
    var status: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        status = RAND_bytes(buffer.baseAddress, Int32(count))
        filled = count
    }
    try succeed(status, "draw random bytes")
    return bytes
}

extension Sequence<UInt8> {
    /// Lowercase hexadecimal, two digits a byte, with `separator` between bytes.
    public func hexadecimal(separator: String = "") -> String {
        func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
        var text: [UInt8] = []
        text.reserveCapacity(underestimatedCount * (2 + separator.utf8.count))
        for byte in self {
            if !text.isEmpty { text += separator.utf8 }
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
