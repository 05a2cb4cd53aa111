import OpenSSLKit
import Testing

@Suite("KeyAlgorithm")
struct KeyAlgorithmTests {
    @Test("The names are those of the command line")
    func names() {
        #expect(KeyAlgorithm.list == "ec-p256, ec-p384, rsa-2048, rsa-3072, rsa-4096, ed25519")
        #expect(KeyAlgorithm(rawValue: "rsa-1024") == nil)
    }

    @Test("Only RSA has a modulus length")
    func modulus() {
        #expect(KeyAlgorithm.allCases.map(\.rsaBits) == [nil, nil, 2_048, 3_072, 4_096, nil])
        #expect(KeyAlgorithm.allCases.filter(\.isRSA) == [.rsa2048, .rsa3072, .rsa4096])
    }

    @Test("A key is recognised from itself, and its public half from a certificate", arguments: KeyAlgorithm.allCases)
    func recognised(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        #expect(key.algorithm == algorithm)
        #expect(key.publicKey.algorithm == algorithm)
        var draft = try Draft(bare: CertificateExtensions())
        draft.key = key
        #expect(try draft.signedAsIs().publicKey().algorithm == algorithm)
    }
}
