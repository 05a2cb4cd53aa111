import TestSupport
import Testing

@Suite("A user's certificate", .onThreads)
struct ClientCertificateTests {
    @Test(
        "with an EC key is accepted by every implementation",
        arguments: Implementation.allCases, Authority.kinds)
    func elliptic(implementation: Implementation, authority: Authority) throws {
        let verdict = try implementation.judge(try authority.files.client())
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "with an RSA key is accepted by every implementation",
        arguments: Implementation.allCases, Authority.kinds)
    func rsa(implementation: Implementation, authority: Authority) throws {
        let verdict = try implementation.judge(try authority.files.client("rsa-2048"))
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("in a subdomain is accepted by every implementation", arguments: Implementation.allCases)
    func subdomain(implementation: Implementation) throws {
        let claim = try Authority.issuingP256.files.client(address: "user@lists.example.org")
        let verdict = try implementation.judge(claim)
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("is refused under another address", arguments: Implementation.readingAddresses)
    func otherAddress(implementation: Implementation) throws {
        let claim = try Authority.issuingP256.files.client().named("other@example.org")
        let verdict = try implementation.judge(claim)
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test("is refused on the word of another CA with the same name", arguments: Implementation.allCases)
    func namesake(implementation: Implementation) throws {
        let claim = try Authority.rootP256.files.client().trusting(.namesake)
        let verdict = try implementation.judge(claim)
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test("does not pass for a server's", arguments: Implementation.allCases)
    func otherPurpose(implementation: Implementation) throws {
        let client = try Authority.issuingP256.files.client()
        let verdict = try implementation.judge(client.used(as: .server, named: "mx.example.org"))
        #expect(!verdict.accepted, "\(verdict)")
    }

    @Test("lies beside its key", arguments: ["ec-p256", "rsa-2048"])
    func key(algorithm: String) throws {
        let client = try Authority.issuingP256.files.client(algorithm)
        let pair = try PythonTools.check(["key", "--chain", client.chain, "--key", client.key])
        #expect(pair.accepted, "\(pair)")
    }
}
