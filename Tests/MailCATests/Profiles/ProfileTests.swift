import Foundation
import OpenSSLKit
import Testing

@testable import MailCA

@Suite("Profile")
struct ProfileTests {
    private func expectCommon(_ fields: CertificateFields, issuer: CertificateFields) {
        let extensions = fields.extensions
        #expect(fields.version == 3)
        #expect(fields.serialNumberIsPositive)
        #expect((9...20).contains(fields.serialNumber.bytes.count))
        #expect(extensions.subjectKeyIdentifier == Digest.sha1(fields.publicKey.encoded))
        #expect(extensions.authorityKeyIdentifier == issuer.extensions.subjectKeyIdentifier)
        #expect(fields.issuer == issuer.subject)
    }

    /// The number of days that a life has, both ends counted.
    private func days(_ validity: Validity) -> Double {
        (validity.notAfter.timeIntervalSince(validity.notBefore) + 1) / day
    }

    private let leafExtensions: Set = [
        ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage, ExtensionIdentifier.extendedKeyUsage,
        ExtensionIdentifier.subjectKeyIdentifier, ExtensionIdentifier.authorityKeyIdentifier,
        ExtensionIdentifier.subjectAlternativeName,
    ]

    @Test("A root that issues itself holds what the table says, for ten years")
    func root() throws {
        let office = try Office()
        let fields = office.authority.certificateFields[0]
        #expect(office.authority.certificates.count == 1)
        expectCommon(fields, issuer: fields)
        #expect(office.authority.root.isSelfSigned)
        #expect(fields.subject.description == "CN=Example Mail CA")
        #expect(fields.extensions.basicConstraints == .init(isCA: true, pathLength: 0))
        #expect(fields.extensions.keyUsage == [.keyCertSign, .cRLSign])
        #expect(fields.extensions.extendedKeyUsage.isEmpty)
        #expect(fields.extensions.subjectAlternativeNames.isEmpty)
        let constraints: Set = [
            ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage, ExtensionIdentifier.nameConstraints,
        ]
        #expect(fields.extensions.critical == constraints)
        #expect(
            Set(fields.extensions.present)
                == constraints.union([
                    ExtensionIdentifier.subjectKeyIdentifier, ExtensionIdentifier.authorityKeyIdentifier,
                ]))
        #expect(days(fields.validity) == 3_650)
        #expect(fields.validity.notBefore == beginning.addingTimeInterval(-3_600))
        #expect(fields.publicKey.algorithm == .ecP256)
    }

    @Test("An offline root may have one CA below it, and the issuing CA none, for five years")
    func issuing() throws {
        let office = try Office(.init(name: "Example Mail CA", domains: ["example.org"], offlineRoot: true))
        let fields = office.authority.certificateFields
        #expect(fields.count == 2)
        expectCommon(fields[1], issuer: fields[1])
        #expect(fields[1].extensions.basicConstraints == .init(isCA: true, pathLength: 1))
        #expect(fields[1].extensions.extendedKeyUsage.isEmpty)
        expectCommon(fields[0], issuer: fields[1])
        #expect(fields[0].subject.description == "CN=Example Mail CA Issuing CA")
        #expect(fields[0].extensions.basicConstraints == .init(isCA: true, pathLength: 0))
        #expect(fields[0].extensions.keyUsage == [.keyCertSign, .cRLSign])
        #expect(fields[0].extensions.extendedKeyUsage == [.serverAuth, .clientAuth])
        #expect(
            fields[0].extensions.critical == [
                ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage, ExtensionIdentifier.nameConstraints,
            ])
        #expect(fields[0].extensions.nameConstraints == fields[1].extensions.nameConstraints)
        #expect(days(fields[1].validity) == 3_650)
        #expect(days(fields[0].validity) == 1_825)
        #expect(fields[0].publicKey != fields[1].publicKey)
    }

    @Test("An issuing CA does not outlive a short root")
    func shortRoot() throws {
        let office = try Office(.init(name: "Short", domains: ["example.org"], days: 30, offlineRoot: true))
        #expect(office.authority.certificateFields.map { days($0.validity) } == [30, 30])
    }

    @Test("The name constraints permit the domains with their mailboxes, and exclude every address")
    func nameConstraints() throws {
        let office = try Office(.init(name: "Example Mail CA", domains: ["example.org", "例え.jp"]))
        let constraints = try #require(office.authority.certificateFields[0].extensions.nameConstraints)
        #expect(
            constraints.permitted == [
                .dnsName("example.org"), .rfc822Name("example.org"), .rfc822Name(".example.org"),
                .dnsName("xn--r8jz45g.jp"), .rfc822Name("xn--r8jz45g.jp"), .rfc822Name(".xn--r8jz45g.jp"),
            ])
        #expect(constraints.excluded.map(\.description) == ["IP:0.0.0.0/0", "IP:::/0"])
    }

    @Test("Of the addresses, only those are permitted that were named, and the other family is excluded")
    func addressBlocks() throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], addressBlocks: ["192.0.2.0/24"]))
        let constraints = try #require(office.authority.certificateFields[0].extensions.nameConstraints)
        #expect(constraints.permitted.last == .ipAddress([192, 0, 2, 0, 255, 255, 255, 0]))
        #expect(constraints.excluded == [.ipAddress([UInt8](repeating: 0, count: 32))])
    }

    @Test("A CA without constraints has none at all")
    func unconstrained() throws {
        let office = try Office(.init(name: "CA", domains: [], insecureUnconstrained: true))
        let fields = office.authority.certificateFields[0]
        #expect(fields.extensions.nameConstraints == nil)
        #expect(fields.extensions.critical == [ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage])
    }

    @Test(
        "A server's certificate holds what the table says; its RSA key also enciphers", arguments: KeyAlgorithm.allCases
    )
    func server(algorithm: KeyAlgorithm) throws {
        let office = try Office()
        let key = try Keys.key(algorithm)
        let fields = try office.authority.issue(
            .server(["mail.example.org", "*.mx.example.org"], request: request(for: key))
        ).fields
        expectCommon(fields, issuer: office.authority.certificateFields[0])
        #expect(fields.publicKey == key.publicKey)
        #expect(fields.extensions.basicConstraints == .init(isCA: false))
        let usage: KeyUsage = algorithm.isRSA ? [.digitalSignature, .keyEncipherment] : .digitalSignature
        #expect(fields.extensions.keyUsage == usage)
        #expect(fields.extensions.extendedKeyUsage == [.serverAuth])
        #expect(
            fields.extensions.subjectAlternativeNames == [.dnsName("mail.example.org"), .dnsName("*.mx.example.org")])
        #expect(fields.subject.description == "CN=mail.example.org")
        #expect(Set(fields.extensions.present) == leafExtensions)
        #expect(fields.extensions.critical == [ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage])
        #expect(days(fields.validity) == 365)
        #expect(fields.validity.notBefore == office.authority.certificateFields[0].validity.notBefore)
    }

    @Test("A client's certificate holds what the table says, whatever its key", arguments: KeyAlgorithm.allCases)
    func client(algorithm: KeyAlgorithm) throws {
        let office = try Office()
        let fields = try office.authority.issue(
            .client("Taro@example.org", request: request(for: Keys.key(algorithm)))
        ).fields
        expectCommon(fields, issuer: office.authority.certificateFields[0])
        #expect(fields.extensions.basicConstraints == .init(isCA: false))
        #expect(fields.extensions.keyUsage == .digitalSignature)
        #expect(fields.extensions.extendedKeyUsage == [.clientAuth])
        #expect(fields.extensions.subjectAlternativeNames == [.rfc822Name("Taro@example.org")])
        #expect(fields.subject.description == "CN=Taro@example.org")
        #expect(Set(fields.extensions.present) == leafExtensions)
        #expect(fields.extensions.critical == [ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage])
        #expect(days(fields.validity) == 365)
    }

    @Test("An address in another script is a SmtpUTF8Mailbox, and the common name repeats it")
    func internationalClient() throws {
        let office = try Office(.init(name: "CA", domains: ["例え.jp"]))
        let fields = try office.authority.issue(.client("用户@例え.jp")).fields
        #expect(fields.extensions.subjectAlternativeNames == [.smtpUTF8Mailbox("用户@例え.jp")])
        #expect(fields.subject.commonName == "用户@例え.jp")
    }

    @Test("The kind of key that was asked for is made", arguments: [KeyAlgorithm.ecP384, .rsa2048, .ed25519])
    func keyAlgorithm(algorithm: KeyAlgorithm) throws {
        let issued = try Office().authority.issue(.client("taro@example.org", key: algorithm))
        let key = try #require(issued.privateKey)
        #expect(key.algorithm == algorithm)
        #expect(key.matches(issued.fields.publicKey))
    }

    @Test(
        "A CA signs with SHA-256, one with a P-384 key with SHA-384",
        arguments: [
            (KeyAlgorithm.ecP256, "ecdsa-with-SHA256"), (.ecP384, "ecdsa-with-SHA384"),
            (.rsa3072, "sha256WithRSAEncryption"), (.ed25519, "ED25519"),
        ])
    func signature(algorithm: KeyAlgorithm, name: String) throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], keyAlgorithm: algorithm))
        let issued = try office.authority.issue(.server(["mail.example.org"]))
        #expect(office.authority.root.signatureAlgorithm == name)
        #expect(issued.certificate.signatureAlgorithm == name)
        #expect(issued.certificate.isSigned(by: office.authority.root))
        #expect(try office.authority.revocationList().decoded().isSigned(by: office.authority.root))
    }

    @Test("A CA's key is never RSA of 2,048 bits")
    func weakAuthorityKey() throws {
        #expect(Profile.root.keyAlgorithms == [.ecP256, .ecP384, .rsa3072, .rsa4096, .ed25519])
        #expect(Profile.issuing.keyAlgorithms == Profile.root.keyAlgorithms)
        for profile in [Profile.server, .selfSigned, .client] {
            #expect(profile.keyAlgorithms == KeyAlgorithm.allCases)
        }
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try Office(.init(name: "CA", domains: ["example.org"], keyAlgorithm: .rsa2048))
            })
        #expect(error.code == .invalidParameters)
        #expect(error.hint?.contains("rsa-3072") == true)
    }

    @Test("The default is a P-256 key for the table's number of days")
    func defaults() {
        #expect(Profile.allCases.allSatisfy { $0.defaultKeyAlgorithm == .ecP256 })
        #expect(Profile.allCases.map(\.defaultDays) == [3_650, 1_825, 365, 365, 365])
        #expect(Profile.allCases.filter(\.isAuthority) == [.root, .issuing])
    }
}
