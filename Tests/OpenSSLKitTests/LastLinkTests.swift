import Foundation
import OpenSSLKit
import Testing

@Suite("The last link of a chain")
struct LastLinkTests {
    private let root: Issuer
    private let issuing: Issuer
    private let link: LastLink
    private let later = now.addingTimeInterval(day)

    init() throws {
        var draft = try Draft.authority("Test Root")
        draft.extensions.nameConstraints = .init(
            permitted: [.dnsName("example.org"), .rfc822Name("example.org")], excluded: [])
        root = try Issuer(draft)
        issuing = try Issuer(.authority("Test Issuing", pathLength: 0), by: root)
        link = try LastLink(
            below: issuing.certificate, chain: [issuing.certificate, root.certificate], time: later)
    }

    private func reason(
        _ certificate: Certificate, _ purpose: TrustStore.Purpose = .server, at time: Date? = nil
    ) throws -> String {
        try #require(
            #expect(throws: TrustStore.Failure.self) {
                try link.check(certificate, purpose: purpose, time: time ?? later)
            }
        ).reason
    }

    @Test("What the CA signed within its constraints is good")
    func good() throws {
        try link.check(Draft.leaf(.serverAuth).signed(by: issuing), purpose: .server, time: later)
        try link.check(
            Draft.leaf(.clientAuth, .rfc822Name("taro@example.org")).signed(by: issuing), purpose: .client,
            time: later)
    }

    @Test("Each thing that is wrong is found, and OpenSSL's whole validation finds it too")
    func wrong() throws {
        let store = try TrustStore(roots: [root.certificate])
        let impostor = try Issuer(.authority("Test Issuing", pathLength: 0), by: root)
        let cases: [(Certificate, TrustStore.Purpose, String)] = [
            (
                try Draft.leaf(.serverAuth, .dnsName("mail.example.com")).signed(by: issuing), .server,
                "permitted subtree"
            ),
            (
                try Draft.leaf(.clientAuth, .rfc822Name("taro@example.com")).signed(by: issuing), .client,
                "permitted subtree"
            ),
            (try Draft.leaf(.clientAuth).signed(by: issuing), .server, "purpose"),
            (try Draft.leaf(.serverAuth).signed(by: impostor), .server, "key identifier"),
        ]
        for (certificate, purpose, words) in cases {
            #expect(try reason(certificate, purpose).contains(words))
            #expect(throws: TrustStore.Failure.self) {
                try store.validate(certificate, chain: [issuing.certificate], purpose: purpose, time: later)
            }
        }
    }

    @Test("A signature that was changed is found")
    func signature() throws {
        var der = try Draft.leaf(.serverAuth).signed(by: issuing).der
        der[der.count - 1] ^= 1
        let changed = try Certificate(der: der)
        #expect(try reason(changed).contains("signature"))
    }

    @Test("Before its time and after it a certificate is not good")
    func times() throws {
        let certificate = try Draft.leaf(.serverAuth).signed(by: issuing)
        #expect(try reason(certificate, at: now.addingTimeInterval(-2 * day)).contains("not yet valid"))
        #expect(try reason(certificate, at: now.addingTimeInterval(91 * day)).contains("expired"))
    }

    @Test("Below a CA that is not good itself there is none")
    func brokenChain() throws {
        let stranger = try Issuer.root()
        #expect(throws: TrustStore.Failure.self) {
            try LastLink(below: issuing.certificate, chain: [issuing.certificate, stranger.certificate], time: later)
        }
    }
}
