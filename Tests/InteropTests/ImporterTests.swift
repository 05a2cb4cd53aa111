import Foundation
import TestSupport
import Testing

/// What `mailca verify` says of who can import a file, against those who are here.
@Suite("Who can import a PKCS #12 file", .onThreads)
struct ImporterTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let options: [String]
        var password = "secret123"

        private static func of(_ cipher: String, _ more: [String] = []) -> Variant {
            Variant(testDescription: cipher, options: ["-keypbe", cipher, "-certpbe", cipher] + more)
        }

        static let all =
            ["AES-256-CBC", "AES-192-CBC", "DES-EDE3-CBC", "CAMELLIA-256-CBC", "ARIA-256-CBC"].map { of($0) }
            + ["3DES", "2DES"].map { of("PBE-SHA1-\($0)", ["-macalg", "sha1"]) }
            + ["RC2-128", "RC2-40", "RC4-128", "RC4-40"].map { of("PBE-SHA1-\($0)", ["-legacy", "-macalg", "sha1"]) }
            + [of("PBE-MD5-DES", ["-legacy"]), of("DES-CBC", ["-legacy"])]
            + ["md5", "sha512", "sha3-256"].map { Variant(testDescription: "MAC \($0)", options: ["-macalg", $0]) }
            + [
                Variant(testDescription: "no MAC", options: ["-nomac"]),
                Variant(testDescription: "a key that is not encrypted", options: ["-keypbe", "NONE"]),
                Variant(testDescription: "certificates that are not encrypted", options: ["-certpbe", "NONE"]),
                Variant(
                    testDescription: "more iterations than Java takes", options: ["-iter", "5000001", "-nomaciter"]),
                Variant(testDescription: "an empty password", options: [], password: ""),
                Variant(testDescription: "a password beyond ASCII", options: [], password: "pässwörd"),
            ]
    }

    private struct Report: Decodable {
        struct File: Decodable {
            struct Importer: Decodable {
                let id, answer: String
                let reason: String?
                let tried: Bool
            }
            let importers: [Importer]
        }
        let files: [File]
    }

    @Test("is said as it is", arguments: Variant.all)
    func verdicts(variant: Variant) throws {
        let place = try Imported(variant)
        let outcome = try Command.mailca(
            ["verify", place.file, "--json", "--password-file", place.passwordFile],
            environment: ["MAILCA_HOME": place.folder.file("none")])
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.stdout.utf8))
        let said = try #require(report.files.first).importers
        for (name, found) in try place.imports() {
            let verdict = try #require(said.first { $0.id == name })
            #expect(verdict.tried)
            #expect(verdict.answer == (found.accepted ? "yes" : "no"), "\(name): \(found.said)")
            #expect((verdict.reason == nil) == found.accepted, "\(name)")
        }
    }
}

/// A file of one kind, and what becomes of it.
private struct Imported {
    let folder: TemporaryDirectory
    let file: String
    let passwordFile: String
    let variant: ImporterTests.Variant

    init(_ variant: ImporterTests.Variant) throws {
        self.variant = variant
        folder = try TemporaryDirectory()
        file = folder.file("user.p12")
        passwordFile = try folder.write(variant.password + "\n", to: "password")
        chmod(passwordFile, 0o600)
        let (key, certificate) = (folder.file("key.pem"), folder.file("cert.pem"))
        try require([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-out",
            certificate, "-subj", "/CN=user@example.org", "-days", "300", "-addext", "extendedKeyUsage=clientAuth",
        ])
        try require(
            ["pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", file, "-name", "user"]
                + ["-passout", "file:\(passwordFile)"] + variant.options)
    }

    private func require(_ arguments: [String]) throws {
        let outcome = try OpenSSL.run(arguments)
        guard outcome.status == 0 else { throw AuthorityFiles.Failed(arguments: arguments, outcome: outcome) }
    }

    /// Whether each of those who are here imports key and certificate.
    func imports() throws -> [String: Verdict] {
        let openSSL = try OpenSSL.run(["pkcs12", "-in", file, "-passin", "file:\(passwordFile)", "-noenc"])
        let nss = try NSS()
        let pk12util = try nss.run("pk12util", ["-i", file, "-w", passwordFile, "-K", ""])
        let list = try nss.run("certutil", ["-L"])
        let keytool = try Java.keytool(
            ["-importkeystore", "-noprompt", "-srcstoretype", "PKCS12", "-srckeystore", file]
                + ["-srcstorepass", variant.password, "-deststoretype", "PKCS12", "-deststorepass", "abcdefgh"]
                + ["-destkeystore", folder.file("imported.p12")])
        let certtool = try GnuTLS.certtool(
            ["--p12-info", "--inder", "--password", variant.password, "--infile", file])
        func holds(_ outcome: Command.Outcome) -> Bool {
            outcome.status == 0 && outcome.everything.contains("BEGIN CERTIFICATE")
                && outcome.everything.contains("PRIVATE KEY-----")
        }
        return [
            "openssl-3": Verdict(accepted: holds(openSSL), said: openSSL.stderr),
            "nss": Verdict(accepted: list.stdout.contains("u,u,u"), said: pk12util.everything),
            "java": Verdict(
                accepted: keytool.everything.contains("1 entries successfully imported"), said: keytool.everything),
            "gnutls": Verdict(accepted: holds(certtool), said: certtool.everything),
        ]
    }
}
