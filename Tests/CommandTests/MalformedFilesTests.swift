import Foundation
import TestSupport
import Testing

/// The program itself, shown files that are broken. What the library makes of a thousand of each kind is seen in
/// MailVerifyTests.
@Suite("mailca verify, shown broken files")
struct MalformedFilesTests {
    private static let count = 40

    /// Files that commands leave, with the label of the PEM in them.
    private static let files = [
        "cert.pem": "CERTIFICATE", "cacert.pem": "CERTIFICATE", "crl.pem": "X509 CRL", "privkey.pem": "PRIVATE KEY",
    ]

    @Test("No broken file passes, and something is said of each", arguments: files.keys.sorted())
    func broken(name: String) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        let text = try place.read("etc/certs/\(name)")
        let der = try CertificateFile.blocks(text)[0].der
        var mutator = PEMMutator(text, der: der, label: try #require(Self.files[name]), seed: Mutations.seed)
        var index = 0
        while index < Self.count {
            let mutant = mutator.next()
            // Lines that were broken elsewhere hold the same.
            if holdsTheSame(mutant.bytes, der) { continue }
            index += 1
            let path = place.file("broken.pem")
            try Data(mutant.bytes).write(to: URL(fileURLWithPath: path))
            chmod(path, 0o600)
            let outcome = try place.mailca(["verify", path])
            // A key has more than one encoding.
            if outcome.status == 0, try isSameKey(path, text) { continue }
            let what = Mutations.label(name, index, mutant.what)
            #expect([1, 65, 66].contains(outcome.status), "\(what): \(outcome.everything)")
            #expect(outcome.stdout.count + outcome.stderr.count > 20, "\(what)")
        }
    }

    private func isSameKey(_ path: String, _ text: String) throws -> Bool {
        let outcome = try Command.run("openssl", ["pkey", "-in", path], package: "openssl")
        return outcome.status == 0 && outcome.stdout == text
    }

    private func holdsTheSame(_ bytes: [UInt8], _ der: [UInt8]) -> Bool {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
            !$0.contains("-----") && !$0.contains(":")
        }
        return Data(base64Encoded: lines.joined(), options: .ignoreUnknownCharacters) == Data(der)
    }
}
