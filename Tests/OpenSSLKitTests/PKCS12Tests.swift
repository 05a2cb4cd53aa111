import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("PKCS12")
struct PKCS12Tests {
    private let bundle: PKCS12
    private let password = SecretBytes("correct horse")

    init() throws {
        let root = try Issuer.root()
        let issuing = try Issuer(.authority("Test Issuing", pathLength: 0), by: root)
        let draft = try Draft.leaf(.clientAuth, .rfc822Name("taro@example.org"))
        bundle = PKCS12(
            key: draft.key, certificate: try draft.signed(by: issuing), chain: [issuing.certificate, root.certificate],
            friendlyName: "Tarō <taro@example.org>")
    }

    private func inOpenSSL(_ der: [UInt8], _ arguments: [String], password: String = "correct horse") throws
        -> Command.Outcome
    {
        let directory = try TemporaryDirectory()
        try Data(der).write(to: directory.url.appending(path: "file.p12"))
        return try Command.run(
            "openssl", ["pkcs12", "-in", directory.file("file.p12"), "-passin", "pass:\(password)"] + arguments,
            package: "openssl")
    }

    @Test("Key, certificate, chain and name come back", arguments: PKCS12.Protection.allCases)
    func roundTrip(protection: PKCS12.Protection) throws {
        let read = try PKCS12(der: bundle.encode(password: password, protection: protection), password: password)
        #expect(read.key.publicKey == bundle.key.publicKey)
        #expect(read.key.matches(try read.certificate.publicKey()))
        #expect([UInt8](try read.key.pkcs8()) == [UInt8](try bundle.key.pkcs8()))
        #expect(read.certificate == bundle.certificate)
        #expect(read.chain == bundle.chain)
        #expect(read.friendlyName == "Tarō <taro@example.org>")
    }

    @Test("Neither a chain nor a name has to be in it")
    func bare() throws {
        let bare = PKCS12(key: bundle.key, certificate: bundle.certificate, chain: [], friendlyName: nil)
        let read = try PKCS12(der: bare.encode(password: password), password: password)
        #expect(read.certificate == bundle.certificate)
        #expect(read.chain.isEmpty)
        #expect(read.friendlyName == nil)
    }

    @Test("Every kind of key can be put into it", arguments: KeyAlgorithm.allCases)
    func keys(algorithm: KeyAlgorithm) throws {
        var draft = try Draft(bare: CertificateExtensions())
        draft.key = try Keys.key(algorithm)
        let file = try PKCS12(key: draft.key, certificate: draft.signedAsIs(), chain: [], friendlyName: nil)
            .encode(password: password)
        #expect(try PKCS12(der: file, password: password).key.publicKey == draft.key.publicKey)
    }

    @Test("A wrong password is told from a damaged file", arguments: PKCS12.Protection.allCases)
    func wrongPassword(protection: PKCS12.Protection) throws {
        let file = try bundle.encode(password: password, protection: protection)
        for wrong in ["wrong", "", "correct hors", "correct horse ", "Correct horse"] {
            #expect(throws: PrivateKeyError.wrongPassphrase) { try PKCS12(der: file, password: SecretBytes(wrong)) }
        }
    }

    @Test("An empty password is refused", arguments: PKCS12.Protection.allCases)
    func emptyPassword(protection: PKCS12.Protection) throws {
        let error = try #require(
            #expect(throws: OpenSSLError.self) {
                try bundle.encode(password: SecretBytes([]), protection: protection)
            })
        #expect(error.description.contains("empty password"))
    }

    @Test("What is no PKCS #12 file is unreadable")
    func damaged() throws {
        let file = try bundle.encode(password: password)
        for bytes in [[], Array(file.dropLast()), file + [0], bundle.certificate.der, Array("PKCS #12".utf8)] {
            let error = try #require(
                #expect(throws: PrivateKeyError.self) { try PKCS12(der: bytes, password: password) })
            guard case .unreadable = error else {
                Issue.record("it is said to be \(error)")
                continue
            }
        }
    }

    @Test("A file without a key or without its certificate is unreadable")
    func incomplete() throws {
        let directory = try TemporaryDirectory()
        try directory.write(bundle.certificate.pem, to: "certificate")
        try openssl([
            "pkcs12", "-export", "-nokeys", "-in", directory.file("certificate"), "-out", directory.file("file.p12"),
            "-passout", "pass:correct horse",
        ])
        let bytes = [UInt8](try Data(contentsOf: directory.url.appending(path: "file.p12")))
        let error = try #require(#expect(throws: PrivateKeyError.self) { try PKCS12(der: bytes, password: password) })
        #expect(error != .wrongPassphrase)
    }

    @Test("OpenSSL sees AES-256, PBKDF2 and a SHA-256 MAC in a modern file")
    func modern() throws {
        let outcome = try inOpenSSL(bundle.encode(password: password), ["-info", "-noout"])
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stderr.contains("MAC: sha256, Iteration 2048"))
        let bags = outcome.stderr.split(separator: "\n").filter { $0.contains("PBES2") }
        #expect(bags.count == 2, "\(outcome.stderr)")
        #expect(bags.allSatisfy { $0.contains("PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256") })
    }

    @Test("OpenSSL sees triple DES and a SHA-1 MAC in a compatible file, without its legacy provider")
    func compatible() throws {
        let outcome = try inOpenSSL(
            bundle.encode(password: password, protection: .insecureCompatible), ["-info", "-noout"])
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stderr.contains("MAC: sha1, Iteration 2048"))
        let bags = outcome.stderr.split(separator: "\n").filter { $0.contains("pbeWithSHA1And3-KeyTripleDES-CBC") }
        #expect(bags.count == 2, "\(outcome.stderr)")
        #expect(!outcome.stderr.contains("RC2"))
    }

    @Test("The iterations are those that were asked for")
    func iterations() throws {
        let outcome = try inOpenSSL(bundle.encode(password: password, iterations: 10_000), ["-info", "-noout"])
        #expect(outcome.stderr.contains("MAC: sha256, Iteration 10000"))
        #expect(outcome.stderr.contains("AES-256-CBC, Iteration 10000"))
    }

    @Test("OpenSSL finds the key, three certificates and the name")
    func readByOpenSSL() throws {
        let outcome = try inOpenSSL(bundle.encode(password: password), ["-nodes"])
        let blocks = try PEMBlock.blocks(in: Array(outcome.stdout.utf8))
        #expect(
            Set(blocks.filter { $0.label == "CERTIFICATE" }.map(\.bytes))
                == Set(([bundle.certificate] + bundle.chain).map(\.der)))
        #expect(blocks.filter { $0.label == "PRIVATE KEY" }.map(\.bytes) == [[UInt8](try bundle.key.pkcs8())])
        #expect(outcome.stdout.contains("friendlyName: Tar"))
    }

    @Test("Each file is another, since its salt is")
    func salt() throws {
        #expect(try bundle.encode(password: password) != bundle.encode(password: password))
    }
}
