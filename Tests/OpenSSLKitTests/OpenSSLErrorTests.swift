import OpenSSLKit
import Testing

@Suite("OpenSSLError")
struct OpenSSLErrorTests {
    /// A failure whose error is whatever the queue holds, its own entries last.
    private func fail() throws -> OpenSSLError {
        try #require(#expect(throws: OpenSSLError.self) { try DistinguishedName([.init("noSuchType", "x")]) })
    }

    @Test("It says what was being done, and why it failed in OpenSSL's words")
    func description() throws {
        let error = try fail()
        #expect(error.operation == "put noSuchType into a name")
        #expect(!error.entries.isEmpty)
        #expect(error.detail == nil)
        #expect(error.entries.allSatisfy { $0.code != 0 && !$0.reason.isEmpty && !$0.library.isEmpty })
        let reasons = error.entries.map(\.reason).joined(separator: "; ")
        #expect(error.description == "could not put noSuchType into a name: \(reasons)")
    }

    @Test("A failure that this library saw itself gives its own reason")
    func detail() throws {
        let error = try #require(#expect(throws: OpenSSLError.self) { try Certificate.all(pem: []) })
        #expect(error.entries.isEmpty)
        #expect(error.description == "could not read the certificate: there is no CERTIFICATE block")
    }

    @Test("A failure leaves nothing behind that a later one would report as its own")
    func queueIsEmpty() throws {
        let alone = try fail().entries
        let root = try Issuer.root()
        let leaf = try Draft.leaf(.serverAuth).signed(by: root)
        let stranger = try Issuer.root(key: .ed25519).certificate
        let encrypted = try openssl(
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-passout", "pass:right"],
            input: Keys.key(.ecP256).plainText())
        let bundle = try PKCS12(key: root.key, certificate: root.certificate, chain: [], friendlyName: nil)
            .encode(password: SecretBytes("right"))
        let store = try TrustStore(roots: [stranger])
        let failures: [(String, () throws -> Void)] = [
            ("a certificate", { _ = try Certificate(der: [0x30, 0x80]) }),
            ("a certificate with more behind it", { _ = try Certificate(der: leaf.der + [0]) }),
            ("PEM", { _ = try PEMBlock.blocks(in: Array("-----BEGIN X-----\n!!\n-----END X-----\n".utf8)) }),
            ("PEM to its end", { _ = try PEMBlock.blocks(in: Array(leaf.pem.utf8)) }),
            ("a key", { _ = try PrivateKey(pem: Array("nothing".utf8)) }),
            (
                "a wrong passphrase",
                { _ = try PrivateKey(pem: Array(encrypted.utf8), passphrase: SecretBytes("wrong")) }
            ),
            (
                "a key of another kind",
                { _ = try PrivateKey(pem: Array(openssl(["genpkey", "-algorithm", "X25519"]).utf8)) }
            ),
            ("a PKCS #12 file", { _ = try PKCS12(der: [0x30], password: SecretBytes("x")) }),
            ("its wrong password", { _ = try PKCS12(der: bundle, password: SecretBytes("wrong")) }),
            ("a signature", { _ = leaf.isSigned(by: stranger) }), ("itself", { _ = leaf.isSelfSigned }),
            ("a host", { _ = leaf.matches(host: "a\0b") }), ("an address", { _ = leaf.matches(address: [1]) }),
            ("a list's signature", { _ = try root.revocationList().isSigned(by: stranger) }),
            ("a chain", { _ = try store.validate(leaf, purpose: .server, time: now) }),
        ]
        for (name, failure) in failures {
            try? failure()
            #expect(try fail().entries == alone, "after \(name)")
        }
    }
}
