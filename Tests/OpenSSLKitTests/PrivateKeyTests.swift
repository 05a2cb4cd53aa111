import OpenSSLKit
import TestSupport
import Testing

@Suite("PrivateKey")
struct PrivateKeyTests {
    @Test("Every key is another", arguments: [KeyAlgorithm.ecP256, .ecP384, .ed25519])
    func distinct(algorithm: KeyAlgorithm) throws {
        let keys = try (0..<20).map { _ in try PrivateKey.generate(algorithm) }
        #expect(Set(keys.map(\.publicKey)).count == 20)
    }

    @Test("A generator makes another key each time", arguments: [KeyAlgorithm.ecP256, .ed25519])
    func generator(algorithm: KeyAlgorithm) throws {
        var generator = try KeyGenerator(algorithm)
        var keys: Set<PublicKey> = []
        for _ in 0..<20 {
            let key = try generator.next()
            #expect(key.algorithm == algorithm)
            keys.insert(key.publicKey)
        }
        #expect(keys.count == 20)
    }

    @Test("A key belongs to its own public half, and to no other")
    func matches() throws {
        let key = try PrivateKey.generate(.ecP256)
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs()
        #expect(key.matches(key.publicKey))
        #expect(!key.matches(try certificate.publicKey()))
        #expect(try Keys.key(.ecP256).matches(certificate.publicKey()))
        #expect(!key.matches(try Keys.key(.rsa2048).publicKey))
    }

    @Test("A key belongs to its public half also where it was written with a compressed point")
    func compressedPoint() throws {
        let key = try PrivateKey.generate(.ecP256)
        let text = try openssl(["ec", "-conv_form", "compressed"], input: key.plainText())
        #expect(try PrivateKey(pem: Array(text.utf8)).matches(key.publicKey))
    }

    @Test(
        "A key of a kind that is not made here is refused, with the list of those that are",
        arguments: [
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ["-algorithm", "X25519"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        ])
    func otherKinds(options: [String]) throws {
        let pem = try openssl(["genpkey"] + options)
        let error = try #require(#expect(throws: PrivateKeyError.self) { try PrivateKey(pem: Array(pem.utf8)) })
        #expect(error.description.contains(KeyAlgorithm.list))
    }

    @Test("The two halves of a key belong together", arguments: KeyAlgorithm.allCases)
    func consistent(algorithm: KeyAlgorithm) throws {
        #expect(try Keys.key(algorithm).isConsistent)
    }

    @Test(
        "A key one of whose numbers was changed is refused, or seen to be inconsistent",
        arguments: [KeyAlgorithm.ecP256, .ecP384, .rsa2048])
    func inconsistent(algorithm: KeyAlgorithm) throws {
        let text = try Keys.key(algorithm).plainText()
        let der = try #require(try PEMBlock.blocks(in: Array(text.utf8)).first).bytes
        // The private number of an EC key, or the first prime of an RSA key.
        let path = algorithm.isRSA ? [2, 0, 4] : [2, 0, 1]
        var tree = try #require(DERNode(der))
        tree[path].inner[10] ^= 1
        let changed = Array(PEMBlock(label: "PRIVATE KEY", bytes: tree.encoded).text.utf8)
        if algorithm.isRSA {
            #expect(try !PrivateKey(pem: changed).isConsistent)
        } else {
            // It costs next to nothing, so it is seen at once.
            #expect(throws: PrivateKeyError.self) { try PrivateKey(pem: changed) }
        }
    }
}
