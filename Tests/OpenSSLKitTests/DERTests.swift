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
}
