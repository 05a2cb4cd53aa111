import Foundation
import MailCA
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Times, names and purpose")
struct CertificateCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("A certificate that ended", raises: ["certificate.expired"], at: after(days: 11)) {
            let leaf = try $0.material.leaf(validity: Validity(notBefore: now, days: 10))
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake(
            "A certificate that ended", in: .selfSigned, raises: ["certificate.expired"], at: after(days: 366)),
        Mistake("A certificate that begins tomorrow", raises: ["certificate.not-yet-valid"]) {
            let leaf = try $0.material.leaf(validity: Validity(notBefore: after(days: 1), days: 10))
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake(
            "A clock of yesterday", in: .selfSigned, raises: ["certificate.not-yet-valid"], at: after(days: -1)),
        Mistake("A certificate that ends soon", raises: ["certificate.expires-soon"], at: after(days: 1)) {
            let leaf = try $0.material.leaf(validity: Validity(notBefore: now, days: 30))
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake(
            "A certificate that ends soon", in: .selfSigned, raises: ["certificate.expires-soon"], at: after(days: 336)),
        Mistake("A certificate without names", raises: ["certificate.no-names"]) {
            let leaf = try $0.material.leaf(names: [])
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake(
            "A user's certificate", of: .own(), raises: ["certificate.purpose", "chain.invalid"]
        ) {
            let client = try #require(try $0.material.authority?.issue(.client("user@example.org")))
            try $0.replacePair(client.certificate, try #require(client.privateKey))
        },
        Mistake(
            "A certificate with an extension that cannot be read", raises: ["certificate.malformed", "chain.invalid"]
        ) {
            try $0.write($0.material.issued.certificate.spoiled(extension: 0x11).pem, to: "cert.pem")
        },
        Mistake("A CA with an extension that cannot be read", raises: ["authority.malformed", "chain.invalid"]) {
            let spoiled = try $0.material.root.certificate.spoiled(extension: 0x13)
            for name in ["cacert.pem", "ca-1.pem"] { try $0.write(spoiled.pem, to: name) }
            try $0.replaceListFile($0.material.lists)
        },
        Mistake(
            "A CA that ended, and with it what it signed", of: .own(days: 20),
            raises: ["authority.expired", "certificate.expired", "chain.invalid"], at: after(days: 21)),
        Mistake(
            "A CA that ends soon, and with it what it signed", of: .own(days: 20),
            raises: ["authority.expires-soon", "certificate.expires-soon"]),
        Mistake(
            "A clock of yesterday",
            raises: [
                "authority.not-yet-valid", "certificate.not-yet-valid", "revocation-list.not-yet-valid",
                "chain.invalid",
            ], at: after(days: -1)),
    ]

    @Test("A certificate out of its time, without names, or for something else is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("The warning begins thirty days before the end, and the error one second after it")
    func borders() throws {
        let fixture = try Fixture(.shared(.selfSigned))
        // Certificates are dated an hour back, and their last second counts (RFC 5280 §4.1.2.5).
        let end = after(days: 365).addingTimeInterval(-3_601)
        for (seconds, ids) in [
            (-30 * 86_400.0, [String]()), (-30 * 86_400 + 1, ["certificate.expires-soon"]),
            (0, ["certificate.expires-soon"]),
            (1, ["certificate.expired"]),
        ] {
            #expect(try fixture.findings(now: end.addingTimeInterval(seconds)).map(\.id) == ids, "\(seconds)")
        }
    }

    @Test("A finding says when it ends in UTC, and how many days that is")
    func words() throws {
        let fixture = try Fixture(.shared(.selfSigned))
        let soon = try #require(try fixture.findings(now: after(days: 355)).first)
        #expect(soon.message == "the server's certificate ends in 9 days, on 2028-01-15 06:59:59 UTC")
        #expect(soon.severity == .warning)
        #expect(soon.remedy == "mailca self-signed mail.example.org --force")
        let over = try #require(try fixture.findings(now: after(days: 400)).first)
        #expect(over.message == "the server's certificate ended on 2028-01-15 06:59:59 UTC")
        #expect(over.severity == .error)
    }
}
