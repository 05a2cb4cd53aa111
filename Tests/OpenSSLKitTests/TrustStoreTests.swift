import Foundation
import OpenSSLKit
import Testing

@Suite("TrustStore")
struct TrustStoreTests {
    private let root: Issuer
    private let issuing: Issuer
    private let server: Certificate
    private let later = now.addingTimeInterval(day)

    init() throws {
        root = try .root()
        issuing = try Issuer(.authority("Test Issuing", pathLength: 0), by: root)
        server = try Draft.leaf(.serverAuth).signed(by: issuing)
    }

    private func failure(
        _ store: TrustStore, _ certificate: Certificate, chain: [Certificate] = [],
        purpose: TrustStore.Purpose = .server, time: Date? = nil, checkRevocation: Bool = false
    ) throws -> TrustStore.Failure {
        try #require(
            #expect(throws: TrustStore.Failure.self) {
                try store.validate(
                    certificate, chain: chain, purpose: purpose, time: time ?? later, checkRevocation: checkRevocation)
            })
    }

    @Test("A good chain is found, from the certificate up to the root")
    func good() throws {
        let store = try TrustStore(roots: [root.certificate])
        let chain = try store.validate(
            server, chain: [root.certificate, issuing.certificate], purpose: .server, time: later)
        #expect(chain == [server, issuing.certificate, root.certificate])
        #expect(try store.validate(root.certificate, purpose: .any, time: later) == [root.certificate])
    }

    @Test("Without the certificate between, nothing is found")
    func missingIntermediate() throws {
        let failure = try failure(TrustStore(roots: [root.certificate]), server)
        #expect(failure.depth == 0)
        #expect(failure.reason == "unable to get local issuer certificate")
        #expect(failure.description == failure.reason)
    }

    @Test("Before its time and after it a certificate is not good, to the second")
    func times() throws {
        let store = try TrustStore(roots: [root.certificate])
        let chain = [issuing.certificate]
        let validity = try server.fields().validity
        // OpenSSL counts the very last second as over.
        for time in [validity.notBefore, validity.notAfter.addingTimeInterval(-1)] {
            #expect(throws: Never.self) { try store.validate(server, chain: chain, purpose: .server, time: time) }
        }
        let early = try failure(store, server, chain: chain, time: validity.notBefore.addingTimeInterval(-1))
        #expect(early.code == TrustStore.Failure.notYetValid)
        let late = try failure(store, server, chain: chain, time: validity.notAfter.addingTimeInterval(1))
        #expect(late.code == TrustStore.Failure.expired)
        #expect(late.depth == 0)
        #expect(late.reason == "certificate has expired")
    }

    @Test("An expired root is said to be the one that expired")
    func expiredRoot() throws {
        var draft = try Draft.authority("Short Root")
        draft.validity = Validity(notBefore: now, days: 1)
        let short = try Issuer(draft)
        let leaf = try Draft.leaf(.serverAuth).signed(by: short)
        let failure = try failure(TrustStore(roots: [short.certificate]), leaf, time: now.addingTimeInterval(2 * day))
        #expect(failure.code == TrustStore.Failure.expired)
        #expect(failure.depth == 1)
    }

    @Test("A certificate for one purpose is not good for another")
    func purposes() throws {
        let store = try TrustStore(roots: [root.certificate])
        let client = try Draft.leaf(.clientAuth, .rfc822Name("a@example.org")).signed(by: root)
        let mail = try Draft.leaf(.emailProtection, .rfc822Name("a@example.org")).signed(by: root)
        let server = try Draft.leaf(.serverAuth).signed(by: root)
        for (certificate, purpose) in [(server, TrustStore.Purpose.server), (client, .client), (mail, .smime)] {
            #expect(throws: Never.self) { try store.validate(certificate, purpose: purpose, time: later) }
            #expect(throws: Never.self) { try store.validate(certificate, purpose: .any, time: later) }
            for other in [TrustStore.Purpose.server, .client, .smime] where other != purpose {
                #expect(try failure(store, certificate, purpose: other).description.contains("purpose"))
            }
        }
    }

    @Test("A chain to another root is not good, also where that has the same name")
    func foreignRoot() throws {
        let stranger = try Issuer.root("Other Root")
        let namesake = try Issuer.root()
        for other in [stranger, namesake] {
            _ = try failure(
                TrustStore(roots: [other.certificate]), server, chain: [issuing.certificate, root.certificate])
        }
        #expect(throws: TrustStore.Failure.self) {
            try TrustStore(roots: []).validate(root.certificate, purpose: .any, time: later)
        }
    }

    @Test("A leaf signs nothing")
    func leafAsIssuer() throws {
        let draft = try Draft.leaf(.serverAuth)
        let leaf = try Issuer(draft, by: root)
        let below = try Draft.leaf(.serverAuth, .dnsName("evil.test")).signed(by: leaf)
        let error = try failure(TrustStore(roots: [root.certificate]), below, chain: [leaf.certificate])
        #expect(error.reason == "invalid CA certificate")
    }

    @Test("A CA below one with path length 0 signs nothing")
    func pathLength() throws {
        let third = try Issuer(.authority("Third"), by: issuing)
        let leaf = try Draft.leaf(.serverAuth).signed(by: third)
        let error = try failure(
            TrustStore(roots: [root.certificate]), leaf, chain: [third.certificate, issuing.certificate])
        #expect(error.reason == "path length constraint exceeded")
    }

    @Test("A name outside the name constraints is not good")
    func nameConstraints() throws {
        var draft = try Draft.authority("Constrained Root")
        draft.extensions.nameConstraints = .init(permitted: [.dnsName("example.org")], excluded: [])
        let constrained = try Issuer(draft)
        let store = try TrustStore(roots: [constrained.certificate])
        let inside = try Draft.leaf(.serverAuth).signed(by: constrained)
        #expect(throws: Never.self) { try store.validate(inside, purpose: .server, time: later) }
        var outside = try Draft.leaf(.serverAuth, .dnsName("mail.example.com"))
        outside.subject = [.commonName("somebody")]
        #expect(try failure(store, outside.signed(by: constrained)).reason == "permitted subtree violation")
    }

    @Test("A changed certificate is not good")
    func tampered() throws {
        let forged = try Certificate(der: Array(server.der.dropLast()) + [server.der[server.der.count - 1] ^ 1])
        let error = try failure(TrustStore(roots: [root.certificate]), forged, chain: [issuing.certificate])
        #expect(error.reason == "certificate signature failure")
    }

    @Test("A revoked certificate is not good where revocation is checked")
    func revoked() throws {
        let entry = RevocationList.Entry(serialNumber: try server.fields().serialNumber, revokedAt: now, reason: 1)
        let store = try TrustStore(
            roots: [root.certificate], revocationLists: [issuing.revocationList([entry]), root.revocationList()])
        let error = try failure(store, server, chain: [issuing.certificate], checkRevocation: true)
        #expect(error.code == TrustStore.Failure.revoked)
        #expect(error.depth == 0)
        #expect(throws: Never.self) {
            try store.validate(server, chain: [issuing.certificate], purpose: .server, time: later)
        }
    }

    @Test("A revoked CA takes what it signed with it")
    func revokedIssuer() throws {
        let entry = RevocationList.Entry(
            serialNumber: try issuing.certificate.fields().serialNumber, revokedAt: now, reason: 2)
        let store = try TrustStore(
            roots: [root.certificate], revocationLists: [issuing.revocationList(), root.revocationList([entry])])
        let error = try failure(store, server, chain: [issuing.certificate], checkRevocation: true)
        #expect(error.code == TrustStore.Failure.revoked)
        #expect(error.depth == 1)
    }

    @Test("Where revocation is checked, every CA needs a current list")
    func missingList() throws {
        let lists = [try issuing.revocationList(), try root.revocationList()]
        let complete = try TrustStore(roots: [root.certificate], revocationLists: lists)
        #expect(throws: Never.self) {
            try complete.validate(
                server, chain: [issuing.certificate], purpose: .server, time: later, checkRevocation: true)
        }
        for (missing, present) in lists.reversed().enumerated() {
            let store = try TrustStore(roots: [root.certificate], revocationLists: [present])
            let error = try failure(store, server, chain: [issuing.certificate], checkRevocation: true)
            #expect(error.code == TrustStore.Failure.noRevocationList)
            #expect(error.depth == missing)
        }
        let late = try failure(
            complete, server, chain: [issuing.certificate], time: now.addingTimeInterval(11 * day),
            checkRevocation: true)
        #expect(late.code == TrustStore.Failure.revocationListExpired)
    }

    @Test("A list that somebody else signed does not count")
    func forgedList() throws {
        let forger = try Issuer(.authority("Test Root"))
        let store = try TrustStore(roots: [root.certificate], revocationLists: [forger.revocationList()])
        let leaf = try Draft.leaf(.serverAuth).signed(by: root)
        _ = try failure(store, leaf, checkRevocation: true)
    }
}
