import MailCA
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("From the certificate to the CA")
struct ChainCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("The root sent along", raises: ["chain.root-included"], for: [.dovecot]) {
            try $0.write($0.read("cert.pem") + $0.material.root.certificate.pem, to: "cert.pem")
        },
        Mistake("The root sent along", in: .issuingCA, raises: ["chain.root-included"], for: [.dovecot, .sendmail]) {
            try $0.write($0.read("cert.pem") + $0.material.root.certificate.pem, to: "cert.pem")
        },
        Mistake(
            "The issuing CA's certificate not sent along", in: .issuingCA, raises: ["chain.incomplete"],
            for: [.opensmtpd]
        ) {
            try $0.write($0.material.issued.certificate.pem, to: "cert.pem")
        },
        Mistake(
            "The root trusted, and not the issuing CA, nor a link to it", in: .issuingCA,
            raises: ["authorities.incomplete", "sendmail.access.stale", "sendmail.revocation-list.order"]
        ) {
            try $0.write($0.material.root.certificate.pem, to: "cacert.pem")
            $0.remove("\(try $0.material.signer.certificate.hash).0")
            try $0.replaceListFile($0.material.lists)
        },
        Mistake("A certificate of another CA", raises: ["chain.other-authority"]) {
            let other = try Material(.rootAlone, name: "Other CA")
            try $0.replacePair(other.issued.certificate, try #require(other.issued.privateKey))
        },
        Mistake("A certificate of another CA of the same name", raises: ["chain.invalid"]) {
            let other = try Material(.rootAlone)
            try $0.replacePair(other.issued.certificate, try #require(other.issued.privateKey))
        },
        Mistake("A name that the CA may not give", raises: ["chain.invalid"]) {
            let leaf = try $0.material.leaf(names: [.dnsName("mail.example.net")])
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake(
            "A client's certificate, self-signed", in: .selfSigned, raises: ["chain.invalid", "certificate.purpose"]
        ) {
            let leaf = try certificate(signedBy: nil, usage: [.clientAuth])
            try $0.replacePair(leaf.certificate, leaf.key)
        },
        Mistake("The issuing CA trusted, and not the root above it", in: .issuingCA, raises: ["chain.invalid"]) {
            let material = $0.material
            try $0.write(material.signer.certificate.pem, to: "cacert.pem")
            try $0.replaceListFile(material.lists)
        },
    ]

    @Test("A chain that does not lead to the CA, or is not as clients need it, is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("Servers that complete the chain by themselves, or leave it out, need none of it in the file")
    func completed() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        try fixture.write(fixture.material.issued.certificate.pem, to: "cert.pem")
        #expect(try fixture.findings(for: [.sendmail, .dovecot]) == [])
        let whole = try Fixture(.shared(.issuingCA))
        try whole.write(whole.read("cert.pem") + whole.material.root.certificate.pem, to: "cert.pem")
        #expect(try whole.findings(for: [.sendmail]) == [])
    }

    @Test("A server's certificate that a client which trusts the root alone can verify is right, in any order above it")
    func complete() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        try fixture.write(
            fixture.material.members.map(\.certificate.pem).joined(), to: "cacert.pem")
        try fixture.replaceListFile(fixture.material.lists)
        #expect(try fixture.findings() == [])
    }
}
