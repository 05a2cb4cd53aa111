import FoundationEssentials
import MailCA
import OpenSSLKit

/// DER written by hand, for what no CA would make.
enum RawDER {
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        if content.count < 0x80 { return [tag, UInt8(content.count)] + content }
        let length = (0..<8).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) }.drop { $0 == 0 }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap(\.self)) }

    /// Of a dotted identifier.
    static func identifier(_ text: String) -> [UInt8] {
        let arcs = text.split(separator: ".").compactMap { Int($0) }
        let content = ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap { arc -> [UInt8] in
            var digits = [UInt8(arc & 0x7f)]
            var rest = arc >> 7
            while rest > 0 {
                digits.insert(UInt8(rest & 0x7f) | 0x80, at: 0)
                rest >>= 7
            }
            return digits
        }
        return value(0x06, content)
    }

    static func time(_ date: Date) -> [UInt8] {
        value(0x18, Array(Timestamp.compact(date).replacing("T", with: "").utf8))
    }

    static let ecdsaWithSHA256 = sequence(identifier("1.2.840.10045.4.3.2"))
}

/// A certificate of any content whatever, part by part.
struct RawCertificate {
    struct Extension {
        var identifier: String
        var isCritical = false
        var content: [UInt8]
    }

    /// 2 stands for version 3; nil leaves it out, which stands for version 1.
    var version: UInt8? = 2
    /// The content of the INTEGER.
    var serialNumber: [UInt8] = [0x12, 0x34, 0x56]
    var issuer: DistinguishedName
    var subject: DistinguishedName
    var notBefore = now
    var notAfter = after(days: 365)
    /// SubjectPublicKeyInfo
    var key: [UInt8]
    var extensions: [Extension] = []

    func signed(by signer: PrivateKey) throws -> Certificate {
        var parts = version.map { RawDER.value(0xa0, RawDER.value(0x02, [$0])) } ?? []
        parts += RawDER.value(0x02, serialNumber) + RawDER.ecdsaWithSHA256 + issuer.der
        parts += RawDER.sequence(Self.utcTime(notBefore), Self.utcTime(notAfter)) + subject.der + key
        if !extensions.isEmpty { parts += RawDER.value(0xa3, RawDER.value(0x30, extensions.flatMap(\.der))) }
        return try Certificate(der: RawDER.signed(parts, by: signer))
    }

    /// OpenSSL's strict rules have these in years before 2050.
    private static func utcTime(_ date: Date) -> [UInt8] {
        RawDER.value(0x17, Array(Timestamp.compact(date).replacing("T", with: "").utf8.dropFirst(2)))
    }

    /// Takes what is there of a kind away, and puts another in its place.
    mutating func set(_ other: Extension) {
        remove(other.identifier)
        extensions.append(other)
    }

    mutating func remove(_ identifier: String) { extensions.removeAll { $0.identifier == identifier } }
}

extension RawCertificate.Extension {
    var der: [UInt8] {
        RawDER.sequence(
            RawDER.identifier(identifier), isCritical ? [0x01, 0x01, 0xff] : [], RawDER.value(0x04, content))
    }

    static func basicConstraints(isCA: Bool, pathLength: UInt8? = nil) -> Self {
        let length = pathLength.map { RawDER.value(0x02, [$0]) } ?? []
        return .init(
            identifier: ExtensionIdentifier.basicConstraints, isCritical: true,
            content: RawDER.sequence(isCA ? [0x01, 0x01, 0xff] : [], length))
    }

    static func keyUsage(_ bits: UInt8) -> Self {
        .init(
            identifier: ExtensionIdentifier.keyUsage, isCritical: true,
            content: RawDER.value(0x03, [UInt8(bits.trailingZeroBitCount), bits]))
    }

    static func extendedKeyUsage(_ usages: ExtendedKeyUsage...) -> Self {
        .init(
            identifier: ExtensionIdentifier.extendedKeyUsage,
            content: RawDER.value(0x30, usages.flatMap { RawDER.identifier($0.identifier) }))
    }

    /// dNSName has tag 2, rfc822Name 1, uniformResourceIdentifier 6, iPAddress 7.
    static func names(_ names: [(tag: UInt8, content: [UInt8])]) -> Self {
        .init(
            identifier: ExtensionIdentifier.subjectAlternativeName,
            content: RawDER.value(0x30, names.flatMap { RawDER.value(0x80 | $0.tag, $0.content) }))
    }

