import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("SelfSigned")
struct SelfSignedTests {
    @Test(
        "It holds what the table says; its RSA key also enciphers",
        arguments: [KeyAlgorithm.ecP256, .ecP384, .rsa2048, .ed25519])
    func profile(algorithm: KeyAlgorithm) throws {
        let issued = try SelfSigned.server(["mail.example.org", "192.0.2.7"], key: algorithm, now: beginning)
        let fields = issued.fields
        #expect(issued.certificate.isSelfSigned)
        #expect(fields.subject.description == "CN=mail.example.org")
        #expect(fields.issuer == fields.subject)
        #expect(fields.extensions.basicConstraints == .init(isCA: false))
        #expect(
            fields.extensions.keyUsage == (algorithm.isRSA ? [.digitalSignature, .keyEncipherment] : .digitalSignature))
        #expect(fields.extensions.extendedKeyUsage == [.serverAuth])
        #expect(
            fields.extensions.subjectAlternativeNames == [.dnsName("mail.example.org"), .ipAddress([192, 0, 2, 7])])
        #expect(fields.extensions.subjectKeyIdentifier == fields.publicKey.keyIdentifier)
        #expect(fields.extensions.authorityKeyIdentifier == fields.extensions.subjectKeyIdentifier)
        #expect(fields.extensions.nameConstraints == nil)
        #expect(fields.extensions.critical == [ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage])
        #expect(fields.validity == Validity(notBefore: beginning.addingTimeInterval(-3_600), days: 365))
    }

    @Test("The key comes with it, and it is its own root")
    func parts() throws {
        let issued = try SelfSigned.server(["mail.example.org"], now: beginning)
        #expect(try #require(issued.privateKey).matches(issued.fields.publicKey))
        #expect(issued.profile == .selfSigned)
        #expect(issued.root == issued.certificate)
        #expect(issued.intermediates.isEmpty)
        #expect(issued.chainPEM == issued.certificate.pem)
        #expect(issued.names == ["mail.example.org"])
    }

    @Test("OpenSSL verifies it for a server where it is trusted, and for nothing else")
    func verified() throws {
        let issued = try SelfSigned.server(["mail.example.org"], now: beginning)
        let store = try TrustStore(roots: [issued.certificate])
        #expect(throws: Never.self) { try store.validate(issued.certificate, purpose: .server, time: beginning) }
        #expect(throws: TrustStore.Failure.self) {
            try store.validate(issued.certificate, purpose: .client, time: beginning)
        }
    }

    @Test("The days that were asked for are given, up to a century", arguments: [1, 90, 36_500])
    func days(count: Int) throws {
        let validity = try SelfSigned.server(["mail.example.org"], days: count, now: beginning).fields.validity
        #expect(validity.notAfter.timeIntervalSince(validity.notBefore) == Double(count) * day - 1)
    }

    @Test("Days that are none, and names that are none, are refused")
    func refused() throws {
        for days in [0, -1, 36_501] {
            let error = try #require(
                #expect(throws: MailCAError.self) { try SelfSigned.server(["mail.example.org"], days: days) })
            #expect(error.code == .invalidParameters)
        }
        for names in [[], [""], ["a_b.example.org"], ["mail.example.org", "taro@example.org"]] {
            let error = try #require(#expect(throws: MailCAError.self) { try SelfSigned.server(names) })
            #expect(error.code == .invalidName)
        }
    }

    @Test("Each one has another key and another number")
    func different() throws {
        let one = try SelfSigned.server(["mail.example.org"], now: beginning)
        let other = try SelfSigned.server(["mail.example.org"], now: beginning)
        #expect(one.serialNumber != other.serialNumber)
        #expect(one.fields.publicKey != other.fields.publicKey)
    }
}
