import Foundation
import TestSupport
import Testing

/// The program itself, shown files that are broken. What the library makes of a thousand of each kind is seen in
/// MailVerifyTests.
@Suite("mailca verify, shown broken files", .onThreads)
struct MalformedFilesTests {
    private static let count = 40

    /// What is broken: as commands leave it, and a request by openssl.
    enum Kind: String, CaseIterable {
        case certificate, authority, list, request, key

        /// Of the PEM.
        var label: String {
            switch self {
            case .certificate, .authority: "CERTIFICATE"
            case .list: "X509 CRL"
            case .request: "CERTIFICATE REQUEST"
            case .key: "PRIVATE KEY"
            }
        }

        /// What is in a file that is right.
        func der(_ place: Place) throws -> [UInt8] {
            let names: [Kind: String] = [
                .certificate: "cert.pem", .authority: "cacert.pem", .list: "crl.pem", .key: "privkey.pem",
            ]
            var path = place.file("users/a.csr")
            if let name = names[self] {
                try place.run(["issue-server", "mail.example.org"])
                path = "\(place.certs)/\(name)"
            } else {
                try CertificateFile.openssl([
                    "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-out", path,
                    "-keyout", place.file("users/a.key"), "-subj", "/CN=mail.example.org", "-addext",
                    "subjectAltName=DNS:mail.example.org",
                ])
            }
            return try CertificateFile.blocks(String(contentsOfFile: path, encoding: .utf8))[0].der
        }
    }

    private let place: Place
    private let path: String

    init() throws {
        place = try Place(.open)
        path = place.file("broken")
    }

    @Test("No broken file in PEM passes, and something is said of each", arguments: Kind.allCases)
    func pem(kind: Kind) throws {
        let der = try kind.der(place)
        let sound = PEMMutator.block(kind.label, der)
        var mutator = PEMMutator(
            String(decoding: sound, as: UTF8.self), der: der, label: kind.label, seed: Mutations.seed)
        try look("\(kind) in PEM", sound) {
            while true {
                let mutant = mutator.next()
                // Lines that were broken elsewhere hold the same.
                if !holdsTheSame(mutant.bytes, der) { return mutant }
            }
        } passes: {
            try passes(kind, der)
        }
    }

    @Test("No broken file in DER passes, and something is said of each", arguments: Kind.allCases)
    func der(kind: Kind) throws {
        let der = try kind.der(place)
        var mutator = DERMutator(der, seed: Mutations.seed)
        try look("\(kind) in DER", der) {
            mutator.next()
        } passes: {
            try passes(kind, der)
        }
    }

    @Test("No broken PKCS #12 file passes, and something is said of each")
    func pkcs12() throws {
        let password = ["--password-file", place.passwordFile]
        try place.run(["issue-client", "taro@example.org", "--out", place.out] + password)
        let sound = "\(place.out)/taro@example.org.p12"
        let der = [UInt8](try Data(contentsOf: URL(fileURLWithPath: sound)))
        let content = try content(ofPKCS12: sound)
        var mutator = DERMutator(der, seed: Mutations.seed)
        // That there is no MAC is a warning.
        try look("PKCS #12", der, options: password + ["--fail-on", "warning"]) {
            mutator.next()
        } passes: {
            // The MAC does not cover how the outermost lengths are written.
            try self.content(ofPKCS12: path) == content
        }
    }

    /// Shows the file as it was, and as many broken ones as there are to be.
    /// - Parameter passes: whether what is in the file now is nevertheless right.
    private func look(
        _ what: String, _ sound: [UInt8], options: [String] = [], _ next: () -> DERMutator.Mutant,
        passes: () throws -> Bool
    ) throws {
        let outcome = try verify(sound, options)
        #expect(outcome.status == 0, "\(what): \(outcome.everything)")
        for index in 0..<Self.count {
            let mutant = next()
            let outcome = try verify(mutant.bytes, options)
            if outcome.status == 0, try passes() { continue }
            let label = Mutations.label(what, index, mutant.what)
            #expect([1, 65, 66].contains(outcome.status), "\(label): \(outcome.everything)")
            #expect(outcome.stdout.count + outcome.stderr.count > 20, "\(label)")
        }
    }

    private func verify(_ bytes: [UInt8], _ options: [String]) throws -> Command.Outcome {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        return try place.mailca(["verify", path] + options)
    }

    /// Whether what is in the file is right, though not as it was.
    private func passes(_ kind: Kind, _ der: [UInt8]) throws -> Bool {
        switch kind {
        case .certificate, .authority, .list: return false
        case .request:
            // All of it is signed but the parameters of the signature's algorithm, of which there are none.
            let broken = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let blocks = try? CertificateFile.blocks(String(decoding: broken, as: UTF8.self))
            let tree = try #require(DERNode(blocks?.first?.der ?? broken))
            return tree.children.first == DERNode(der)?.children.first
        case .key:
            // A key has more than one encoding.
            let sound = PEMMutator.block(kind.label, der)
            return try ["PEM", "DER"].contains { form in
                let outcome = try Command.run("openssl", ["pkey", "-inform", form, "-in", path], package: "openssl")
                return outcome.status == 0 && Array(outcome.stdout.utf8) == sound
            }
        }
    }

    /// The keys and certificates in a PKCS #12 file, with their names.
    private func content(ofPKCS12 path: String) throws -> String {
        try CertificateFile.openssl(["pkcs12", "-in", path, "-nodes", "-passin", "pass:\(Place.password)"])
    }

    private func holdsTheSame(_ bytes: [UInt8], _ der: [UInt8]) -> Bool {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
            !$0.contains("-----") && !$0.contains(":")
        }
        return Data(base64Encoded: lines.joined(), options: .ignoreUnknownCharacters) == Data(der)
    }
}
