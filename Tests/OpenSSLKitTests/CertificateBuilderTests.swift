import Foundation
import OpenSSLKit
import Testing

@Suite("CertificateBuilder")
struct CertificateBuilderTests {
    @Test("What was built is what is signed", arguments: KeyAlgorithm.allCases)
    func roundTrip(algorithm: KeyAlgorithm) throws {
        var draft = try Draft(bare: CertificateExtensions(), subject: [.organization("Example"), .commonName("mail")])
        draft.key = try Keys.key(algorithm)
        draft.serialNumber = SerialNumber([0x7f, 0x00, 0x01])
        draft.extensions.basicConstraints = .init(isCA: false)
        draft.extensions.keyUsage = [.digitalSignature, .keyEncipherment]
        let issuer = try DistinguishedName([.commonName("Somebody Else")])
        let builder = try draft.builder(issuer: issuer)
        let planned = try builder.fields()
        let certificate = try builder.sign(with: draft.key)
        let fields = try certificate.fields()
        #expect(fields == planned)
        #expect(fields.version == 3)
        #expect(fields.serialNumber == draft.serialNumber)
        #expect(fields.serialNumberIsPositive)
        #expect(try fields.subject == DistinguishedName(draft.subject))
        #expect(fields.issuer == issuer)
        #expect(fields.validity == draft.validity)
        #expect(fields.publicKey == draft.key.publicKey)
        #expect(fields.extensions.basicConstraints == draft.extensions.basicConstraints)
        #expect(fields.extensions.keyUsage == draft.extensions.keyUsage)
        #expect(certificate.isSigned(by: certificate))
    }

    @Test(
        "Each kind of key signs with its own digest",
        arguments: [
            (KeyAlgorithm.ecP256, "ecdsa-with-SHA256"), (.ecP384, "ecdsa-with-SHA384"),
            (.rsa2048, "sha256WithRSAEncryption"), (.rsa3072, "sha256WithRSAEncryption"),
            (.rsa4096, "sha256WithRSAEncryption"), (.ed25519, "ED25519"),
        ])
    func signatureAlgorithm(algorithm: KeyAlgorithm, name: String) throws {
        let draft = try Draft(bare: CertificateExtensions())
        #expect(try draft.builder().sign(with: Keys.key(algorithm)).signatureAlgorithm == name)
    }

    @Test("A certificate is of version 3 also without extensions")
    func versionWithoutExtensions() throws {
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs()
        #expect(try certificate.fields().version == 3)
        #expect(try openssl(["x509", "-noout", "-text"], input: certificate.pem).contains("Version: 3 (0x2)"))
    }

    @Test("Another implementation of the reader sees the same serial number, names and times")
    func readByOpenSSL() throws {
        var draft = try Draft(bare: CertificateExtensions(), subject: [.organization("Post"), .commonName("Zoë")])
        draft.serialNumber = SerialNumber([0x01, 0x02, 0xfe])
        let text = try openssl(
            ["x509", "-noout", "-serial", "-subject", "-dates", "-nameopt", "RFC2253,-esc_msb,utf8"],
            input: draft.signedAsIs().pem)
        #expect(text.contains("serial=0102FE"))
        #expect(text.contains("subject=CN=Zoë,O=Post"))
        #expect(words(text).contains("notBefore=Jun 1 00:00:00 2026 GMT"))
        #expect(words(text).contains("notAfter=Aug 29 23:59:59 2026 GMT"))
    }

    @Test("A serial number whose first bit is set stays positive")
    func highBitSerial() throws {
        var draft = try Draft(bare: CertificateExtensions())
        draft.serialNumber = SerialNumber([0xff, 0x01])
        let fields = try draft.signedAsIs().fields()
        #expect(fields.serialNumber == draft.serialNumber)
        #expect(fields.serialNumberIsPositive)
    }

    @Test("Times from 2050 on are kept to the second")
    func farFuture() throws {
        var draft = try Draft(bare: CertificateExtensions())
        draft.validity = Validity(notBefore: now, days: 36_500)
        #expect(try draft.signedAsIs().fields().validity == draft.validity)
    }

    @Test("A key of a kind that is not made here is not certified")
    func foreignKey() throws {
        let pem = try openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"])
        let text = try openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input: pem)
        let key = try CertificateRequest(pemOrDER: Array(text.utf8)).publicKey()
        #expect(key.algorithm == nil)
        let name = try DistinguishedName([.commonName("x")])
        #expect(throws: OpenSSLError.self) {
            _ = try CertificateBuilder(
                serialNumber: SerialNumber([1]), issuer: name, subject: name,
                validity: Validity(notBefore: now, days: 1),
                publicKey: key, extensions: CertificateExtensions())
        }
    }
}
