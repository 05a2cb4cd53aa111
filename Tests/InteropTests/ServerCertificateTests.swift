import TestSupport
import Testing

@Suite("A server's certificate", .onThreads)
struct ServerCertificateTests {
    @Test(
        "with an EC key is accepted by every implementation",
        arguments: Implementation.allCases, Authority.kinds)
    func elliptic(implementation: Implementation, authority: Authority) throws {
        let verdict = try implementation.judge(try authority.files.server())
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "with an RSA key is accepted by every implementation",
        arguments: Implementation.allCases, Authority.kinds)
    func rsa(implementation: Implementation, authority: Authority) throws {
        let verdict = try implementation.judge(try authority.files.server("rsa-2048"))
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "with an Ed25519 key is accepted by the implementations that know it",
        arguments: [Implementation.openSSL, .gnuTLS])
    func edwards(implementation: Implementation) throws {
        let verdict = try implementation.judge(try Authority.rootP256.files.server("ed25519"))
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "is accepted for each of its names", arguments: Implementation.allCases, ["mx.example.org", "mail.example.org"])
    func names(implementation: Implementation, name: String) throws {
        let verdict = try implementation.judge(try Authority.issuingP256.files.server().named(name))
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "is accepted for its addresses, where its CA may name them",
        arguments: Implementation.allCases, ["mail.example.org", "192.0.2.7", "2001:db8::7"])
    func addresses(implementation: Implementation, name: String) throws {
        let verdict = try implementation.judge(try Self.withAddresses().named(name))
        #expect(verdict.accepted, "\(verdict)")
    }

    /// Without a host name, OpenSSL and GnuTLS hold a common name against the constraints on host names: it may have none.
    @Test(
        "with nothing but an address is accepted, though its CA's host names are constrained",
        arguments: Implementation.allCases)
    func onlyAddresses(implementation: Implementation) throws {
        let verdict = try implementation.judge(try Authority.addresses.files.server(names: ["192.0.2.9"]))
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("is refused for another address", arguments: Implementation.allCases, ["192.0.2.8", "2001:db8::8"])
    func otherAddress(implementation: Implementation, address: String) throws {
        let verdict = try implementation.judge(try Self.withAddresses().named(address))
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test(
        "is refused under another name",
        arguments: Implementation.allCases, [Authority.rootP256, .issuingP256])
    func otherName(implementation: Implementation, authority: Authority) throws {
        let claim = try authority.files.server().named("other.example.org")
        let verdict = try implementation.judge(claim)
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test("is refused on the word of another CA with the same name", arguments: Implementation.allCases)
    func namesake(implementation: Implementation) throws {
        let claim = try Authority.rootP256.files.server().trusting(.namesake)
        let verdict = try implementation.judge(claim)
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test("does not pass for a user's", arguments: [Implementation.openSSL, .gnuTLS, .nss])
    func otherPurpose(implementation: Implementation) throws {
        // By a name that it does have, so that nothing but the purpose can be in the way.
        let server = try Authority.issuingP256.files.server()
        let verdict = try implementation.judge(server.used(as: .client, named: "用户@example.org"))
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test(
        "is verified by the hash links of its folder alone", arguments: [Authority.rootP256, .issuingP256, .issuingRSA])
    func hashLinks(authority: Authority) throws {
        let server = try authority.files.server()
        let verdict = try OpenSSL.judge(server, byLinksIn: try authority.files.certs)
        #expect(verdict.accepted, "\(verdict)")
        let other = try OpenSSL.judge(server, byLinksIn: try Authority.namesake.files.certs)
        #expect(!other.accepted, "\(other)")
    }

    @Test(
        "lies beside its key", arguments: ["ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"])
    func key(algorithm: String) throws {
        let server = try Authority.rootP256.files.server(algorithm)
        let pair = try PythonTools.check(["key", "--chain", server.chain, "--key", server.key])
        let kinds = [
            "ec-p256": "secp256r1", "ec-p384": "secp384r1", "rsa-2048": "rsa 2048", "rsa-3072": "rsa 3072",
            "rsa-4096": "rsa 4096", "ed25519": "Ed25519",
        ]
        let kind = try #require(kinds[algorithm])
        #expect(pair.accepted && pair.said.contains(kind), "\(pair)")
        let other = try Authority.namesake.files.server()
        let none = try PythonTools.check(["key", "--chain", server.chain, "--key", other.key])
        #expect(!none.accepted, "\(none)")
    }

    private static func withAddresses() throws -> Claim {
        try Authority.addresses.files.server(names: ["mail.example.org", "192.0.2.7", "2001:db8::7"])
    }
}
