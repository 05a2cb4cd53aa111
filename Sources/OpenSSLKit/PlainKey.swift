import COpenSSL

/// Whether a SubjectPublicKeyInfo is of a usual kind and a key that works, without decoding it.
enum PlainKey {
    static func isSound(_ info: ArraySlice<UInt8>) -> Bool {
        if info.starts(with: p256.head) { return p256.hasPoint(info) }
        if info.starts(with: p384.head) { return p384.hasPoint(info) }
        if info.starts(with: ed25519) { return info.count == ed25519.count + 32 }
        return isSoundRSA(Array(info))
    }

    /// A curve, with what stands before a point on it.
    ///
    /// Sound to share: a group is not changed after it was made.
    private struct Curve: @unchecked Sendable {
        let group: OpaquePointer?
        let head: [UInt8]
        let count: Int

        init(_ nid: Int32, head: [UInt8], count: Int) {
            group = EC_GROUP_new_by_curve_name(nid)
            self.head = head
            self.count = count
        }

        func hasPoint(_ info: ArraySlice<UInt8>) -> Bool {
            guard info.count == head.count + count, let point = EC_POINT_new(group) else { return false }
            defer {
                EC_POINT_free(point)
                ERR_clear_error()
            }
            // The head ends with the 04 that a whole point begins with.
            return info.dropFirst(head.count - 1).withUnsafeBufferPointer {
                EC_POINT_oct2point(group, point, $0.baseAddress, $0.count, nil) == 1
            }
        }
    }

    private static let p256 = Curve(
        NID_X9_62_prime256v1,
        head: [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ], count: 64)
    private static let p384 = Curve(
        NID_secp384r1,
        head: [
            0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
            0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
        ], count: 96)
    private static let ed25519: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let rsaEncryption: [UInt8] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]

    /// 2048, 3072 or 4096 bits, and the exponent 65537.
    private static func isSoundRSA(_ info: [UInt8]) -> Bool {
        var reader = DERReader(info)
        guard let whole = reader.next(DERReader.sequence) else { return false }
        var parts = reader.inside(whole)
        guard let algorithm = parts.next(DERReader.sequence), info[algorithm.whole].elementsEqual(rsaEncryption),
            let bits = parts.next(DERReader.bitString), parts.isAtEnd, !bits.content.isEmpty,
            info[bits.content.lowerBound] == 0
        else { return false }
        var content = DERReader(info, in: bits.content.dropFirst())
        guard let key = content.next(DERReader.sequence), content.isAtEnd else { return false }
        var numbers = content.inside(key)
        guard let modulus = numbers.next(DERReader.integer), let exponent = numbers.next(DERReader.integer),
            numbers.isAtEnd, info[exponent.content].elementsEqual([1, 0, 1])
        else { return false }
        let number = info[modulus.content]
        // A zero before the first octet, whose first bit is set.
        return [257, 385, 513].contains(number.count) && number.first == 0 && number[number.startIndex + 1] >= 0x80
            && number.last.map { $0 & 1 == 1 } == true
    }
}
