import Foundation
import MailLayouts
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Links by hash")
struct HashLinkCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("No link to the certificate", in: .selfSigned, raises: ["links.certificate-missing"]) {
            $0.remove("\(try $0.material.issued.certificate.hash).0")
        },
        Mistake("No link to the CA", raises: ["links.certificate-missing"]) {
            $0.remove("\(try $0.material.root.certificate.hash).0")
        },
        Mistake("No link to the issuing CA", in: .issuingCA, raises: ["links.certificate-missing"]) {
            $0.remove("\(try $0.material.signer.certificate.hash).0")
        },
        Mistake("No link to the list", raises: ["links.revocation-list-missing"]) {
            $0.remove("\(try $0.material.root.certificate.hash).r0")
        },
        Mistake("No link to the root's list", in: .issuingCA, raises: ["links.revocation-list-missing"]) {
            $0.remove("\(try $0.material.root.certificate.hash).r0")
        },
        Mistake("The file behind a link gone", raises: ["links.certificate-missing", "links.dangling"]) {
            $0.remove("ca-1.pem")
        },
        Mistake("The list behind a link gone", raises: ["links.revocation-list-missing", "links.dangling"]) {
            $0.remove("crl-1.pem")
        },
        Mistake("A link to an older list", raises: ["links.revocation-list-missing"]) {
            let root = $0.material.root
            let older = try RevocationList(
                issuer: root.certificate, key: root.key, number: 0, thisUpdate: now, nextUpdate: after(days: 300),
                entries: [])
            try $0.write(older.pem, to: "crl-1.pem")
        },
        Mistake("A link of another CA's that leads nowhere", raises: ["links.dangling"]) {
            $0.link("0123abcd.0", to: "gone.pem")
        },
        Mistake(
            "A link that leads nowhere before that of the CA", raises: ["links.certificate-missing", "links.dangling"]
        ) {
            let hash = try $0.material.root.certificate.hash
            $0.remove("\(hash).0")
            $0.link("\(hash).0", to: "gone.pem")
            $0.link("\(hash).1", to: "ca-1.pem")
        },
        Mistake("A gap in the numbers before that of the CA", raises: ["links.certificate-missing"]) {
            let hash = try $0.material.root.certificate.hash
            $0.remove("\(hash).0")
            $0.link("\(hash).1", to: "ca-1.pem")
        },
    ]

    @Test("A link that is missing, or leads nowhere, is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A copy in place of the link, and a higher number after somebody else's, are no mistake")
    func others() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        let hash = try fixture.material.root.certificate.hash
        fixture.remove("\(hash).0", "\(hash).r0")
        try fixture.write(Material(.rootAlone).root.certificate.pem, to: "\(hash).0")
        fixture.link("\(hash).1", to: "ca-1.pem")
        try fixture.write(fixture.read("crl.pem"), to: "\(hash).r0")
        fixture.link("ordinary", to: "gone.pem")
        #expect(try fixture.findings() == [])
    }

    @Test("A missing link is told with its name")
    func words() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        let hash = try fixture.material.root.certificate.hash
        fixture.remove("\(hash).0", "\(hash).r0")
        #expect(
            try fixture.findings().map(\.subject)
                == ["\(hash).r0", "\(hash).0"].map { fixture.certs.appending($0).string })
    }
}
