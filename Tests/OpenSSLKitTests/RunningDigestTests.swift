import OpenSSLKit
import Testing

@Suite("A digest of bytes that come in pieces")
struct RunningDigestTests {
    @Test("It is that of the bytes as a whole, however they are cut", arguments: [1, 7, 64, 1_000, 5_000])
    func pieces(size: Int) throws {
        let bytes = (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
        let digest = try RunningDigest()
        for start in stride(from: 0, to: bytes.count, by: size) {
            digest.update(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(try digest.finish() == Digest.sha256(bytes))
    }

    @Test("Of nothing it is that of nothing")
    func nothing() throws {
        #expect(try RunningDigest().finish() == Digest.sha256([]))
        let digest = try RunningDigest()
        digest.update([])
        #expect(try digest.finish() == Digest.sha256([]))
    }
}
