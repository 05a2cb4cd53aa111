import Foundation
import Testing

@testable import MailCA
@testable import OpenSSLKit

/// A certificate that breaks one rule, and what is said about it.
struct LintFixture: Sendable, CustomTestStringConvertible {
    let rule: String
    let finding: String
    let profile: Profile
    let damage: @Sendable (inout Lint.Subject) throws -> Void

    init(
        _ rule: String, _ finding: String, _ profile: Profile,
        _ damage: @escaping @Sendable (inout Lint.Subject) throws -> Void
    ) {
        self.rule = rule
        self.finding = finding
        self.profile = profile
        self.damage = damage
    }

    var testDescription: String { "\(profile.rawValue): \(rule): \(finding)" }

    static let all: [LintFixture] = structure + identity + usage + linkage

    static let structure: [LintFixture] = [
        .init("version", "it is version 1", .server) { $0.fields.version = 1 },
        .init("serial-number", "it is not positive", .server) { $0.fields.serialNumberIsPositive = false },
        .init("serial-number", "it is over 20 octets", .server) {
            $0.fields.serialNumber = SerialNumber([UInt8](repeating: 1, count: 21))
        },
        .init("serial-number", "it is over 20 octets", .server) {
            $0.fields.serialNumber = SerialNumber([UInt8](repeating: 0x80, count: 20))
        },
        .init("serial-number", "it has only 8 octets", .server) {
            $0.fields.serialNumber = SerialNumber([UInt8](repeating: 1, count: 8))
        },
        .init("validity", "it ends before it begins", .server) {
            $0.fields.validity = Validity(notBefore: beginning, notAfter: beginning)
        },
        .init("validity", "it outlives its issuer", .server) {
            let end = try issuer($0).validity.notAfter
            $0.fields.validity = Validity(notBefore: beginning, notAfter: end.addingTimeInterval(1))
        },
        .init("validity", "it begins before its issuer", .client) {
            let start = try issuer($0).validity.notBefore
            $0.fields.validity = Validity(notBefore: start.addingTimeInterval(-1), days: 1)
        },
        .init("extensions", "one stands twice", .server) {
            $0.fields.extensions.present.append(ExtensionIdentifier.subjectKeyIdentifier)
        },
        .init("critical", "critical are", .server) {
            $0.fields.extensions.critical.remove(ExtensionIdentifier.keyUsage)
        },
        .init("critical", "critical are", .root) {
            $0.fields.extensions.critical.remove(ExtensionIdentifier.nameConstraints)
        },
        .init("critical", "critical are", .client) {
            $0.fields.extensions.critical.insert(ExtensionIdentifier.extendedKeyUsage)
        },
        .init("critical", "critical are", .server) {
            $0.fields.extensions.critical.insert(ExtensionIdentifier.subjectAlternativeName)
        },
        .init("critical", "critical are", .server) { $0.fields.subject = try DistinguishedName([]) },
    ]

    static let identity: [LintFixture] = [
        .init("common-name", "there is none", .client) { $0.fields.subject = try DistinguishedName([]) },
        .init("common-name", "there is none", .root) {
            $0.fields.subject = try DistinguishedName([.organization("Example")])
        },
        .init("common-name", "mx.example.org is not among the alternative names", .server) {
            $0.fields.subject = try DistinguishedName([.commonName("mx.example.org")])
        },
        .init("common-name", "Taro is not among the alternative names", .client) {
            $0.fields.subject = try DistinguishedName([.commonName("Taro")])
        },
        .init("alternative-name", "a CA has none", .root) {
            $0.fields.extensions.subjectAlternativeNames = [.dnsName("example.org")]
        },
        .init("alternative-name", "there is none", .server) { $0.fields.extensions.subjectAlternativeNames = [] },
        .init("alternative-name", "email:taro@example.org is no server's name", .server) {
            $0.fields.extensions.subjectAlternativeNames.append(.rfc822Name("taro@example.org"))
        },
        .init("alternative-name", "DNS:MAIL.example.org is no server's name", .selfSigned) {
            $0.fields.extensions.subjectAlternativeNames = [.dnsName("MAIL.example.org")]
        },
        .init("alternative-name", "there are 2, not one", .client) {
            $0.fields.extensions.subjectAlternativeNames.append(.rfc822Name("hanako@example.org"))
        },
        .init("alternative-name", "there are 0, not one", .client) {
            $0.fields.extensions.subjectAlternativeNames = []
        },
        .init("alternative-name", "DNS:example.org is no mail address", .client) {
            $0.fields.extensions.subjectAlternativeNames = [.dnsName("example.org")]
        },
        .init("permitted-name", "DNS:mail.example.com is not", .server) {
            $0.fields.extensions.subjectAlternativeNames.append(.dnsName("mail.example.com"))
        },
        .init("permitted-name", "IP:192.0.2.7 is not", .server) {
            $0.fields.extensions.subjectAlternativeNames.append(.ipAddress([192, 0, 2, 7]))
        },
        .init("permitted-name", "email:taro@example.com is not", .client) {
            $0.fields.extensions.subjectAlternativeNames = [.rfc822Name("taro@example.com")]
        },
        .init("name-constraints", "there are none", .root) { $0.fields.extensions.nameConstraints = nil },
        .init("name-constraints", "they permit nothing", .issuing) {
            $0.fields.extensions.nameConstraints?.permitted = []
        },
        .init("name-constraints", "a leaf has none", .server) {
            $0.fields.extensions.nameConstraints = .init(permitted: [.dnsName("example.org")], excluded: [])
        },
    ]

