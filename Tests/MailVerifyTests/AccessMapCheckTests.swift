import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import Testing

@testable import MailVerify

@Suite("Who may relay")
struct AccessMapCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("No access map", raises: ["sendmail.access.missing"]) { $0.remove("sendmail.access") },
        Mistake("An empty access map", raises: ["sendmail.access.stale"]) { try $0.write("", to: "sendmail.access") },
        Mistake("An access map of another CA", raises: ["sendmail.access.stale"]) {
            try $0.write("CertIssuer:/CN=Other+20CA\tRELAY\n", to: "sendmail.access")
        },
        Mistake("The line of the CA commented out", raises: ["sendmail.access.stale"]) {
            try $0.write("#CertIssuer:/CN=Example+20Mail+20CA\tRELAY\n", to: "sendmail.access")
        },
        Mistake("A longer name that begins like the CA's", raises: ["sendmail.access.stale"]) {
            try $0.write("CertIssuer:/CN=Example+20Mail+20CA+202\tRELAY\n", to: "sendmail.access")
        },
        Mistake("The root named, and not the CA that signs users", in: .issuingCA, raises: ["sendmail.access.stale"]) {
            try $0.write("CertIssuer:/CN=Example+20Mail+20CA\tRELAY\n", to: "sendmail.access")
        },
        Mistake(
            "A CA whose name Sendmail cannot match", raises: ["sendmail.access.unmatchable", "chain.other-authority"]
        ) { fixture in
            // The layout refuses such a CA: its files are put together by hand, and the server stays with another.
            let ledger = try SQLiteLedger(path: FilePath(fixture.scratch.file("ledger.sqlite")))
            let ca = try Authority.create(
                AuthorityParameters(name: String(repeating: "日", count: 14), domains: ["example.org"]), ledger: ledger,
                clock: { now })
            let lists = try ca.revocationLists().map { try $0.decoded() }
            let hash = try fixture.material.root.certificate.hash
            fixture.remove("\(hash).0", "\(hash).r0")
            for name in ["cacert.pem", "ca-1.pem"] { try fixture.write(ca.root.pem, to: name) }
            try fixture.replaceLists(lists)
            fixture.link("\(try ca.root.hash).0", to: "ca-1.pem")
            fixture.link("\(try ca.root.hash).r0", to: "crl-1.pem")
        },
    ]

    @Test("A map that does not let users relay is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test(
        "Case, blanks and other lines do not matter",
        arguments: [
            "CERTISSUER:/cn=EXAMPLE+20Mail+20ca relay\n", "CertIssuer:/CN=Example+20Mail+20CA   RELAY",
            "# a comment\n\nCertIssuer:/CN=Other\tRELAY\nCertIssuer:/CN=Example+20Mail+20CA\t\tRELAY\nlast:\tOK\n",
        ])
    func lenient(text: String) throws {
        let fixture = try Fixture(.shared(.rootAlone))
        try fixture.write(text, to: "sendmail.access")
        #expect(try fixture.findings() == [])
    }
}
