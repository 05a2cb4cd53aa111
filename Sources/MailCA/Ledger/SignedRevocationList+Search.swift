import Glibc
public import OpenSSLKit

extension SignedRevocationList {
    /// Whether a certificate is on it. Looks for its number, encoded, in the bytes, which takes no more memory for a
    /// long list than for a short one.
    /// - Throws: as ``withDER(_:)``.
    public func lists(_ serialNumber: SerialNumber) throws(MailCAError) -> Bool {
        let sought = serialNumber.encoded
        var isThere = false
        // The end of what was seen: the number may lie across the border of two pieces.
        var rest: [UInt8] = []
        try withDER { piece in
            guard !isThere else { return }
            isThere = piece.holds(sought) || (rest + piece.prefix(sought.count - 1)).holds(sought)
            rest = Array((rest + piece.suffix(sought.count)).suffix(sought.count - 1))
        }
        return isThere
    }
}

extension [UInt8] {
    fileprivate func holds(_ other: [UInt8]) -> Bool {
        guard let first = other.first, count >= other.count else { return false }
        return withUnsafeBytes { bytes in
            guard var start = bytes.baseAddress else { return false }
            // Where it could begin for the last time.
            let end = start + (count - other.count)
            while start <= end, let found = memchr(start, Int32(first), end - start + 1) {
                if memcmp(found, other, other.count) == 0 { return true }
                start = UnsafeRawPointer(found) + 1
            }
            return false
        }
    }
}
