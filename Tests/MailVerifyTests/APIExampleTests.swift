import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("The library as the documentation shows it")
struct APIExampleTests {
    @Test("A CA is made, issues, revokes, is laid out for Sendmail, and found in order")
    func example() throws {
        let directory = try TemporaryDirectory()
        let home = Home(.init(directory.path)).path
        let certs = home.appending("certs")

        let ledger = try SQLiteLedger(path: home.appending("ledger.sqlite"))
        let ca = try Authority.create(.init(name: "Example Mail CA", domains: ["example.org"]), ledger: ledger)
        let server = try ca.issue(.server(["mx.example.org"]))
        let client = try ca.issue(.client("user@example.org"))
        try ca.revoke(client.certificate.serialNumber, reason: .keyCompromise)
        let crl = try ca.revocationList()
        try MailLayout.sendmail.plan(server, issuedBy: ca, crl: crl).apply(under: certs)
        let report = try Verifier(layout: .sendmail).verify(directory: certs)

        #expect(!report.hasErrors, "\(report.findings)")
        #expect(report.subjects == [certs.string])
        #expect(try crl.decoded().lists(client.serialNumber))
        let chain = try Certificate.all(pem: Array(directory.read("certs/cert.pem").utf8))
        #expect(chain == [server.certificate])
    }
}
