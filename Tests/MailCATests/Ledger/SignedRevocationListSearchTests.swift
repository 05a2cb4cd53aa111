import FoundationEssentials
import MailCA
import OpenSSLKit
import Testing

@Suite("SignedRevocationList, searched")
struct SignedRevocationListSearchTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private static let listed = [
        SerialNumber([0x81, 2, 2, 2]), SerialNumber([1]), SerialNumber([2, 0x0c, 7, 7, 7, 9]),
    ]

    /// The encoded entries, in pieces of that size.
    private func list(pieces size: Int) -> SignedRevocationList {
        var der: [UInt8] = [0x30, 0x80]
        for number in Self.listed {
            RevocationList.Entry(serialNumber: number, revokedAt: Self.start, reason: 1).encode(into: &der)
        }
        return SignedRevocationList(
            issuer: SerialNumber([9]), number: 1, thisUpdate: Self.start, nextUpdate: Self.start, count: 3
        ) { [der] take throws(MailCAError) in
            for start in stride(from: 0, to: der.count, by: size) {
                try take(Array(der[start..<min(start + size, der.count)]))
            }
        }
    }

    @Test("A number is found wherever the pieces part", arguments: 1...40)
    func pieces(_ size: Int) throws {
        let list = list(pieces: size)
        for number in Self.listed { #expect(try list.lists(number)) }
        for other in [[0x81, 2, 2], [2, 2, 2], [3], [7, 7, 7, 9], [2, 0x0c, 7, 7, 7, 9, 9]] as [[UInt8]] {
            #expect(try !list.lists(SerialNumber(other)))
        }
    }
}
