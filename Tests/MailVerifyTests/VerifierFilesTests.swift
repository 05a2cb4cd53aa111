import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("One file")
struct VerifierFilesTests {
    static let mistakes: [Mistake] = [
        file("A certificate that ended", raises: ["certificate.expired"], at: after(days: 400)) {
            $0.issued.certificate.pem
        },
        file("A certificate that ends soon", raises: ["certificate.expires-soon"], at: after(days: 350)) {
            $0.issued.certificate.pem
        },
        file("A certificate of tomorrow", raises: ["certificate.not-yet-valid"], at: after(days: -1)) {
            $0.issued.certificate.pem
        },
        file("A damaged certificate", raises: ["certificate.malformed"]) { _ in
            PEMBlock(label: "CERTIFICATE", bytes: [0x30, 3, 2, 1]).text
        },
        file("A certificate with an extension that cannot be read", raises: ["certificate.malformed"]) {
            try $0.issued.certificate.spoiled(extension: 0x11).pem
        },
        file("A certificate in OpenSSL's own form", raises: ["certificate.trusted-form"], knowsCA: true) {
            trusted($0.issued.certificate)
        },
        file(
            "One in that form that ended", raises: ["certificate.trusted-form", "certificate.expired"],
            at: after(days: 400)
        ) {
            trusted($0.issued.certificate)
        },
        file("A damaged certificate in that form", raises: ["certificate.malformed"]) { _ in
            PEMBlock(label: "TRUSTED CERTIFICATE", bytes: [0x30, 3, 2, 1]).text
        },
        file("A second certificate that ended", raises: ["certificate.expired"], at: after(days: 11)) {
            $0.issued.certificate.pem
                + (try $0.leaf(validity: Validity(notBefore: now, days: 10)).certificate.pem)
        },
        file("A certificate of another CA", raises: ["certificate.untrusted"], knowsCA: true) { _ in
            try Material(.rootAlone, name: "Other CA").issued.certificate.pem
        },
        file("A self-signed certificate, with the machine's CA", raises: ["certificate.untrusted"], knowsCA: true) {
            _ in
            try Material.shared(.selfSigned).issued.certificate.pem
        },
        file("A certificate whose signature was changed", raises: ["certificate.untrusted"], knowsCA: true) {
            var bytes = $0.issued.certificate.der
            bytes[bytes.count - 1] ^= 1
            return PEMBlock(label: "CERTIFICATE", bytes: bytes).text
        },
        file("A self-signed certificate whose signature was changed", raises: ["certificate.forged"]) {
            let der = $0.root.certificate.der
            return PEMBlock(label: "CERTIFICATE", bytes: der.dropLast() + [der[der.count - 1] ^ 1]).text
        },
        file("A certificate before a CA that was changed", raises: ["certificate.forged"], knowsCA: true) {
            let der = $0.root.certificate.der
            let changed = PEMBlock(label: "CERTIFICATE", bytes: der.dropLast() + [der[der.count - 1] ^ 1]).text
            return $0.issued.certificate.pem + changed
        },
        file("A certificate before another CA of the same name", raises: ["certificate.forged"]) {
            $0.issued.certificate.pem + (try Material(.rootAlone).root.certificate.pem)
        },
        file("A list that ended", raises: ["revocation-list.expired"], at: after(days: 366)) { $0.lists[0].pem },
        file("A list that ends soon", raises: ["revocation-list.expires-soon"], at: after(days: 350)) {
            $0.lists[0].pem
        },
        file("A list of tomorrow", raises: ["revocation-list.not-yet-valid"], at: after(days: -1)) { $0.lists[0].pem },
        file("A damaged list", raises: ["revocation-list.malformed"]) { _ in
            PEMBlock(label: "X509 CRL", bytes: [0x30, 3, 2, 1]).text
        },
        file("A list of another CA", raises: ["revocation-list.foreign"], knowsCA: true) { _ in
            try Material(.rootAlone).lists[0].pem
        },
        file("A key whose private half was changed", raises: ["key.malformed"], mode: 0o600) {
            try #require($0.issued.privateKey).damaged()
        },
        file("An encrypted key that was damaged", raises: ["key.malformed"]) { _ in
            PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: [0x30, 0]).text
        },
        file("A key that the group can read", raises: ["key.readable"], mode: 0o640) {
            try #require($0.issued.privateKey).text()
        },
        file("A key that everybody can read, after its certificate", raises: ["key.readable"], mode: 0o604) {
            $0.issued.chainPEM + (try #require($0.issued.privateKey).text())
        },
        file("A damaged key", raises: ["key.malformed"], mode: 0o600) { _ in
            PEMBlock(label: "PRIVATE KEY", bytes: [0x30, 3, 2, 1]).text
        },
        file("A certificate and another one's key", raises: ["pair.mismatch"], mode: 0o600) {
            $0.issued.certificate.pem + (try PrivateKey.generate(.ecP256).text())
        },
        .anywhere("A revoked certificate", raises: ["certificate.revoked"]) {
            let (material, issued) = try revoked()
            return try findings(issued.chainPEM, material, knowsCA: true)
        },
    ]

