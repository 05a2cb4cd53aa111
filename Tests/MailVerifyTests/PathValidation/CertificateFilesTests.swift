import Foundation
import MailCA
import OpenSSLKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("Many certificates")
struct CertificateFilesTests {
    /// What leaves can be like: good ones, and every kind of bad one.
    private static let variants: [(String, @Sendable (inout RawCertificate) -> Void)] = [
        ("good", { _ in }),
        ("another good one", { $0.set(.hosts("imap.example.org", "*.mail.example.org")) }),
        ("two uses", { $0.set(.extendedKeyUsage(.serverAuth, .clientAuth)) }),
        ("RSA", { $0.key = RawDER.rsaKey(bits: 2_048) }),
        ("an address", { $0.set(.names([ip([192, 0, 2, 7])])) }),
        ("an IPv6 address", { $0.set(.names([ip([UInt8](repeating: 1, count: 16))])) }),
        ("a permitted mailbox", { $0.set(.mailboxes("taro@example.org", "hanako@sub.example.org")) }),
        ("a mailbox that is not", { $0.set(.mailboxes("taro@example.com")) }),
        ("a host that is not", { $0.set(.hosts("mail.example.org", "mail.example.com")) }),
        ("a host of the same end", { $0.set(.hosts("mailexample.org", "notexample.org")) }),
        ("a name in capitals", { $0.set(.hosts("MAIL.Example.ORG")) }),
        ("a malformed name", { $0.set(.hosts("mail_1.example.org")) }),
        ("a mailbox with two @", { $0.set(.mailboxes("a@b@example.org")) }),
        ("a part of a wildcard", { $0.set(.hosts("m*.example.org")) }),
        ("another kind of name", { $0.set(.names([uri("urn:x:1")])) }),
        ("no names", { $0.remove(ExtensionIdentifier.subjectAlternativeName) }),
        (
            "the common name of a host that is not",
            {
                $0.set(.mailboxes("taro@example.org"))
                $0.subject = (try? DistinguishedName([.commonName("mail.example.com")])) ?? $0.subject
            }
        ),
        ("ended", { $0.notAfter = now }),
        ("of tomorrow", { $0.notBefore = after(days: 2) }),
        ("ends at that very second", { $0.notAfter = after(days: 1) }),
        ("ends a second later", { $0.notAfter = after(days: 1).addingTimeInterval(1) }),
        ("begins at that very second", { $0.notBefore = after(days: 1) }),
        ("a client's", { $0.set(.extendedKeyUsage(.clientAuth)) }),
        ("for any use", { $0.set(.extendedKeyUsage(.serverAuth, .any)) }),
        ("no use", { $0.remove(ExtensionIdentifier.extendedKeyUsage) }),
        ("no key usage", { $0.remove(ExtensionIdentifier.keyUsage) }),
        ("a key usage of a CA", { $0.set(.keyUsage(0x84)) }),
        ("a key usage for nothing of the kind", { $0.set(.keyUsage(0x10)) }),
        ("a CA", { $0.set(.basicConstraints(isCA: true)) }),
        ("no basic constraints", { $0.remove(ExtensionIdentifier.basicConstraints) }),
        ("no authority key", { $0.remove(ExtensionIdentifier.authorityKeyIdentifier) }),
        (
            "another authority key",
            {
                $0.set(.init(identifier: ExtensionIdentifier.authorityKeyIdentifier, content: [0x30, 3, 0x80, 1, 7]))
            }
        ),
        ("an extension twice", { $0.extensions.append(.keyUsage(0x80)) }),
        (
            "a critical one that nobody knows",
            {
                $0.extensions.append(.init(identifier: "1.2.3.4.5", isCritical: true, content: [0x05, 0]))
            }
        ),
        ("one that nobody knows", { $0.extensions.append(.init(identifier: "1.2.3.4.5", content: [0x05, 0])) }),
        ("name constraints", { $0.set(.nameConstraints(permitted: [dns("example.org")])) }),
        ("malformed access information", { $0.set(.init(identifier: "1.3.6.1.5.5.7.1.1", content: [0x30, 0])) }),
        ("number zero", { $0.serialNumber = [0] }),
        ("a negative number", { $0.serialNumber = [0x85] }),
        ("a long number", { $0.serialNumber = [UInt8](repeating: 1, count: 21) }),
        ("version 2", { $0.version = 1 }),
        ("a weak key", { $0.key = RawDER.rsaKey(bits: 1_024) }),
        ("an odd key", { $0.key = RawDER.rsaKey(bits: 2_052) }),
        ("an exponent of 3", { $0.key = RawDER.rsaKey(bits: 2_048, exponent: [3]) }),
        ("a DSA key", { $0.key = RawDER.dsaKey }),
        ("a point that is on no curve", { $0.key[$0.key.count - 1] ^= 1 }),
        ("another issuer", { $0.issuer = (try? DistinguishedName([.commonName("Other")])) ?? $0.issuer }),
    ]

