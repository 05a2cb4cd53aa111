import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("Certificate")
struct CertificateTests {
    private let root: Issuer
    private let leaf: Certificate

    init() throws {
        root = try .root()
        leaf = try Draft.leaf(.serverAuth).signed(by: root)
    }

    private func named(_ names: [GeneralName], commonName: String = "other.example.org") throws -> Certificate {
        var extensions = CertificateExtensions()
        extensions.subjectAlternativeNames = names
        return try Draft(bare: extensions, subject: [.commonName(commonName)]).signedAsIs()
    }

    @Test("PEM and DER are read back as the same certificate")
    func encodings() throws {
        #expect(try Certificate(der: leaf.der) == leaf)
        #expect(try Certificate.all(pem: Array(leaf.pem.utf8)) == [leaf])
        #expect(leaf != root.certificate)
        #expect(Set([leaf, root.certificate, try Certificate(der: leaf.der)]).count == 2)
    }

    @Test("The fingerprint is OpenSSL's")
    func fingerprint() throws {
        let text = try openssl(["x509", "-noout", "-fingerprint", "-sha256"], input: leaf.pem)
        #expect(text.lowercased().contains("fingerprint=\(leaf.fingerprint.hexadecimal(separator: ":"))"))
    }

    @Test("Its text is OpenSSL's, of one that was just made too", arguments: [KeyAlgorithm.ecP256, .ed25519, .rsa2048])
    func text(_ algorithm: KeyAlgorithm) throws {
        var draft = try Draft("Größe, \u{1B}[1m", key: algorithm)
        draft.extensions.subjectAlternativeNames = [
            .dnsName("mail.example.org"), .rfc822Name("a\u{1B}@example.org"), .ipAddress([192, 0, 2, 7]),
        ]
        let made = try draft.signed()
        let text = try openssl(["x509", "-noout", "-text"], input: made.pem)
        #expect(try made.text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        draft.extensions.subjectAlternativeNames[1] = .rfc822Name("a@example.org")
        let plain = try draft.signed()
        #expect(try plain.text == openssl(["x509", "-noout", "-text"], input: plain.pem))
        #expect(try Certificate(der: made.der).text == made.text)
        #expect(try text.split(separator: "\n").count == made.text.split(separator: "\n").count)
    }

    @Test("Subject, issuer and key can be had one by one")
    func parts() throws {
        let fields = try leaf.fields()
        #expect(try leaf.subject() == fields.subject)
        #expect(try leaf.issuer() == fields.issuer)
        #expect(try leaf.issuer() == root.certificate.subject())
        #expect(try leaf.publicKey() == fields.publicKey)
    }

    @Test("What is not one whole certificate is refused")
    func damaged() {
        for bytes in [[], [0x30], Array(leaf.der.dropLast()), leaf.der + [0], Array("certificate".utf8)] {
            #expect(throws: OpenSSLError.self) { try Certificate(der: bytes) }
        }
    }

    @Test("A file gives its certificates in order, and other blocks are passed over")
    func bundle() throws {
        let key = try Keys.key(.ecP256).plainText()
        let list = try root.revocationList().pem
        let text = "the leaf:\n\(leaf.pem)\n\(key)\(list)and its root\n\(root.certificate.pem)"
        #expect(try Certificate.all(pem: Array(text.utf8)) == [leaf, root.certificate])
        let crlf = Array(leaf.pem.replacing("\n", with: "\r\n").utf8)
        #expect(try Certificate.all(pem: crlf) == [leaf])
    }

    @Test("A file without a certificate is refused, and says so")
    func noCertificate() throws {
        for text in ["", "\n", "nothing", try Keys.key(.ecP256).plainText()] {
            let error = try #require(
                #expect(throws: OpenSSLError.self) { try Certificate.all(pem: Array(text.utf8)) })
            #expect(error.description == "could not read the certificate: there is no CERTIFICATE block")
        }
    }

    @Test("One damaged block among good ones refuses the file")
    func damagedBlock() throws {
        let broken = PEMBlock(label: "CERTIFICATE", bytes: Array(leaf.der.dropLast(3))).text
        #expect(throws: OpenSSLError.self) { try Certificate.all(pem: Array((leaf.pem + broken).utf8)) }
    }

    @Test("The older label is read, and OpenSSL's own with its settings of trust behind the certificate")
    func otherLabels() throws {
        let old = PEMBlock(label: "X509 CERTIFICATE", bytes: leaf.der).text
        #expect(try Certificate.all(pem: Array(old.utf8)) == [leaf])
        let trusted = try openssl(["x509", "-trustout", "-addtrust", "serverAuth"], input: leaf.pem)
        #expect(trusted.contains("BEGIN TRUSTED CERTIFICATE"))
        #expect(try Certificate.all(pem: Array(trusted.utf8)) == [leaf])
    }