    static func hosts(_ hosts: String...) -> Self { names(hosts.map { (2, Array($0.utf8)) }) }
    static func mailboxes(_ addresses: String...) -> Self { names(addresses.map { (1, Array($0.utf8)) }) }

    /// Permitted and excluded subtrees, as names in alternative names are.
    static func nameConstraints(
        permitted: [(tag: UInt8, content: [UInt8])] = [], excluded: [(tag: UInt8, content: [UInt8])] = [],
        isCritical: Bool = true
    ) -> Self {
        func trees(_ tag: UInt8, _ names: [(tag: UInt8, content: [UInt8])]) -> [UInt8] {
            names.isEmpty
                ? [] : RawDER.value(tag, names.flatMap { RawDER.sequence(RawDER.value(0x80 | $0.tag, $0.content)) })
        }
        return .init(
            identifier: ExtensionIdentifier.nameConstraints, isCritical: isCritical,
            content: RawDER.sequence(trees(0xa0, permitted), trees(0xa1, excluded)))
    }
}

extension RawDER {
    /// A signed object: what is signed, the algorithm, the signature.
    static func signed(_ parts: [UInt8], by signer: PrivateKey) throws -> [UInt8] {
        let body = value(0x30, parts)
        return sequence(body, ecdsaWithSHA256, value(0x03, [0] + (try signer.signature(of: body))))
    }

    /// SubjectPublicKeyInfo of an RSA key of so many bits, whose factors nobody knows.
    static func rsaKey(bits: Int, exponent: [UInt8] = [1, 0, 1]) -> [UInt8] {
        var modulus = [UInt8](repeating: 0xa5, count: (bits + 7) / 8)
        modulus[0] = bits % 8 == 0 ? 0xc5 : UInt8(1 << (bits % 8 - 1))
        let padded = modulus[0] >= 0x80 ? [0] + modulus : modulus
        let key = sequence(value(0x02, padded), value(0x02, exponent))
        return sequence(sequence(identifier("1.2.840.113549.1.1.1"), [0x05, 0x00]), value(0x03, [0] + key))
    }

    /// SubjectPublicKeyInfo of a DSA key of 2048 bits.
    static var dsaKey: [UInt8] {
        func number(_ count: Int) -> [UInt8] { value(0x02, [0] + [UInt8](repeating: 0xc5, count: count)) }
        let parameters = sequence(number(256), number(32), number(255))
        return sequence(
            sequence(identifier("1.2.840.10040.4.1"), parameters), value(0x03, [0] + number(254)))
    }

    /// A revocation list with an authority key identifier, and a number where one is given.
    static func revocationList(
        issuer: DistinguishedName, key: PrivateKey, number: UInt8?, from: Date = now, until: Date = after(days: 10)
    ) throws -> RevocationList {
        var extensions = RawCertificate.Extension.authorityKey(key).der
        if let number {
            extensions += RawCertificate.Extension(identifier: "2.5.29.20", content: value(0x02, [number])).der
        }
        let times = [from, until].flatMap {
            value(0x17, Array(Timestamp.compact($0).replacing("T", with: "").utf8.dropFirst(2)))
        }
        let parts = value(0x02, [1]) + ecdsaWithSHA256 + issuer.der + times + value(0xa0, value(0x30, extensions))
        return try RevocationList(der: signed(parts, by: key))
    }
}

extension RawCertificate.Extension {
    static func authorityKey(_ key: PrivateKey) -> Self {
        .init(
            identifier: ExtensionIdentifier.authorityKeyIdentifier,
            content: RawDER.sequence(RawDER.value(0x80, key.publicKey.keyIdentifier)))
    }

    static func subjectKey(_ identifier: [UInt8]) -> Self {
        .init(identifier: ExtensionIdentifier.subjectKeyIdentifier, content: RawDER.value(0x04, identifier))
    }
}

// Names as they stand in certificates.
func dns(_ text: String) -> (tag: UInt8, content: [UInt8]) { (2, Array(text.utf8)) }
func ip(_ bytes: [UInt8]) -> (tag: UInt8, content: [UInt8]) { (7, bytes) }
func uri(_ text: String) -> (tag: UInt8, content: [UInt8]) { (6, Array(text.utf8)) }
func mail(_ text: String) -> (tag: UInt8, content: [UInt8]) { (1, Array(text.utf8)) }
