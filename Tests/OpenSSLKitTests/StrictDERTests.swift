import OpenSSLKit
import TestSupport
import Testing

@Suite("What is outside of a signature")
struct StrictDERTests {
    /// The outermost element with a length that is right and longer than need be, and one without any.
    private func encodings(_ der: [UInt8]) throws -> [[UInt8]] {
        var long = try #require(DERNode(der))
        let count = long.children.reduce(0) { $0 + $1.encoded.count }
        long.length = [0x84] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        var indefinite = try #require(DERNode(der))
        indefinite.length = [0x80]
        indefinite.tail = [0, 0]
        return [long.encoded, indefinite.encoded]
    }

    @Test("A certificate, a list and a request in BER are refused, though their signatures hold")
    func refused() throws {
        let root = try Issuer.root()
        for bytes in try encodings(root.certificate.der) {
            #expect(throws: OpenSSLError.self) { try Certificate(der: bytes) }
        }
        for bytes in try encodings(root.revocationList().der) {
            #expect(throws: OpenSSLError.self) { try RevocationList(der: bytes) }
        }
        let request = try CertificateRequest(subject: DistinguishedName([.commonName("x")]), key: root.key)
        for bytes in try encodings(try PEMBlock.blocks(in: Array(request.pem().utf8))[0].bytes) {
            #expect(throws: OpenSSLError.self) { try CertificateRequest(der: bytes) }
        }
    }

    @Test("A list whose signature's algorithm was changed outside of what is signed does not count as signed")
    func algorithm() throws {
        let root = try Issuer.root()
        let list = try root.revocationList()
        #expect(list.isSigned(by: root.certificate))
        var tree = try #require(DERNode(list.der))
        tree[[1]].children.append(tree[[1, 0]])
        #expect(try !RevocationList(der: tree.encoded).isSigned(by: root.certificate))
    }
}