    @Test("The issuer's key made the signature; no other did, not even a namesake's")
    func isSigned() throws {
        #expect(leaf.isSigned(by: root.certificate))
        #expect(!leaf.isSigned(by: leaf))
        #expect(!leaf.isSigned(by: try Issuer.root().certificate))
        #expect(!root.certificate.isSigned(by: leaf))
        #expect(!leaf.isSigned(by: try Issuer.root(key: .ed25519).certificate))
    }

    @Test("One changed byte breaks the signature")
    func tampered() throws {
        let name = Array("mail.example.org".utf8)
        var der = leaf.der
        let place = try #require(der.indices.first { der[$0...].starts(with: name) })
        der[place] = UInt8(ascii: "n")
        let forged = try Certificate(der: der)
        #expect(try forged.subject().commonName == "nail.example.org")
        #expect(!forged.isSigned(by: root.certificate))
    }

    @Test("Self-signed is who carries its own name and signature, and nobody else")
    func selfSigned() throws {
        #expect(root.certificate.isSelfSigned)
        #expect(!leaf.isSelfSigned)
        // The name of the root, signed by the root, but not with its own key.
        let namesake = try Draft.authority("Test Root").signed(by: root)
        #expect(try namesake.subject() == namesake.issuer())
        #expect(!namesake.isSelfSigned)
        var der = root.certificate.der
        der[der.count - 1] ^= 1
        #expect(try !Certificate(der: der).isSelfSigned)
    }

    @Test(
        "A host is matched by a DNS name, in any case of letters",
        arguments: ["mail.example.org", "MAIL.example.ORG", "mx.example.org"])
    func matches(host: String) throws {
        #expect(try named([.dnsName("mail.example.org"), .dnsName("mx.example.org")]).matches(host: host))
    }

    @Test(
        "Every other host is not matched",
        arguments: [
            "", "example.org", "org", "a.mail.example.org", "mail.example.or", "mail.example.org.evil.test",
            "xmail.example.org", "mail.example.org\0", "mail.example.org\0.evil.test", ".example.org", "*.example.org",
        ])
    func doesNotMatch(host: String) throws {
        #expect(try !named([.dnsName("mail.example.org")]).matches(host: host))
    }

    @Test("The common name is never looked at, whatever else stands in the certificate")
    func noFallback() throws {
        #expect(try !named([], commonName: "mail.example.org").matches(host: "mail.example.org"))
        let mailbox = try named([.rfc822Name("a@example.org")], commonName: "mail.example.org")
        #expect(!mailbox.matches(host: "mail.example.org"))
        #expect(try !named([], commonName: "192.0.2.7").matches(address: [192, 0, 2, 7]))
    }

    @Test("A wildcard stands for one whole label, the leftmost")
    func wildcards() throws {
        let wild = try named([.dnsName("*.example.org")])
        #expect(wild.matches(host: "mail.example.org"))
        #expect(!wild.matches(host: "example.org"))
        #expect(!wild.matches(host: "a.mail.example.org"))
        #expect(try !named([.dnsName("mail.*.org")]).matches(host: "mail.example.org"))
    }

    @Test(
        "A wildcard within a label stands for nothing",
        arguments: ["m*.example.org", "*l.example.org", "m*l.example.org"])
    func partialWildcard(pattern: String) throws {
        #expect(try !named([.dnsName(pattern)]).matches(host: "mail.example.org"))
    }

    @Test("A DNS name with a NUL in it does not match what stands before it")
    func nulInName() throws {
        let hostile = try named([.dnsName("mail.example.org\0.evil.test")])
        #expect(!hostile.matches(host: "mail.example.org"))
    }

    @Test("An address is matched by its bytes, and never by a DNS name that looks like it")
    func addresses() throws {
        let v6: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [7]
        let certificate = try named([.ipAddress([192, 0, 2, 7]), .ipAddress(v6)])
        #expect(certificate.matches(address: [192, 0, 2, 7]))
        #expect(certificate.matches(address: v6))
        #expect(!certificate.matches(address: [192, 0, 2, 8]))
        #expect(!certificate.matches(address: []))
        #expect(!certificate.matches(host: "192.0.2.7"))
        #expect(try !named([.dnsName("192.0.2.7")]).matches(address: [192, 0, 2, 7]))
    }
}
