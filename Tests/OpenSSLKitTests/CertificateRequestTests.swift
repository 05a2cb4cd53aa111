import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("CertificateRequest")
struct CertificateRequestTests {
    private func requestFromOpenSSL(_ keyOptions: [String]) throws -> CertificateRequest {
        let key = try openssl(["genpkey"] + keyOptions)
        let text = try openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input: key)
        return try CertificateRequest(pemOrDER: Array(text.utf8))
    }

    @Test("A request made here is good, and holds the key and the subject", arguments: KeyAlgorithm.allCases)
    func made(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        let subject = try DistinguishedName([.commonName("mail.example.org")])
        let request = try CertificateRequest(subject: subject, key: key)
        let read = try CertificateRequest(pemOrDER: Array(request.pem().utf8))
        for request in [request, read] {
            #expect(request.signatureIsValid)
            #expect(request.exponentIsSound)
            #expect(try request.publicKey() == key.publicKey)
            #expect(try request.subject() == subject)
        }
    }

    @Test("OpenSSL verifies it, and sees the alternative names that were asked for")
    func verifiedByOpenSSL() throws {
        let request = try CertificateRequest(
            subject: DistinguishedName([.commonName("mail.example.org")]),
            alternativeNames: [.dnsName("mail.example.org"), .ipAddress([192, 0, 2, 7])], key: Keys.key(.ecP256))
        let text = words(try openssl(["req", "-verify", "-noout", "-text"], input: request.pem()))
        #expect(text.contains("X509v3 Subject Alternative Name: DNS:mail.example.org, IP Address:192.0.2.7"))
    }

    @Test("Requests of OpenSSL's are read, under the older label and in DER too")
    func readFromOpenSSL() throws {
        let directory = try TemporaryDirectory()
        let key = try Keys.key(.ecP384)
        try directory.write(key.plainText(), to: "key")
        let text = try openssl(["req", "-new", "-newhdr", "-key", directory.file("key"), "-subj", "/CN=Zoë", "-utf8"])
        #expect(text.contains("BEGIN NEW CERTIFICATE REQUEST"))
        let request = try CertificateRequest(pemOrDER: Array(text.utf8))
        #expect(request.signatureIsValid)
        #expect(try request.publicKey() == key.publicKey)
        #expect(try request.subject().commonName == "Zoë")
        let der = try PEMBlock.blocks(in: Array(text.utf8))[0].bytes
        #expect(try CertificateRequest(pemOrDER: der).signatureIsValid)
        #expect(try CertificateRequest(der: der).publicKey() == key.publicKey)
    }

    @Test(
        "A request is found in a file with text before it, whatever that begins with",
        arguments: ["request:", "0 days left"])
    func textBefore(line: String) throws {
        let request = try CertificateRequest(subject: DistinguishedName([.commonName("x")]), key: Keys.key(.ecP256))
        let file = "\(line)\n\(try request.pem())"
        #expect(try CertificateRequest(pemOrDER: Array(file.utf8)).signatureIsValid)
    }

    @Test("A request that was changed after it was signed is not good")
    func tampered() throws {
        let request = try CertificateRequest(
            subject: DistinguishedName([.commonName("mail.example.org")]), key: Keys.key(.ecP256))
        let der = try PEMBlock.blocks(in: Array(request.pem().utf8))[0].bytes
        let renamed = try replacing(Array("mail.example.org".utf8), by: Array("evil.example.org".utf8), in: der)
        let forged = try CertificateRequest(der: renamed)
        #expect(try forged.subject().commonName == "evil.example.org")
        #expect(!forged.signatureIsValid)
    }

    @Test("A request for somebody else's key is not good")
    func foreignKey() throws {
        let mine = try Keys.key(.ecP256)
        let theirs = try PrivateKey.generate(.ecP256)
        let request = try CertificateRequest(subject: DistinguishedName([.commonName("x")]), key: mine)
        let der = try PEMBlock.blocks(in: Array(request.pem().utf8))[0].bytes
        let forged = try CertificateRequest(
            der: try replacing(mine.publicKey.encoded, by: theirs.publicKey.encoded, in: der))
        #expect(try forged.publicKey() == theirs.publicKey)
        #expect(!forged.signatureIsValid)
    }

    @Test("What is no request is refused")
    func damaged() throws {
        let request = try CertificateRequest(subject: DistinguishedName([.commonName("x")]), key: Keys.key(.ecP256))
        let der = try PEMBlock.blocks(in: Array(request.pem().utf8))[0].bytes
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs()
        for bytes in [
            [], Array(der.dropLast()), der + [0], Array(certificate.pem.utf8), certificate.der, Array("x".utf8),
        ] {
            #expect(throws: OpenSSLError.self) { try CertificateRequest(pemOrDER: bytes) }
        }
    }

    @Test("An RSA key whose public exponent is 3 is told apart, and is good otherwise")
    func smallExponent() throws {
        let request = try requestFromOpenSSL([
            "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3",
        ])
        #expect(request.signatureIsValid)
        #expect(!request.exponentIsSound)
    }

    @Test(
        "Kinds of key that are not made here are told apart",
        arguments: [
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], ["-algorithm", "ED448"],
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
        ])
    func otherKinds(options: [String]) throws {
        let request = try requestFromOpenSSL(options)
        #expect(request.signatureIsValid)
        #expect(request.exponentIsSound)
        #expect(try request.publicKey().algorithm == nil)
        #expect(try request.publicKey().description == "a key of another kind")
    }
}
