import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("A request, and files in DER, verified")
struct VerifierRequestTests {
    static let mistakes: [Mistake] = [
        .anywhere("A request that cannot be read", raises: ["request.malformed"]) {
            try findings(Array(PEMBlock(label: "CERTIFICATE REQUEST", bytes: [0x30, 0]).text.utf8))
        },
        .anywhere("A request that somebody changed", raises: ["request.signature"]) {
            var der = try request()
            der[der.count - 1] ^= 1
            return try findings(der)
        },
        made("A short RSA key", ["-newkey", "rsa:1024"], raises: ["request.key"]),
        made(
            "An RSA key with the exponent 3", ["-newkey", "rsa:2048", "-pkeyopt", "rsa_keygen_pubexp:3"],
            raises: ["request.key"]),
        made(
            "A curve that nobody takes", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            raises: ["request.key"]),
        made(
            "No names", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], subject: "/O=Example",
            raises: ["request.names"]),
        .anywhere("A host outside the CA's domains", raises: ["request.refused"]) {
            try findings(request("mail.elsewhere.test"), knowsCA: true)
        },
        .anywhere("A user's request for an address outside the CA's domains", raises: ["request.refused"]) {
            try findings(request("taro@elsewhere.test"), knowsCA: true)
        },
        .anywhere("A list without a number, in DER", raises: ["revocation-list.no-number"]) {
            try findings(withoutNumber())
        },
    ]

    private static func request(_ name: String = "mail.example.org") throws -> [UInt8] {
        let key = try PrivateKey.generate(.ecP256)
        let request = try CertificateRequest(subject: DistinguishedName([.commonName(name)]), key: key)
        return try #require(PEMBlock.blocks(in: Array(request.pem().utf8)).first).bytes
    }

    private static func made(
        _ what: String, _ options: [String], subject: String = "/CN=mail.example.org", raises expected: Set<String>
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let scratch = try TemporaryDirectory()
            let output = scratch.file("request.pem")
            let outcome = try Command.run(
                "openssl",
                ["req", "-new", "-noenc", "-subj", subject, "-keyout", scratch.file("key.pem"), "-out", output]
                    + options,
                package: "openssl")
            #expect(outcome.status == 0, "\(outcome.everything)")
            return try findings(FileContent.read(FilePath(output)))
        }
    }

    /// A list of version 1, made by OpenSSL.
    private static func withoutNumber() throws -> [UInt8] {
        let scratch = try TemporaryDirectory()
        let material = try Material.shared(.rootAlone)
        let certificate = try scratch.write(material.root.certificate.pem, to: "ca.pem")
        let key = try scratch.write(material.root.key.text(), to: "ca.key")
        try scratch.write("", to: "index.txt")
        let configuration = try scratch.write(
            "[ca]\ndefault_ca = d\n[d]\ndatabase = \(scratch.file("index.txt"))\ndefault_md = sha256\n", to: "ca.cnf")
        let (start, end) = ("20270101000000Z", "20271231000000Z")
        let outcome = try Command.run(
            "openssl",
            ["ca", "-gencrl", "-config", configuration, "-cert", certificate, "-keyfile", key]
                + ["-crl_lastupdate", start, "-crl_nextupdate", end, "-out", scratch.file("crl.pem")],
            package: "openssl")
        #expect(outcome.status == 0, "\(outcome.everything)")
        return try #require(PEMBlock.blocks(in: FileContent.read(FilePath(scratch.file("crl.pem")))).first).bytes
    }

    private static func report(_ bytes: [UInt8], knowsCA: Bool = false, mode: mode_t = 0o600) throws -> Report {
        let scratch = try TemporaryDirectory()
        let path = FilePath(scratch.file("file.bin"))
        try Data(bytes).write(to: URL(fileURLWithPath: path.string))
        chmod(path.string, mode)
        let authority = knowsCA ? try Material.shared(.rootAlone).authority : nil
        return try Verifier(layout: .sendmail, authority: authority, now: now).verify(file: path)
    }

    private static func findings(_ bytes: [UInt8], knowsCA: Bool = false) throws -> [Finding] {
        try report(bytes, knowsCA: knowsCA).findings
    }

    @Test("What is wrong is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A request that the CA would sign has nothing wrong with it, in PEM and in DER")
    func sound() throws {
        for name in ["mail.example.org", "taro@example.org"] {
            let der = try Self.request(name)
            for bytes in [der, Array(PEMBlock(label: "CERTIFICATE REQUEST", bytes: der).text.utf8)] {
                let report = try Self.report(bytes, knowsCA: true)
                #expect(report.findings == [])
                let kind = name.contains("@") ? "user" : "server"
                #expect(report.files.first?.kind == "request")
                #expect(report.files.first?.lines.last == "asks for a \(kind)'s certificate: \(name)")
            }
        }
    }

    @Test("Certificate, list and key in DER are told by what is in them")
    func der() throws {
        let material = try Material.shared(.rootAlone)
        #expect(try Self.report(material.issued.certificate.der, knowsCA: true).findings == [])
        let list = try Self.report(material.lists[0].der, knowsCA: true)
        #expect(list.findings == [])
        #expect(list.files.first?.lines.contains { $0.hasSuffix(", 0 revoked") } == true, "\(list)")
        let text = try #require(material.issued.privateKey).text()
        let key = try #require(PEMBlock.blocks(in: Array(text.utf8)).first).bytes
        #expect(try Self.report(key).findings == [])
        #expect(try Self.report(key, mode: 0o644).findings.map(\.id) == ["key.readable"])
    }
}