    private let fixture: PathFixture
    private let scratch: TemporaryDirectory

    init() throws {
        scratch = try TemporaryDirectory()
        fixture = try PathFixture(issuing: {
            $0.set(
                .nameConstraints(
                    permitted: [dns("example.org"), mail("example.org"), mail(".example.org")],
                    excluded: [ip([UInt8](repeating: 0, count: 32))]))
        })
    }

    private func files(lists: [RevocationList]? = nil, purpose: TrustStore.Purpose = .server) throws -> CertificateFiles
    {
        CertificateFiles(
            try PathValidation(
                roots: [fixture.root.certificate], chain: [fixture.issuing.certificate], revocationLists: lists,
                purpose: purpose, time: after(days: 1)))
    }

    private func leaf(_ number: UInt8, _ change: (inout RawCertificate) -> Void = { _ in }) throws -> Certificate {
        var draft = try PathFixture.leaf(fixture.leafKey, signedBy: fixture.issuing.key)
        draft.serialNumber = [1, 1, number]
        change(&draft)
        return try draft.signed(by: fixture.issuing.key)
    }

    private func write(_ certificates: [Certificate], _ name: String) throws -> FilePath {
        FilePath(try scratch.write(certificates.map(\.pem).joined(), to: name))
    }

    @Test(
        "A certificate among many gets the same verdict as alone, good or bad",
        arguments: [TrustStore.Purpose.server, .client, .smime, .any])
    func agreement(purpose: TrustStore.Purpose) throws {
        let files = try files(purpose: purpose)
        var paths: [FilePath] = []
        // Several good ones first, so that the way is known by which the others are checked.
        for number in 1...70 { paths.append(try write([leaf(UInt8(number))], "good\(number).pem")) }
        for (index, variant) in Self.variants.enumerated() {
            let certificate = try leaf(UInt8(100 + index), variant.1)
            paths.append(try write([certificate], "variant\(index).pem"))
            paths.append(try write([certificate, fixture.issuing.certificate], "chain\(index).pem"))
        }
        var other = fixture.leaf.der
        other[other.count - 1] ^= 1
        paths.append(try write([Certificate(der: other)], "signature.pem"))
        paths.append(try write([PathFixture().leaf], "stranger.pem"))
        let outcome = try files.verify(files: paths)
        #expect(outcome.count == paths.count)
        let alone = try paths.flatMap { try files.verify(file: $0).findings }
        #expect(outcome.findings == alone)
        #expect(Set(alone.map(\.id)).count > (purpose == .any ? 8 : 13))
    }

