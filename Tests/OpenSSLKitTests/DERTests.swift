import Testing

@testable import OpenSSLKit

@Suite("DER")
struct DERTests {
    @Test("What follows an object is not part of it, and is refused with its length")
    func trailingBytes() throws {
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs().der
        let error = try #require(#expect(throws: OpenSSLError.self) { try Certificate(der: certificate + [1, 2, 3]) })
        #expect(error.detail == "3 bytes follow the end of it")
        #expect(error.entries.isEmpty)
    }

    @Test("Nothing at all is no object")
    func empty() {
        #expect(throws: OpenSSLError.self) { try Certificate(der: []) }
        #expect(throws: OpenSSLError.self) { try RevocationList(der: []) }
        #expect(throws: OpenSSLError.self) { try CertificateRequest(der: []) }
    }

    @Test("A function that writes nothing is a failure, not an empty object")
    func nothingWritten() throws {
        let error = try #require(#expect(throws: OpenSSLError.self) { try encodeDER("write it") { _ in -1 } })
        #expect(error.operation == "write it")
    }

    @Test("A function that writes another length than it said is a failure")
    func otherLength() {
        var calls = 0
        #expect(throws: OpenSSLError.self) {
            try encodeDER("write it") { _ in
                calls += 1
                return calls == 1 ? 8 : 7
            }
        }
    }

    @Test("A length is written in as few bytes as there can be")
    func headers() {
        let cases: [(Int, [UInt8])] = [
            (0, [0]), (1, [1]), (127, [0x7f]), (128, [0x81, 0x80]), (255, [0x81, 0xff]), (256, [0x82, 1, 0]),
            (65_535, [0x82, 0xff, 0xff]), (65_536, [0x83, 1, 0, 0]), (16_777_215, [0x83, 0xff, 0xff, 0xff]),
            (16_777_216, [0x84, 1, 0, 0, 0]), (4_294_967_296, [0x85, 1, 0, 0, 0, 0]),
        ]
        for (length, bytes) in cases {
            for tag in [0x30, 0x03, 0xa0] as [UInt8] { #expect(DER.header(tag, length: length) == [tag] + bytes) }
        }
    }

    @Test("OpenSSL reads a header as it was meant", arguments: [0, 127, 128, 255, 256, 65_535, 65_536])
    func headersElsewhere(length: Int) throws {
        let octets = DER.header(0x04, length: length) + [UInt8](repeating: 0x5a, count: length)
        let text = PEMBlock(label: "X", bytes: octets).text
        let seen = words(try openssl(["asn1parse"], input: text))
        let head = try #require(seen.firstMatch(of: /hl= *(\d+) l= *(\d+) prim: OCTET STRING/))
        #expect(head.1 == "\(octets.count - length)" && head.2 == "\(length)")
    }
}