    static let usage: [LintFixture] = [
        .init("basic-constraints", "there are none", .server) { $0.fields.extensions.basicConstraints = nil },
        .init("basic-constraints", "CA is true", .server) {
            $0.fields.extensions.basicConstraints = .init(isCA: true, pathLength: 0)
        },
        .init("basic-constraints", "CA is false", .root) {
            $0.fields.extensions.basicConstraints = .init(isCA: false)
        },
        .init("basic-constraints", "a leaf has no path length", .client) {
            $0.fields.extensions.basicConstraints = .init(isCA: false, pathLength: 0)
        },
        .init("basic-constraints", "there is no path length", .root) {
            $0.fields.extensions.basicConstraints = .init(isCA: true)
        },
        .init("basic-constraints", "the path length is 1, not 0", .issuing) {
            $0.fields.extensions.basicConstraints = .init(isCA: true, pathLength: 1)
        },
        .init("key-usage", "there is none", .server) { $0.fields.extensions.keyUsage = nil },
        .init("key-usage", "it is digitalSignature, keyCertSign, not digitalSignature", .server) {
            $0.fields.extensions.keyUsage?.insert(.keyCertSign)
        },
        .init("key-usage", "it is keyCertSign, not keyCertSign, cRLSign", .root) {
            $0.fields.extensions.keyUsage = .keyCertSign
        },
        .init("extended-key-usage", "it is [clientAuth], not [serverAuth]", .server) {
            $0.fields.extensions.extendedKeyUsage = [.clientAuth]
        },
        .init("extended-key-usage", "it is [clientAuth, anyExtendedKeyUsage], not [clientAuth]", .client) {
            $0.fields.extensions.extendedKeyUsage.append(.any)
        },
        .init("extended-key-usage", "it is [], not [serverAuth, clientAuth]", .issuing) {
            $0.fields.extensions.extendedKeyUsage = []
        },
        .init("extended-key-usage", "it is [serverAuth], not []", .root) {
            $0.fields.extensions.extendedKeyUsage = [.serverAuth]
        },
        .init("public-key", "rsa-2048 is not", .root) {
            $0.fields.publicKey = try Keys.key(.rsa2048).publicKey
        },
        .init("public-key", "its kind is unknown", .server) {
            $0.fields.publicKey = try request(
                openSSLKey: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]
            ).publicKey()
        },
    ]

    static let linkage: [LintFixture] = [
        .init("subject-key-identifier", "it is missing, or another key's", .server) {
            $0.fields.extensions.subjectKeyIdentifier = nil
        },
        .init("subject-key-identifier", "it is missing, or another key's", .server) {
            $0.fields.extensions.subjectKeyIdentifier?[0] ^= 1
        },
        .init("authority-key-identifier", "there is none", .client) {
            $0.fields.extensions.authorityKeyIdentifier = nil
        },
        .init("authority-key-identifier", "it is another key's", .selfSigned) {
            $0.fields.extensions.authorityKeyIdentifier?[0] ^= 1
        },
        .init("authority-key-identifier", "it is another key's", .server) {
            $0.fields.extensions.authorityKeyIdentifier = $0.fields.extensions.subjectKeyIdentifier
        },
        .init("issuer-name", "it is CN=Somebody", .server) {
            $0.fields.issuer = try DistinguishedName([.commonName("Somebody")])
        },
        .init("issuer-name", "it is CN=Somebody", .root) {
            $0.fields.issuer = try DistinguishedName([.commonName("Somebody")])
        },
        .init("key-of-its-own", "it does", .server) { $0.fields.publicKey = try issuer($0).publicKey },
    ]

    private static func issuer(_ subject: Lint.Subject) throws -> CertificateFields {
        struct NoIssuer: Error {}
        guard let issuer = subject.issuer else { throw NoIssuer() }
        return issuer
    }
}