    @Test("What a quick look takes for good OpenSSL takes for good, whatever stands in a certificate of the CA")
    func mutations() throws {
        let validation = try files().validation
        let paths = try #require(PlainPaths(validation))
        let good = try leaf(1)
        let plain = try #require(PlainCertificate(der: good.der))
        paths.learn(plain, validation.validate(good))
        let checker = PlainPaths.Checker(paths)
        #expect(checker.accepts(plain, beside: []))
        // What was signed, without its header.
        let start = good.der.firstRange(of: [0xa0, 0x03, 0x02, 0x01])?.lowerBound ?? 0
        let end = try #require(good.der.firstRange(of: RawDER.ecdsaWithSHA256 + [0x03])?.lowerBound)
        let body = Array(good.der[start..<end])
        var random = SplitMix(state: 20_261_125)
        var accepted = 0
        for _ in 0..<3_000 {
            var changed = body
            for _ in 0...random.below(2) { changed[random.below(body.count)] = UInt8(random.below(256)) }
            let der = try RawDER.signed(changed, by: fixture.issuing.key)
            guard let plain = PlainCertificate(der: der), checker.accepts(plain, beside: []) else { continue }
            accepted += 1
            let certificate = try #require(try? Certificate(der: der), "\(der.hexadecimal())")
            #expect(validation.validate(certificate).findings == [], "\(der.hexadecimal())")
        }
        // Names, numbers and keys can be changed to others that are as good.
        #expect(accepted > 20)
    }

    @Test("What is on a list is found, on a list of its own CA or one that is not needed")
    func lists() throws {
        let revoked = try leaf(7)
        let files = try files(lists: fixture.lists(revoking: [revoked]))
        let paths = try (1...20).map { try write([leaf($0)], "\($0).pem") }
        let outcome = try files.verify(files: paths)
        #expect(outcome.findings.map(\.id) == ["path.revoked"])
        #expect(outcome.findings.first?.subject.hasSuffix("/7.pem") == true)
    }

    @Test("What the CA of the machine took back is found by its ledger")
    func ledger() throws {
        let material = try Material(.issuingCA)
        let authority = try #require(material.authority)
        let issued = try authority.issue((1...20).map { .client("user\($0)@example.org") })
        let paths = try issued.enumerated().map { index, one in
            FilePath(try scratch.write(one.chainPEM, to: "\(index + 10).pem"))
        }
        try authority.revoke(issued[5].serialNumber, reason: .superseded)
        let validation = try PathValidation(
            roots: authority.certificates, chain: authority.certificates, time: after(days: 1))
        let outcome = try CertificateFiles(validation, authority: authority).verify(files: paths)
        #expect(outcome.findings.map(\.id) == ["certificate.revoked"])
        #expect(outcome.findings.first?.subject.hasSuffix("/15.pem") == true)
    }

    @Test("Keys and lists are passed over, what is broken is a finding, and all files are told of")
    func otherFiles() throws {
        _ = try write([leaf(1)], "a.pem")
        _ = try scratch.write(fixture.leafKey.text(), to: "b.pem")
        _ = try scratch.write(try fixture.lists()[0].pem, to: "c.pem")
        _ = try scratch.write("-----BEGIN CERTIFICATE-----\nMIIB\n", to: "d.pem")
        _ = try scratch.write("", to: "e.crt")
        try Data(leaf(2).der).write(to: URL(fileURLWithPath: scratch.file("f.der")))
        _ = try scratch.write("not one of them", to: "g.txt")
        let paths = try CertificateFiles.paths(in: FilePath(scratch.path))
        #expect(
            paths.compactMap { $0.lastComponent?.string } == ["a.pem", "b.pem", "c.pem", "d.pem", "e.crt", "f.der"])
        let told = Mutex(0)
        let outcome = try files().verify(files: paths + [FilePath(scratch.file("gone.pem"))]) { count in
            told.withLock { $0 += count }
        }
        #expect(
            outcome.findings.map(\.id) == ["certificate.malformed", "certificate.malformed", "certificate.unreadable"])
        #expect(told.withLock { $0 } == 7)
        #expect(outcome.count == 4)
    }
}

/// Numbers that are the same in every run (Steele, Lea and Flood's SplitMix64).
private struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
