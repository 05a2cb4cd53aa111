import OpenSSLKit
import Testing

@Suite("PEMEncoder")
struct PEMEncoderTests {
    private func content(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) } }

    /// The text of a block whose bytes are given in pieces of that size.
    private func text(_ bytes: [UInt8], piece: Int) throws -> String {
        let encoder = try PEMEncoder(label: "X509 CRL")
        var text = encoder.head
        for start in stride(from: 0, to: bytes.count, by: piece) {
            text += encoder.encode(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        return String(decoding: text + encoder.finish(), as: UTF8.self)
    }

    @Test("Whatever its size, it is the block that is written whole", arguments: 0...200)
    func sizes(count: Int) throws {
        let bytes = content(count)
        #expect(try text(bytes, piece: 1_000) == PEMBlock(label: "X509 CRL", bytes: bytes).text)
    }

    @Test(
        "Whatever the pieces, it is the block that is written whole",
        arguments: [1, 2, 3, 5, 16, 47, 48, 49, 64, 95, 96, 97, 144, 199])
    func pieces(size: Int) throws {
        for count in 0...200 {
            let bytes = content(count)
            #expect(try text(bytes, piece: size) == PEMBlock(label: "X509 CRL", bytes: bytes).text, "\(count)")
        }
    }

    @Test("Pieces of different sizes, and empty ones, make no difference")
    func uneven() throws {
        let bytes = content(5_000)
        let encoder = try PEMEncoder(label: "X509 CRL")
        var text = encoder.head
        var rest = bytes[...]
        for size in [0, 1, 48, 0, 47, 2, 1_000, 95, 0, 3_000, 5_000] {
            text += encoder.encode(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        #expect(
            String(decoding: text + encoder.finish(), as: UTF8.self)
                == PEMBlock(label: "X509 CRL", bytes: bytes).text)
    }

    @Test("A piece of a megabyte is written as a small one is, and read back by OpenSSL")
    func large() throws {
        let bytes = content(1_000_003)
        let text = try text(bytes, piece: 300_001)
        #expect(text == PEMBlock(label: "X509 CRL", bytes: bytes).text)
        #expect(try PEMBlock.blocks(in: Array(text.utf8)) == [PEMBlock(label: "X509 CRL", bytes: bytes)])
    }

    @Test("The label stands before and after the content")
    func label() throws {
        let encoder = try PEMEncoder(label: "CERTIFICATE")
        #expect(encoder.head == Array("-----BEGIN CERTIFICATE-----\n".utf8))
        #expect(encoder.finish() == Array("-----END CERTIFICATE-----\n".utf8))
    }
}
