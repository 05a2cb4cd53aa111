import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

@Suite("TLSARecord")
struct TLSARecordTests {
    @Test(
        "The digest is that of the key as OpenSSL takes it out of the certificate",
        arguments: [KeyAlgorithm.ecP256, .rsa2048])
    func digest(algorithm: KeyAlgorithm) throws {
        let issued = try SelfSigned.server(["mail.example.org"], key: algorithm, now: beginning)
        let directory = try TemporaryDirectory()
        let publicKey = try openssl(["x509", "-noout", "-pubkey"], input: issued.certificate.pem)
        try openssl(["pkey", "-pubin", "-outform", "DER", "-out", directory.file("key")], input: publicKey)
        let digest = try openssl(["dgst", "-sha256", "-r", directory.file("key")]).prefix(64)
        let record = TLSARecord(host: "mail.example.org", key: issued.fields.publicKey)
        #expect(record.description == "_25._tcp.mail.example.org. IN TLSA 3 1 1 \(digest)")
    }

    @Test("It names the port, and stays true while the key does")
    func port() throws {
        let office = try Office()
        let key = try PrivateKey.generate(.ecP256)
        let one = try office.authority.issue(.server(["mail.example.org"], request: request(for: key)))
        let next = try office.authority.issue(.server(["mail.example.org"], request: request(for: key)))
        let record = TLSARecord(host: "mail.example.org", port: 465, key: one.fields.publicKey)
        #expect(record.description.hasPrefix("_465._tcp.mail.example.org. IN TLSA 3 1 1 "))
        #expect(record == TLSARecord(host: "mail.example.org", port: 465, key: next.fields.publicKey))
        #expect(record != TLSARecord(host: "mail.example.org", key: next.fields.publicKey))
    }

    @Test("That of a CA has usage 2, and is another one")
    func authority() throws {
        let office = try Office()
        let key = office.authority.certificateFields[0].publicKey
        let record = TLSARecord(host: "mail.example.org", usage: .authority, key: key)
        #expect(record.description == "_25._tcp.mail.example.org. IN TLSA 2 1 1 \(key.sha256.hexadecimal())")
        #expect(record == TLSARecord(host: "mail.example.org", usage: .authority, digest: key.sha256))
        #expect(record != TLSARecord(host: "mail.example.org", key: key))
    }
}
