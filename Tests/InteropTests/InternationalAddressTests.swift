import TestSupport
import Testing

@Suite("An internationalised address", .onThreads)
struct InternationalAddressTests {
    /// As typed, as it stands in the certificate, and whose it is.
    struct Address: Sendable, CustomTestStringConvertible {
        let typed: String
        let held: String
        let authority: Authority
        var testDescription: String { typed }
        var claim: Claim { get throws { try authority.files.client(address: typed).named(held) } }

        /// In a domain of ASCII.
        static let local = Address(typed: "用户@example.org", held: "用户@example.org", authority: .issuingP256)
        /// With a domain of its own script, which stays as it is beside such a local part: with the A-labels of RFC 9598
        /// OpenSSL 3.0, and with it most mail servers, finds no name constraint that permits it.
        static let whole = Address(typed: "用户@例子.广告", held: "用户@例子.广告", authority: .international)
        /// Where only the domain is: an ordinary rfc822Name.
        static let domain = Address(
            typed: "info@例子.广告", held: "info@xn--fsqu00a.xn--4rr70v", authority: .international)
        static let all = [local, whole, domain]
    }

    @Test("stands in the certificate as OpenSSL can hold it against the CA's domains", arguments: Address.all)
    func profile(address: Address) throws {
        let claim = try address.claim
        let profile = try PythonTools.check(
            ["profile", "--kind", "client", "--file", claim.chain, "--name", claim.name])
        #expect(profile.accepted, "\(profile)")
        let shown = try OpenSSL.run(["x509", "-in", claim.chain, "-noout", "-ext", "subjectAltName"]).stdout
        let isMailbox = claim.name.hasPrefix("用户")
        #expect(shown.contains("othername: SmtpUTF8Mailbox") == isMailbox, "\(shown)")
        #expect(shown.contains("email:") == !isMailbox, "\(shown)")
    }

    @Test("is accepted by GnuTLS, NSS and Python", arguments: [Implementation.gnuTLS, .nss, .python], Address.all)
    func accepted(implementation: Implementation, address: Address) throws {
        let verdict = try implementation.judge(try address.claim)
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("is accepted by OpenSSL", arguments: Address.all)
    func openSSL(address: Address) throws {
        let verdict = try OpenSSL.judge(try address.claim)
        #expect(verdict.accepted, "\(verdict)")
    }

    @Test("is not another's, says OpenSSL", arguments: [Address.local, .domain])
    func openSSLOtherAddress(address: Address) throws {
        #expect(try OpenSSL.judge(try address.claim).accepted)
        let other = try OpenSSL.judge(try address.claim.named("客户@example.org"))
        #expect(!other.accepted, "\(other)")
    }

    @Test("is not another's, says Python", arguments: Address.all)
    func otherAddress(address: Address) throws {
        let verdict = try Implementation.python.judge(try address.claim.named("客户@\(address.authority.asciiDomain)"))
        #expect(!verdict.accepted, "\(verdict)")
    }
}
