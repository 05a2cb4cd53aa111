import OpenSSLKit
import Testing

@Suite("Digest")
struct DigestTests {
    @Test("The digests are those of the standard's own example (FIPS 180)")
    func knownAnswers() {
        let message = Array("abc".utf8)
        #expect(Digest.sha1(message).hexadecimal() == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            Digest.sha256(message).hexadecimal() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Digest.sha256([]).hexadecimal() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("Hexadecimal has two digits a byte, and the separator between bytes only")
    func hexadecimal() {
        #expect([0x00, 0x0a, 0xff].hexadecimal() == "000aff")
        #expect([0x00, 0x0a, 0xff].hexadecimal(separator: ":") == "00:0a:ff")
        #expect([UInt8]().hexadecimal(separator: ":") == "")
    }

    @Test("Random bytes are as many as were asked for, and others each time")
    func random() throws {
        #expect(try randomBytes(32).count == 32)
        #expect(try randomBytes(1).count == 1)
        #expect(try randomBytes(0).isEmpty)
        #expect(try randomBytes(32) != randomBytes(32))
    }
}