    private static func file(
        _ what: String, raises expected: Set<String>, at time: Date = now, knowsCA: Bool = false, mode: mode_t = 0o644,
        _ text: @escaping @Sendable (Material) throws -> String
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let material = try Material.shared(.rootAlone)
            return try findings(text(material), material, at: time, knowsCA: knowsCA, mode: mode)
        }
    }

    private static func findings(
        _ text: String, _ material: Material, at time: Date = now, knowsCA: Bool = false, mode: mode_t = 0o644
    ) throws -> [Finding] {
        let scratch = try TemporaryDirectory()
        let path = FilePath(try scratch.write(text, to: "file.pem"))
        chmod(path.string, mode)
        let verifier = Verifier(layout: .sendmail, authority: knowsCA ? material.authority : nil, now: time)
        let report = try verifier.verify(file: path)
        #expect(report.subjects == [path.string])
        #expect(report.findings.allSatisfy { $0.subject == path.string })
        return report.findings
    }

    /// In OpenSSL's own form: trusted as a server's (id-kp-serverAuth).
    private static func trusted(_ certificate: Certificate) -> String {
        let settings: [UInt8] = [0x30, 12, 0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1]
        return PEMBlock(label: "TRUSTED CERTIFICATE", bytes: certificate.der + settings).text
    }

    @Test("OpenSSL's own form is called by its name, with what takes the certificate out of it")
    func trustedForm() throws {
        let material = try Material.shared(.rootAlone)
        let text = Self.trusted(material.issued.certificate)
        let finding = try #require(try Self.findings(text, material).first)
        #expect(finding.message.hasPrefix("it is a TRUSTED CERTIFICATE, a form of OpenSSL's own"))
        #expect(finding.severity == .error)
        // What the remedy names makes one that is right.
        let taken = try Command.run("openssl", ["x509"], input: text, package: "openssl")
        #expect(taken.stdout == material.issued.certificate.pem)
        #expect(try Self.findings(taken.stdout, material) == [])
    }

    /// A user's certificate that its CA took back.
    private static func revoked() throws -> (Material, IssuedCertificate) {
        let material = try Material(.issuingCA)
        let authority = try #require(material.authority)
        let issued = try authority.issue(.client("user@example.org"))
        try authority.revoke(issued.serialNumber, reason: .keyCompromise)
        return (material, issued)
    }

    @Test("What is wrong with a file is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("Nothing is found in a file that is right", arguments: [Layout.rootAlone, .issuingCA], [false, true])
    func clean(layout: Layout, knowsCA: Bool) throws {
        let material = try Material.shared(layout)
        let key = try #require(material.issued.privateKey)
        let encrypted = String(
            decoding: try key.encryptedPEM(passphrase: SecretBytes("secret".utf8)), as: UTF8.self)
        for (text, mode) in [
            (material.issued.chainPEM, 0o644), (material.issued.certificate.pem, 0o644),
            (material.root.certificate.pem, 0o644), (material.signer.certificate.pem, 0o644),
            (material.lists.map(\.pem).joined(), 0o644), (try key.text(), 0o600), (encrypted, 0o644),
            (material.issued.chainPEM + (try key.text()), 0o600),
            ("Bag Attributes\n\n" + material.issued.certificate.pem + "trailing text\n", 0o644),
        ] {
            #expect(try Self.findings(text, material, knowsCA: knowsCA, mode: mode_t(mode)) == [])
        }
    }

    @Test("A revoked certificate says since when and why; without the CA nobody knows")
    func revocation() throws {
        let (material, issued) = try Self.revoked()
        let finding = try #require(try Self.findings(issued.chainPEM, material, knowsCA: true).first)
        #expect(finding.message == "it was revoked on 2027-01-15 08:00:00 UTC (keyCompromise)")
        #expect(finding.severity == .error)
        #expect(try Self.findings(issued.chainPEM, material) == [])
    }

    @Test(
        "What is no certificate, key or list is refused, with what to give",
        arguments: [
            "", "garbage\n", "\u{0}\u{1}\u{2}", "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            PEMBlock(label: "DH PARAMETERS", bytes: [0x30, 0]).text,
        ])
    func nothingOfTheKind(text: String) throws {
        let scratch = try TemporaryDirectory()
        let path = FilePath(try scratch.write(text, to: "file.pem"))
        let error = #expect(throws: MailCAError.self) {
            try Verifier(layout: .sendmail, now: now).verify(file: path)
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains(path.string) == true)
        #expect(error?.hint?.contains("PEM") == true)
    }

    @Test("A file that is not there, and a directory, are refused")
    func noFile() throws {
        let scratch = try TemporaryDirectory()
        let verifier = Verifier(layout: .sendmail, now: now)
        let missing = #expect(throws: MailCAError.self) { try verifier.verify(file: FilePath(scratch.file("nowhere"))) }
        #expect(missing?.code == .notFound)
        let directory = #expect(throws: MailCAError.self) { try verifier.verify(file: FilePath(scratch.path)) }
        #expect(directory?.code == .damaged)
    }
}
