import TestSupport
import Testing

/// The page of profiles, read by Python, and the rules of RFC 5280, by pkilint.
@Suite("Every certificate", .onThreads)
struct ProfileTests {
    static let names = ["mx.example.org", "mail.example.org"]

    @Test("of a CA follows its profile", arguments: Authority.allCases)
    func authorities(authority: Authority) throws {
        let files = try authority.files
        for file in files.authorities {
            let isRoot = file == files.root
            let profile = try PythonTools.check(
                ["profile", "--kind", isRoot ? "root" : "issuing", "--file", file, "--domain", authority.asciiDomain]
                    + authority.blocks.named("permit-ip")
                    + (isRoot && authority.hasIssuing ? ["--above-issuing"] : []))
            #expect(profile.accepted, "\(profile)")
        }
    }

    @Test("of a server follows its profile", arguments: Authority.kinds, ["ec-p256", "rsa-2048"])
    func servers(authority: Authority, key: String) throws {
        let verdict = try profile("server", try authority.files.server(key, names: Self.names), Self.names)
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test(
        "of a server with addresses follows its profile",
        arguments: [["mail.example.org", "192.0.2.7", "2001:db8::7"], ["192.0.2.9"]])
    func addresses(names: [String]) throws {
        let verdict = try profile("server", try Authority.addresses.files.server(names: names), names)
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("of a user follows its profile", arguments: Authority.kinds, ["ec-p256", "rsa-2048"])
    func clients(authority: Authority, key: String) throws {
        let client = try authority.files.client(key)
        let verdict = try profile("client", client, [client.name])
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("of one profile does not pass for another's, or under other names: the profiles are looked at")
    func controls() throws {
        let files = try Authority.issuingP256.files
        let server = try files.server(names: Self.names)
        let domain = ["--domain", "example.org"]
        for verdict in [
            try profile("server", server, Self.names.reversed()),
            try profile("client", server, Self.names),
            try profile("self-signed", server, Self.names),
            try profile("client", try files.client(), ["other@example.org"]),
            try PythonTools.check(["profile", "--kind", "root", "--file", files.issuer] + domain),
            try PythonTools.check(["profile", "--kind", "root", "--file", files.root] + domain),
            try PythonTools.check(["profile", "--kind", "issuing", "--file", files.issuer, "--domain", "example.net"]),
        ] { #expect(!verdict.accepted, "\(verdict)") }
    }

    @Test("and every CRL draws no warning from a linter", arguments: Authority.kinds)
    func lint(authority: Authority) throws {
        let files = try authority.files
        let leaves = [
            try files.server(), try files.server("rsa-2048"), try files.client(), try files.client("rsa-2048"),
        ].map(\.chain)
        try lint(files, leaves: leaves)
    }

    @Test("with unusual names draws no warning from a linter")
    func lintNames() throws {
        let (addresses, international) = (try Authority.addresses.files, try Authority.international.files)
        try lint(
            addresses,
            leaves: [
                try addresses.server(names: ["mail.example.org", "192.0.2.7", "2001:db8::7"]).chain,
                try addresses.server(names: ["192.0.2.9"]).chain,
            ])
        try lint(
            international,
            // Not the one that OpenSSL wants otherwise than the linter does.
            leaves: [try InternationalAddressTests.Address.domain.claim.chain])
    }

    @Test("is read by Java", arguments: [Authority.rootP256, .issuingP384, .issuingRSA])
    func java(authority: Authority) throws {
        let files = try authority.files
        for file in [files.cacert, try files.server().chain, try files.client("rsa-2048").chain] {
            let outcome = try Java.keytool(["-printcert", "-file", file])
            #expect(outcome.status == 0 && outcome.stdout.contains("Owner: CN="), "\(outcome.everything)")
            #expect(!outcome.stdout.contains("Unparseable"), "\(outcome.everything)")
        }
    }

    @Test("without key identifiers would draw an error: the linter is awake")
    func lintControl() throws {
        let folder = try TemporaryDirectory()
        let outcome = try OpenSSL.run(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=a"]
                + ["-addext", "basicConstraints=CA:FALSE", "-addext", "authorityKeyIdentifier=none"]
                + ["-addext", "subjectKeyIdentifier=none", "-keyout", folder.file("key"), "-out", folder.file("pem")])
        #expect(outcome.status == 0, "\(outcome.everything)")
        let files = try Authority.rootP256.files
        for words in [
            ["--certificate", folder.file("pem")],
            ["--link", try Authority.namesake.files.root, try files.server().chain],
        ] {
            let lint = try PythonTools.check(["lint"] + words)
            #expect(!lint.accepted, "\(lint)")
        }
    }

    private func lint(_ files: AuthorityFiles, leaves: [String]) throws {
        let links = files.authorities.map { [files.root, $0] } + leaves.map { [files.issuer, $0] }
        let verdict = try PythonTools.check(
            ["lint", "--crl", files.crl] + (files.authorities + leaves).named("certificate")
                + links.flatMap { ["--link"] + $0 })
        #expect(verdict.accepted, "\(verdict)")
    }

    private func profile(_ kind: String, _ claim: Claim, _ names: [String]) throws -> Verdict {
        try PythonTools.check(["profile", "--kind", kind, "--file", claim.chain] + names.named("name"))
    }
}
