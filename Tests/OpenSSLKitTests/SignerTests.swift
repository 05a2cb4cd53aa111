import Foundation
import Testing

@testable import OpenSSLKit

@Suite("Signer")
struct SignerTests {
    private let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private func certificate(_ algorithm: KeyAlgorithm) throws -> Certificate {
        var draft = try Draft.authority("Test Root")
        draft.key = try Keys.key(algorithm)
        return try draft.signedAsIs()
    }

    @Test("What was signed is verified with the certificate, and nothing else is", arguments: KeyAlgorithm.allCases)
    func whole(algorithm: KeyAlgorithm) throws {
        let certificate = try certificate(algorithm)
        for bytes in [bytes, [], [0]] {
            let signature = try Keys.key(algorithm).signature(of: bytes)
            #expect(certificate.verifies(signature, of: bytes))
            #expect(!certificate.verifies(signature, of: bytes + [0]))
            var other = signature
            other[other.count - 1] ^= 1
            #expect(!certificate.verifies(other, of: bytes))
        }
        #expect(!certificate.verifies([], of: bytes))
        #expect(!certificate.verifies([0x30, 0x00], of: bytes))
        #expect(!certificate.verifies([UInt8](repeating: 0, count: 10_000), of: bytes))
    }

    @Test("Nobody else's certificate verifies it", arguments: KeyAlgorithm.allCases)
    func others(algorithm: KeyAlgorithm) throws {
        let signature = try Keys.key(algorithm).signature(of: bytes)
        for other in KeyAlgorithm.allCases where other != algorithm {
            #expect(try !certificate(other).verifies(signature, of: bytes), "\(other)")
        }
        var draft = try Draft.authority("Test Root")
        draft.key = try .generate(.ecP256)
        #expect(try !draft.signedAsIs().verifies(signature, of: bytes))
    }

    @Test("In pieces of any size it is a signature over the whole", arguments: KeyAlgorithm.allCases)
    func pieces(algorithm: KeyAlgorithm) throws {
        let certificate = try certificate(algorithm)
        for size in [1, 63, 64, 65, 999, 1_000] {
            let signer = try Signer(Keys.key(algorithm))
            for start in stride(from: 0, to: bytes.count, by: size) {
                signer.update(Array(bytes[start..<min(start + size, bytes.count)]))
                signer.update([])
            }
            #expect(try certificate.verifies(signer.finish(), of: bytes), "\(size)")
        }
        #expect(try certificate.verifies(Signer(Keys.key(algorithm)).finish(), of: []))
    }

    @Test(
        "OpenSSL verifies it with the digest that belongs to the key",
        arguments: [KeyAlgorithm.ecP256, .ecP384, .rsa2048])
    func digest(algorithm: KeyAlgorithm) throws {
        let scratch = try Scratch()
        try scratch.write(bytes, "bytes")
        try scratch.write(try Keys.key(algorithm).signature(of: bytes), "signature")
        try scratch.write(Array(openssl(["x509", "-noout", "-pubkey"], input: certificate(algorithm).pem).utf8), "key")
        let name = algorithm == .ecP384 ? "-sha384" : "-sha256"
        let seen = try openssl(
            [
                "dgst", name, "-verify", scratch.path("key"), "-signature", scratch.path("signature"),
                scratch.path("bytes"),
            ])
        #expect(seen.contains("Verified OK"))
    }

    @Test("A failed verification leaves nothing behind that a later call could be told of")
    func queue() throws {
        let certificate = try certificate(.rsa2048)
        for _ in 0..<3 { #expect(!certificate.verifies([1, 2, 3], of: bytes)) }
        #expect(OpenSSLError(draining: "look").entries.isEmpty)
    }
}
