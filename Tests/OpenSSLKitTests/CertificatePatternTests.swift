import Foundation
import Testing

@testable import OpenSSLKit

@Suite("Certificates after a pattern")
struct CertificatePatternTests {
    /// Names of a user and of servers, short ones and one whose length takes another byte to say.
    static let names: [[GeneralName]] = [
        [.rfc822Name("taro@example.org")],
        [.rfc822Name(String(repeating: "a", count: 51) + "@example.org")],
        [.dnsName("mail.example.org"), .ipAddress([192, 0, 2, 7])],
        (1...20).map { .dnsName("host\($0).example.org") } + [.ipAddress([UInt8](repeating: 0x20, count: 16))],
    ]

    private func holder(_ draft: Draft) throws -> CertificatePattern.Holder {
        CertificatePattern.Holder(
            serialNumber: draft.serialNumber, subject: try DistinguishedName(draft.subject),
            publicKey: draft.key.publicKey, alternativeNames: draft.extensions.subjectAlternativeNames)
    }

    /// The certificate without the signature, which is another one each time.
    private func signedPart(_ certificate: Certificate) throws -> [UInt8] {
        let plain = try #require(PlainCertificate(der: certificate.der))
        return Array(plain.der[plain.signed])
    }

    @Test("An extended key usage that is not as X.690 writes it is left to OpenSSL")
    func paddedIdentifier() throws {
        var draft = try Draft.leaf(.clientAuth)
        draft.extensions.extendedKeyUsage.append(.emailProtection)
        let der = try draft.signed(by: Issuer(.authority("Test Root"))).der
        #expect(PlainCertificate(der: der) != nil)
        let place = try #require(der.firstRange(of: [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04]))
        for value: UInt8 in [0x80, 0x81] {
            var changed = der
            changed[place.lowerBound + 3] = value
            // 81 06 is one number, 80 would be nought before it.
            changed[place.lowerBound + 4] = 0x06
            #expect((PlainCertificate(der: changed) != nil) == (value == 0x81))
        }
    }

    @Test(
        "What is signed is byte for byte what OpenSSL makes, and the signature is good",
        arguments: names, [KeyAlgorithm.ecP256, .ecP384, .rsa2048])
    func sameBytes(names: [GeneralName], algorithm: KeyAlgorithm) throws {
        var authority = try Draft.authority("Test Root")
        authority.key = try Keys.key(algorithm)
        let issuer = try Issuer(authority)
        let pattern = try #require(try CertificatePattern(Draft.leaf(.clientAuth).signed(by: issuer)))
        let maker = try CertificatePattern.Maker(pattern, key: issuer.key)
        for serial: [UInt8] in [[0x42], [0x80] + [UInt8](repeating: 1, count: 15), [UInt8](repeating: 0x7f, count: 20)]
        {
            var draft = try Draft.leaf(.clientAuth, names[0])
            draft.serialNumber = SerialNumber(serial)
            draft.subject = [.commonName("山田 Tarō"), .organization("Example")]
            draft.extensions.subjectAlternativeNames = names
            let (made, plain) = try #require(try maker.make(holder(draft)))
            #expect(try signedPart(made) == signedPart(draft.signed(by: issuer)))
            #expect(made.isSigned(by: issuer.certificate))
            #expect(made.serialNumber == draft.serialNumber && plain.serialNumber == draft.serialNumber)
            // What it says is what OpenSSL reads, also of the key.
            #expect(try made.fields() == Certificate(der: made.der).fields())
            #expect(try made.fields().subject == DistinguishedName(draft.subject))
            #expect(try made.publicKey() == draft.key.publicKey)
            #expect(draft.key.matches(try made.publicKey()))
        }
    }

    @Test("The holder may have a key of another kind than the first one")
    func otherKeys() throws {
        let issuer = try Issuer.root()
        let pattern = try #require(try CertificatePattern(Draft.leaf(.clientAuth).signed(by: issuer)))
        let maker = try CertificatePattern.Maker(pattern, key: issuer.key)
        for algorithm in [KeyAlgorithm.ecP384, .rsa2048, .ed25519] {
            var draft = try Draft.leaf(.clientAuth)
            draft.key = try Keys.key(algorithm)
            let (made, _) = try #require(try maker.make(holder(draft)))
            #expect(try signedPart(made) == signedPart(draft.signed(by: issuer)), "\(algorithm)")
        }
    }

    @Test("Names that only OpenSSL writes, a subject without text, and a number that is none: none is made")
    func notPlain() throws {
        let issuer = try Issuer.root()
        let pattern = try #require(try CertificatePattern(Draft.leaf(.clientAuth).signed(by: issuer)))
        let maker = try CertificatePattern.Maker(pattern, key: issuer.key)
        let good = try Draft.leaf(.clientAuth)
        #expect(try maker.make(holder(good)) != nil)
        var drafts = [good, good, good, good, good]
        drafts[0].extensions.subjectAlternativeNames = [.smtpUTF8Mailbox("太郎@example.org")]
        drafts[1].extensions.subjectAlternativeNames = [.rfc822Name("tarō@example.org")]
        drafts[2].extensions.subjectAlternativeNames = []
        drafts[3].subject = []
        drafts[4].serialNumber = SerialNumber([])
        for draft in drafts { #expect(try maker.make(holder(draft)) == nil, "\(draft.extensions)") }
    }

    @Test("A certificate that is not of the plainest kind is no pattern")
    func noPattern() throws {
        let issuer = try Issuer.root()
        #expect(CertificatePattern(issuer.certificate) == nil)
        var draft = try Draft.leaf(.clientAuth)
        draft.extensions.ocspNoCheck = true
        #expect(CertificatePattern(try draft.signed(by: issuer)) == nil)
        draft = try Draft.leaf(.clientAuth, .smtpUTF8Mailbox("太郎@example.org"))
        #expect(CertificatePattern(try draft.signed(by: issuer)) == nil)
    }

    @Test("A key that signs only what it has whole makes none")
    func ed25519() throws {
        let pattern = try #require(try CertificatePattern(Draft.leaf(.clientAuth).signed(by: .root())))
        let key = try Keys.key(.ed25519)
        #expect(throws: OpenSSLError.self) { try CertificatePattern.Maker(pattern, key: key) }
    }
}
