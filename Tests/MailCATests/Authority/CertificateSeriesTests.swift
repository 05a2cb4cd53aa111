import Foundation
import OpenSSLKit
import Testing

@testable import MailCA

@Suite("Very many certificates at once")
struct CertificateSeriesTests {
    private let users = (0..<70).map { "user\($0)@example.org" }

    @Test(
        "Each of them is good for OpenSSL, signature and all, and says what it was made for",
        arguments: [KeyAlgorithm.ecP256, .ecP384, .rsa3072, .ed25519], [false, true])
    func good(algorithm: KeyAlgorithm, offlineRoot: Bool) throws {
        let office = try Office(
            .init(name: "CA", domains: ["example.org"], keyAlgorithm: algorithm, offlineRoot: offlineRoot))
        let ca = office.authority
        let store = try TrustStore(roots: [ca.root], revocationLists: ca.revocationLists().decoded())
        let issued = try ca.issue(users.map { .client($0) })
        for (certificate, user) in zip(issued, users) {
            let read = try Certificate(der: certificate.certificate.der)
            _ = try store.validate(
                read, chain: certificate.intermediates, purpose: .client, time: beginning, checkRevocation: true)
            #expect(try read.fields() == certificate.fields)
            #expect(try read.fields().extensions.subjectAlternativeNames == [.rfc822Name(user)])
            #expect(try read.subject().commonName == user)
            let key = try #require(certificate.privateKey)
            #expect(key.matches(try read.publicKey()))
            #expect(try office.ledger.entry(read.serialNumber)?.certificate == read.der)
        }
        #expect(Set(issued.map(\.serialNumber)).count == users.count)
        #expect(Set(issued.map(\.fields.publicKey)).count == users.count)
    }

    @Test(
        "Servers, users, kinds of key, lives and addresses that are not in ASCII mixed: each is what was asked for",
        arguments: [false, true])
    func mixed(isServerFirst: Bool) throws {
        let office = try Office(
            .init(name: "CA", domains: ["example.org"], addressBlocks: ["192.0.2.0/24"]))
        let ca = office.authority
        let store = try TrustStore(roots: [ca.root])
        var wishes: [CertificateParameters] = []
        for index in 0..<40 {
            wishes += [
                .client("user\(index)@example.org"),
                .client("user\(index)@example.org", device: "phone", days: 90, key: .ecP384),
                .client("tarō\(index)@example.org"),
                .server(["host\(index).example.org", "mail\(index).example.org"]),
            ]
        }
        wishes += [.server(["192.0.2.7"]), .server(["mail.example.org"], key: .rsa2048)]
        // With the first one as the pattern each of the others is of another kind.
        wishes.insert(isServerFirst ? .server(["first.example.org"]) : .client("first@example.org"), at: 0)
        let issued = try ca.issue(wishes)
        for (certificate, wish) in zip(issued, wishes) {
            let read = try Certificate(der: certificate.certificate.der)
            _ = try store.validate(
                read, chain: [], purpose: wish.profile == .server ? .server : .client, time: beginning)
            #expect(try read.fields() == certificate.fields)
            #expect(certificate.names == wish.names)
            #expect(certificate.profile == wish.profile)
            #expect(certificate.fields.publicKey.algorithm == wish.keyAlgorithm)
            if let days = wish.days {
                #expect(certificate.fields.validity == .beginning(beginning, days: days))
            }
        }
    }

    @Test("One that breaks a rule, or that its CA's own constraints forbid, is not made after a pattern")
    func refused() throws {
        let office = try Office()
        let ca = office.authority
        let first = try ca.issue(.client("taro@example.org"))
        let chain = try IssuerChain(
            ca.certificates.map { (certificate) throws(OpenSSLError) in try ReadCertificate(certificate) },
            time: beginning)
        let template = try CertificateTemplate.client(
            EmailAddress("taro@example.org"), validity: first.fields.validity, publicKey: first.fields.publicKey)
        let signer = try #require(office.members.last)
        func series(_ permitted: PermittedNames?, at time: Date = beginning) throws -> CertificateSeries {
            try #require(
                CertificateSeries(
                    after: ReadCertificate(first.certificate), template, issuer: chain, permitted: permitted, time: time
                ))
        }
        func make(_ template: CertificateTemplate, permitted: PermittedNames?) throws -> ReadCertificate? {
            try series(permitted).maker(key: signer.key).make(template, serialNumber: .random(milliseconds: 1))
        }
        let key = try PrivateKey.generate(.ecP256).publicKey
        func user(_ address: String) throws -> CertificateTemplate {
            try .client(EmailAddress(address), validity: first.fields.validity, publicKey: key)
        }
        #expect(try make(user("hanako@example.org"), permitted: nil) != nil)
        // Nobody asked our own rule, and the constraints in the CA's certificate are looked at all the same.
        #expect(try make(user("hanako@example.com"), permitted: nil) == nil)
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try make(user("hanako@example.com"), permitted: PermittedNames(parsing: ["example.org"]))
            })
        #expect(error.code == .internalFault && error.message.contains("permitted-name"))
        var other = try user("hanako@example.org")
        other.profile = .server
        #expect(try make(other, permitted: nil) == nil)
        other = try user("hanako@example.org")
        other.validity = Validity(notBefore: beginning, days: 1)
        #expect(try make(other, permitted: nil) == nil)
        // Out of its time, OpenSSL has to say so.
        let late = try series(nil, at: first.fields.validity.notAfter.addingTimeInterval(day))
        #expect(
            try late.maker(key: signer.key).make(
                user("hanako@example.org"), serialNumber: .random(milliseconds: 1)) == nil)
        // Signed with another key of the same kind.
        let stranger = try series(nil).maker(key: .generate(.ecP256))
        let bad = try #require(
            #expect(throws: MailCAError.self) {
                try stranger.make(user("hanako@example.org"), serialNumber: .random(milliseconds: 1))
            })
        #expect(bad.code == .internalFault && bad.message.contains("does not verify"))
    }
}
