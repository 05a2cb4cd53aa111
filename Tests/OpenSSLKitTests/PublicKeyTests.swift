import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("PublicKey")
struct PublicKeyTests {
    @Test("The key identifier is the one that OpenSSL computes", arguments: KeyAlgorithm.allCases)
    func keyIdentifier(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        let pem = try openssl(
            ["req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=x", "-addext", "subjectKeyIdentifier=hash"],
            input: key.plainText())
        let fields = try Certificate.all(pem: Array(pem.utf8))[0].fields()
        #expect(key.publicKey.keyIdentifier.count == 20)
        #expect(fields.extensions.subjectKeyIdentifier == key.publicKey.keyIdentifier)
        #expect(fields.publicKey == key.publicKey)
        #expect(fields.publicKey.keyIdentifier == key.publicKey.keyIdentifier)
    }

    @Test("The fingerprint is SHA-256 of what OpenSSL writes as the public key", arguments: KeyAlgorithm.allCases)
    func fingerprint(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        let directory = try TemporaryDirectory()
        try directory.write(key.plainText(), to: "key")
        try openssl(["pkey", "-in", directory.file("key"), "-pubout", "-outform", "DER", "-out", directory.file("der")])
        let digest = try openssl(["dgst", "-sha256", "-r", directory.file("der")])
        #expect(digest.hasPrefix("\(key.publicKey.sha256.hexadecimal()) "))
        #expect([UInt8](try Data(contentsOf: directory.url.appending(path: "der"))) == key.publicKey.der)
    }

    @Test(
        "It names its kind",
        arguments: [
            (KeyAlgorithm.ecP256, "EC P-256"), (.ecP384, "EC P-384"), (.rsa2048, "RSA 2048"), (.rsa3072, "RSA 3072"),
            (.rsa4096, "RSA 4096"), (.ed25519, "Ed25519"),
        ])
    func description(algorithm: KeyAlgorithm, text: String) throws {
        #expect(try Keys.key(algorithm).publicKey.description == text)
    }

    @Test("Another key has other identifiers")
    func different() throws {
        let one = try PrivateKey.generate(.ecP256).publicKey
        let other = try PrivateKey.generate(.ecP256).publicKey
        #expect(one != other)
        #expect(one.sha256 != other.sha256)
        #expect(one.keyIdentifier != other.keyIdentifier)
    }
}
