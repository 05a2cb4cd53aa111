import TestSupport
import Testing

/// What the CA's key could sign, were it in other hands: certificates that `openssl` makes with it.
@Suite("The name constraints of a CA", .onThreads)
struct NameConstraintTests {
    @Test("are shown as critical", arguments: Authority.allCases)
    func critical(authority: Authority) throws {
        for file in try authority.files.authorities {
            let openSSL = try OpenSSL.run(["x509", "-in", file, "-noout", "-ext", "nameConstraints"])
            #expect(openSSL.stdout.contains("X509v3 Name Constraints: critical"), "\(openSSL.everything)")
            #expect(openSSL.stdout.contains("DNS:\(authority.asciiDomain)"), "\(openSSL.everything)")
            let gnuTLS = try GnuTLS.certtool(["--certificate-info", "--infile", file])
            #expect(gnuTLS.stdout.contains("Name Constraints (critical)"), "\(gnuTLS.everything)")
        }
    }

    @Test(
        "let through a name inside of them",
        arguments: Implementation.allCases, ["DNS:mx.example.org", "DNS:a.b.example.org", "DNS:example.org"])
    func inside(implementation: Implementation, name: String) throws {
        try hold(implementation, name, .server, accepted: true)
    }

    @Test(
        "stop a host or an address outside of them",
        arguments: Implementation.allCases,
        ["DNS:mx.example.net", "DNS:badexample.org", "IP:192.0.2.1", "DNS:mx.example.org, IP:2001:db8::1"])
    func outside(implementation: Implementation, names: String) throws {
        try hold(implementation, names, .server, accepted: false)
    }

    @Test(
        "let through a mailbox inside of them", arguments: Implementation.allCases,
        ["a@example.org", "a@b.example.org"])
    func insideMailbox(implementation: Implementation, mailbox: String) throws {
        try hold(implementation, "email:\(mailbox)", .client, accepted: true)
    }

    @Test("stop a mailbox outside of them", arguments: Implementation.allCases, ["a@example.net", "a@badexample.org"])
    func outsideMailbox(implementation: Implementation, mailbox: String) throws {
        try hold(implementation, "email:\(mailbox)", .client, accepted: false)
    }

    @Test(
        "let through the permitted addresses, and no others",
        arguments: Implementation.allCases, [("192.0.2.1", true), ("192.0.3.1", false), ("2001:db9::1", false)])
    func blocks(implementation: Implementation, address: (name: String, accepted: Bool)) throws {
        let (folder, claim) = try OpenSSL.forge("IP:\(address.name)", purpose: .server, by: Authority.addresses.files)
        let verdict = try implementation.judge(claim)
        #expect(verdict.accepted == address.accepted, "\(verdict)")
        withExtendedLifetime(folder) {}
    }

    private func hold(
        _ implementation: Implementation, _ names: String, _ purpose: Claim.Purpose, accepted: Bool
    ) throws {
        for authority in [Authority.rootP256, .issuingP256] {
            let (folder, claim) = try OpenSSL.forge(names, purpose: purpose, by: authority.files)
            let verdict = try implementation.judge(claim)
            #expect(verdict.accepted == accepted, "\(authority.testDescription): \(verdict)")
            withExtendedLifetime(folder) {}
        }
    }
}
