import OpenSSLKit
import Testing

@Suite("Whether a file holds a key, without a passphrase")
struct PrivateKeyFormTests {
    private func pem(_ key: PrivateKey) throws -> [UInt8] { try key.pem().withBytes { Array($0) } }

    @Test("A key that is not encrypted is read", arguments: [KeyAlgorithm.ecP256, .ed25519])
    func plain(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let read = try #require(try PrivateKey.checkForm(pem: pem(key)))
        #expect(read.matches(key.publicKey))
    }

    @Test("One that is encrypted has the right form, and is not opened")
    func encrypted() throws {
        let key = try PrivateKey.generate(.ecP256)
        let pem = try key.encryptedPEM(passphrase: SecretBytes(Array("secret".utf8)))
        #expect(try PrivateKey.checkForm(pem: pem) == nil)
    }

    @Test("Half of one, or something else, is none")
    func damaged() throws {
        let key = try PrivateKey.generate(.ecP256)
        let sealed = try key.encryptedPEM(passphrase: SecretBytes(Array("secret".utf8)))
        let wrong = PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: [0x30, 3, 1, 1, 0]).text
        for pem in [
            Array(try pem(key).dropLast(80)), Array(sealed.prefix(sealed.count / 2)), Array(wrong.utf8), [],
            Array("garbage".utf8),
        ] {
            #expect(throws: PrivateKeyError.self) { try PrivateKey.checkForm(pem: pem) }
        }
    }
}
