import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("A PKCS #12 file, verified")
struct VerifierPKCS12Tests {
    private static let password = "kudo-4nev-ta6o-9wip-zuma"

    static let mistakes: [Mistake] = [
        exported("An empty file of the kind", raises: ["pkcs12.malformed"]) { Array($0.prefix(60)) },
        exported("A wrong password", raises: ["pkcs12.wrong-password"] + old, password: "another"),
        exported(
            "No MAC", ["-nomac"], raises: ["pkcs12.no-mac", "pkcs12.not-importable"]),
        exported("A key that is not encrypted", ["-keypbe", "NONE"], raises: ["pkcs12.key-not-encrypted"] + old),
        exported(
            "A cipher of 40 bits",
            ["-legacy", "-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"],
            raises: ["pkcs12.weak", "pkcs12.not-importable"]),
        exported("A certificate that ended", raises: ["certificate.expired"] + old, at: after(days: 400)),
        exported("No friendly name", name: nil, raises: ["pkcs12.no-name"] + old),
        exported("Another one's key", raises: ["pkcs12.unusable"] + old, otherKey: true),
        exported(
            "Iterations without an end", ["-iter", "9000000", "-nomaciter", "-certpbe", "NONE"],
            raises: ["pkcs12.iterations"] + old),
        .anywhere(
            "The issuing CA's certificate left out", raises: ["pkcs12.chain-incomplete", "pkcs12.not-importable"]
        ) {
            let material = try Material.shared(.issuingCA)
            return try findings(export(material, [], chain: false), material, knowsCA: true)
        },
        .anywhere("A revoked certificate", raises: ["certificate.revoked", "pkcs12.not-importable"]) {
            let material = try Material(.rootAlone)
            try #require(material.authority).revoke(material.issued.serialNumber, reason: .keyCompromise)
            return try findings(export(material), material, knowsCA: true)
        },
    ]

    /// What old systems make of every file that is made as one should be today.
    private static let old = ["pkcs12.not-importable"]

    private static func exported(
        _ what: String, _ options: [String] = [], name: String? = "user", raises expected: [String],
        password: String = password, at time: Date = now, otherKey: Bool = false,
        _ change: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) -> Mistake {
        .anywhere(what, raises: Set(expected)) {
            let material = try Material.shared(.rootAlone)
            let bytes = try otherKey ? strangers(material) : export(material, options, name: name)
            return try findings(change(bytes), material, password: password, at: time)
        }
    }

    /// A file made by OpenSSL of what the CA signed.
    private static func export(
        _ material: Material, _ options: [String] = [], name: String? = "user", chain: Bool = true
    ) throws -> [UInt8] {
        let scratch = try TemporaryDirectory()
        let pem = (chain ? material.issued.chainPEM : material.issued.certificate.pem)
        let input = try scratch.write(pem + (try #require(material.issued.privateKey).text()), to: "in.pem")
        let passwordFile = try scratch.write(password + "\n", to: "password")
        let output = scratch.file("out.p12")
        let outcome = try Command.run(
            "openssl",
            ["pkcs12", "-export", "-in", input, "-out", output, "-passout", "file:\(passwordFile)"]
                + (name.map { ["-name", $0] } ?? []) + options, package: "openssl")
        #expect(outcome.status == 0, "\(outcome.everything)")
        return try FileContent.read(FilePath(output))
    }

    /// One whose key is not that of its certificate.
    private static func strangers(_ material: Material) throws -> [UInt8] {
        let scratch = try TemporaryDirectory()
        let certificate = try scratch.write(material.issued.certificate.pem, to: "cert.pem")
        let key = try scratch.write(PrivateKey.generate(.ecP256).text(), to: "key.pem")
        let output = scratch.file("out.p12")
        // A file with the key alone, and the certificate as one of others.
        let outcome = try Command.run(
            "openssl",
            ["pkcs12", "-export", "-nocerts", "-inkey", key, "-in", key, "-certfile", certificate, "-out", output]
                + ["-name", "user", "-passout", "pass:\(password)"], package: "openssl")
        #expect(outcome.status == 0, "\(outcome.everything)")
        return try FileContent.read(FilePath(output))
    }

    private static func report(
        _ bytes: [UInt8], _ material: Material, knowsCA: Bool = false, password: String? = password, at time: Date = now
    ) throws -> Report {
        let scratch = try TemporaryDirectory()
        let path = FilePath(scratch.file("user.bin"))
        try Data(bytes).write(to: URL(fileURLWithPath: path.string))
        let verifier = Verifier(layout: .sendmail, authority: knowsCA ? material.authority : nil, now: time)
        return try verifier.verify(file: path) { (_) throws(MailCAError) in password.map { SecretBytes($0.utf8) } }
    }

    private static func findings(
        _ bytes: [UInt8], _ material: Material, knowsCA: Bool = false, password: String? = password, at time: Date = now
    ) throws -> [Finding] {
        try report(bytes, material, knowsCA: knowsCA, password: password, at: time).findings
    }

    @Test("What is wrong with it is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("What is made today is right; old systems are named in a note, and so is the command for them")
    func sound() throws {
        let material = try Material.shared(.issuingCA)
        let report = try Self.report(Self.export(material), material, knowsCA: true)
        #expect(report.findings.map(\.severity) == [.note], "\(report.findings)")
        #expect(report.findings.first?.remedy.contains("--compat") == true)
        let detail = try #require(report.files.first)
        #expect(detail.importers.count == Importer.allCases.count)
        #expect(detail.importers.first { $0.importer == .oldMacOS }?.verdict.answer == .no)
        #expect(detail.lines.contains { $0.hasPrefix("key: AES-256-CBC, PBKDF2 with SHA-256, 2048 iterations") })
        #expect(detail.lines.contains("friendly name user"))
        #expect(detail.lines.contains("1 certificates of its issuers"))
    }

    @Test("What --compat makes can be imported by all of them")
    func compatible() throws {
        let material = try Material.shared(.rootAlone)
        let contents = PKCS12(
            key: try #require(material.issued.privateKey), certificate: material.issued.certificate, chain: [],
            friendlyName: "user")
        let bytes = try contents.encode(password: SecretBytes(Self.password.utf8), protection: .insecureCompatible)
        let report = try Self.report(bytes, material)
        #expect(report.findings == [], "\(report.findings)")
        #expect(report.files.first?.importers.allSatisfy { $0.verdict.answer == .yes } == true, "\(report.files)")
    }

    @Test("Without the password the outside is looked at, and that it was no more is said")
    func outside() throws {
        let material = try Material.shared(.rootAlone)
        let report = try Self.report(Self.export(material), material, password: nil, at: after(days: 400))
        #expect(report.findings.map(\.id) == ["pkcs12.not-importable"])
        #expect(report.files.first?.lines.contains("not opened, for want of the password") == true)
    }
}
