import OpenSSLKit
import Testing

@Suite("PEM")
struct PEMTests {
    private func blocks(_ text: String) throws -> [PEMBlock] { try PEMBlock.blocks(in: Array(text.utf8)) }

    @Test(
        "A block of any length comes back from its text",
        arguments: [1, 2, 3, 47, 48, 49, 95, 96, 97, 1_000, 70_000])
    func roundTrip(count: Int) throws {
        let block = PEMBlock(label: "CERTIFICATE", bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        #expect(try blocks(block.text) == [block])
        let lines = block.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "-----BEGIN CERTIFICATE-----")
        #expect(lines.suffix(2) == ["-----END CERTIFICATE-----", ""])
        #expect(lines.dropFirst().dropLast(2).dropLast().allSatisfy { $0.count == 64 })
    }

    @Test("OpenSSL writes the same text")
    func sameText() throws {
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs()
        #expect(try openssl(["x509"], input: certificate.pem) == certificate.pem)
    }

    @Test("Text before, between and after the blocks is passed over")
    func textAround() throws {
        let one = PEMBlock(label: "ONE", bytes: [1, 2, 3])
        let two = PEMBlock(label: "TWO KEYS", bytes: [4, 5, 6, 7])
        let text = "subject=CN = ä\n-- not a block --\n\(one.text)\nmore\n\n\(two.text)the end, without a newline"
        #expect(try blocks(text) == [one, two])
        #expect(try blocks((one.text + two.text).replacing("\n", with: "\r\n")) == [one, two])
        #expect(try blocks(String(one.text.dropLast())) == [one])
    }

    @Test("A file without a block has none", arguments: ["", "\n", "text\nwithout a block\n", "-----BEGIN\n"])
    func none(text: String) throws {
        #expect(try blocks(text).isEmpty)
    }

    @Test("A block that is cut short is refused, and says which one it is")
    func truncated() throws {
        let good = PEMBlock(label: "CERTIFICATE", bytes: [UInt8](repeating: 7, count: 100)).text
        let lines = good.split(separator: "\n").map(String.init)
        for count in 1..<lines.count {
            let text = good + lines.prefix(count).joined(separator: "\n") + "\n"
            let error = try #require(
                #expect(throws: OpenSSLError.self, "\(count) lines are left") { try blocks(text) })
            #expect(error.operation == "read PEM block 2")
        }
    }

    @Test("A block that ends as another is refused")
    func otherEnd() {
        let text = PEMBlock(label: "ONE", bytes: [1, 2, 3]).text.replacing("END ONE", with: "END TWO")
        #expect(throws: OpenSSLError.self) { try blocks(text) }
    }

    @Test("A block that is not Base64 is refused", arguments: ["!!!!", "AAA", "AA=A", "AAAA\nAAA AA?A", "=AAA"])
    func notBase64(content: String) {
        #expect(throws: OpenSSLError.self) { try blocks("-----BEGIN X-----\n\(content)\n-----END X-----\n") }
    }

    @Test("A block whose BEGIN line is damaged is not taken for text", arguments: 0..<3)
    func damagedBegin(place: Int) {
        let blocks = (0..<3).map { PEMBlock(label: "ONE", bytes: [1, 2, UInt8($0)]).text }
        for damaged in ["----BEGIN ONE-----", "-----BEGJN ONE-----", "-----BEGIN ONE----", "x-----BEGIN ONE-----", ""] {
            var text = blocks
            text[place] = blocks[place].replacing("-----BEGIN ONE-----", with: damaged)
            #expect(throws: OpenSSLError.self, "\(damaged)") { try self.blocks(text.joined()) }
        }
    }

    @Test("A line that speaks of an END line is text")
    func spokenOf() throws {
        let one = PEMBlock(label: "ONE", bytes: [1, 2, 3])
        #expect(try blocks("it ends with -----END ONE-----\n\(one.text) -----END ONE-----") == [one])
    }
}
