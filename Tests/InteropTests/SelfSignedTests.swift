import TestSupport
import Testing

/// It is no CA's, so each implementation is told to trust it in the way it has for that.
@Suite("A self-signed server certificate", .onThreads)
struct SelfSignedTests {
    static let keys = ["ec-p256", "rsa-2048"]
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test("is accepted by OpenSSL under its names only", arguments: keys)
    func openSSL(key: String) throws {
        try hold(try make(key)) { claim in
            try OpenSSL.verify(claim, trusting: ["-CAfile", claim.chain])
        }
    }

    @Test("is accepted by GnuTLS under its names only", arguments: keys)
    func gnuTLS(key: String) throws {
        try hold(try make(key)) { claim in try GnuTLS.connect(claim, trusting: claim.chain) }
    }

    @Test("is accepted by NSS under its names only", arguments: keys)
    func nss(key: String) throws {
        try hold(try make(key)) { claim in
            let nss = try NSS()
            try nss.add(claim.chain, as: "peer", trust: .peer)
            return try Verdict.all(nss.certutil("peer", usage: "V"), { try nss.connect(claim) })
        }
    }

    @Test("is accepted by Python under its names only", arguments: keys)
    func python(key: String) throws {
        try hold(try make(key)) { claim in
            try PythonTools.check(
                ["verify-server", "--trust", claim.chain, "--chain", claim.chain, "--name", claim.name])
        }
    }

    @Test("is refused where another of the same name is trusted")
    func untrusted() throws {
        let (claim, other) = (try make("ec-p256"), try make("ec-p256", in: "other"))
        let nss = try NSS()
        try nss.add(other.chain, as: "other", trust: .peer)
        for verdict in [
            try OpenSSL.verify(claim, trusting: ["-CAfile", other.chain]),
            try GnuTLS.connect(claim, trusting: other.chain),
            try nss.connect(claim),
            try PythonTools.check(
                ["verify-server", "--trust", other.chain, "--chain", claim.chain, "--name", claim.name]),
        ] { #expect(!verdict.accepted, "\(verdict)") }
    }

    @Test("follows its profile, and draws no warning", arguments: keys)
    func profile(key: String) throws {
        let claim = try make(key)
        let profile = try PythonTools.check(
            ["profile", "--kind", "self-signed", "--file", claim.chain, "--name", claim.name]
                + ["--name", "mail.example.org"])
        #expect(profile.accepted, "\(profile)")
        let lint = try PythonTools.check(["lint", "--certificate", claim.chain])
        #expect(lint.accepted, "\(lint)")
    }

    private func make(_ key: String, in name: String = "certs") throws -> Claim {
        let certs = folder.file(name)
        try AuthorityFiles.run(["self-signed", "mx.example.org", "mail.example.org", "--certs", certs, "--key", key])
        return Claim(
            chain: "\(certs)/cert.pem", key: "\(certs)/privkey.pem", purpose: .server, name: "mx.example.org",
            trust: .rootP256)
    }

    /// Both names must be accepted, a third must not.
    private func hold(_ claim: Claim, judge: (Claim) throws -> Verdict) throws {
        for name in ["mx.example.org", "mail.example.org"] {
            let verdict = try judge(claim.named(name))
            #expect(verdict.accepted, "\(name): \(verdict)")
        }
        let other = try judge(claim.named("other.example.org"))
        #expect(!other.accepted, "\(other)")
    }
}
