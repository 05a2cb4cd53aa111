import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Revocation lists")
struct RevocationListCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("No list", raises: ["revocation-list.missing"]) { $0.remove("crl.pem") },
        Mistake("Garbage in place of the list", raises: ["revocation-list.malformed"]) {
            try $0.write("garbage\n", to: "crl.pem")
        },
        Mistake("An empty list file", raises: ["revocation-list.malformed"]) { try $0.write("", to: "crl.pem") },
        Mistake("A list that ended", raises: ["revocation-list.expired"], at: after(days: 11)) {
            try $0.replaceLists([try list(of: $0.material.root, days: 10)])
        },
        Mistake("A root's list that ended", in: .issuingCA, raises: ["revocation-list.expired"], at: after(days: 11)) {
            try $0.replaceLists([$0.material.lists[0], try list(of: $0.material.root, days: 10)])
        },
        Mistake("A list that ends soon", raises: ["revocation-list.expires-soon"], at: after(days: 35)) {
            try $0.replaceLists([try list(of: $0.material.root, days: 40)])
        },
        Mistake("A list that counts from tomorrow", raises: ["revocation-list.not-yet-valid"]) {
            try $0.replaceLists([try list(of: $0.material.root, from: after(days: 1), days: 40)])
        },
        Mistake("A list of another CA of the same name", raises: ["revocation-list.foreign"]) {
            try $0.replaceLists([try list(of: try Material(.rootAlone).root, days: 100)])
        },
        Mistake(
            "A list of a CA of another name", raises: ["revocation-list.no-coverage", "links.revocation-list-missing"]
        ) {
            try $0.replaceLists([try list(of: try Material(.rootAlone, name: "Other CA").root, days: 100)])
        },
        Mistake("No list of the root", in: .issuingCA, raises: ["revocation-list.no-coverage"]) {
            try $0.replaceListFile([$0.material.lists[0]])
        },
        Mistake("No list of the issuing CA", in: .issuingCA, raises: ["revocation-list.no-coverage"]) {
            try $0.replaceListFile([$0.material.lists[1]])
        },
        Mistake("The root's list first", in: .issuingCA, raises: ["sendmail.revocation-list.order"]) {
            try $0.replaceListFile($0.material.lists.reversed())
        },
        Mistake("A list that is not the newest, with nobody revoked since", of: .own(), raises: [], knowsCA: true) {
            _ = try $0.material.authority?.revocationList()
        },
        Mistake("No combined file", raises: ["authorities-and-lists.missing"], for: [.dovecot]) {
            $0.remove("ca-crl.pem")
        },
        Mistake("No combined file, nor one of CAs", raises: ["authorities-and-lists.missing"], for: [.dovecot]) {
            $0.remove("ca-crl.pem", "crl.pem")
        },
        Mistake("Garbage in place of the combined file", raises: ["authorities-and-lists.malformed"], for: [.dovecot]) {
            try $0.write("garbage\n", to: "ca-crl.pem")
        },
        Mistake("A combined file of lists alone", raises: ["authorities-and-lists.malformed"], for: [.dovecot]) {
            try $0.write($0.read("crl.pem"), to: "ca-crl.pem")
        },
        Mistake("A combined list that ended", raises: ["revocation-list.expired"], for: [.dovecot], at: after(days: 11))
        {
            try $0.replaceLists([try list(of: $0.material.root, days: 10)])
            $0.remove("crl.pem")
        },
        Mistake(
            "A revocation that is on no list yet", of: .own(), raises: ["revocation-list.stale"], knowsCA: true
        ) { fixture in
            let client = try #require(try fixture.material.authority?.issue(.client("user@example.org")))
            try fixture.material.authority?.revoke(client.serialNumber, reason: .keyCompromise)
        },
        Mistake(
            "A server's certificate that was revoked", of: .own(), raises: ["certificate.revoked"], knowsCA: true
        ) { fixture in
            let authority = try #require(fixture.material.authority)
            try authority.revoke(fixture.material.issued.serialNumber, reason: .keyCompromise)
            try fixture.replaceLists([try authority.revocationList().decoded()])
        },
        Mistake("A combined file without the lists", raises: ["revocation-list.malformed"], for: [.dovecot]) {
            try $0.write($0.read("cacert.pem"), to: "ca-crl.pem")
        },
        Mistake("A combined file with an older list", raises: ["authorities-and-lists.stale"], for: [.dovecot]) {
            try $0.write(
                $0.read("cacert.pem") + list(of: $0.material.root, from: after(days: -1), days: 90).pem,
                to: "ca-crl.pem")
        },
    ]

    /// A list of a CA, outside of its ledger.
    private static func list(
        of member: Authority.Member, from: Date = now, days: Double, number: Int64 = 1
    ) throws -> RevocationList {
        try RevocationList(
            issuer: member.certificate, key: member.key, number: number, thisUpdate: from,
            nextUpdate: from.addingTimeInterval(days * 86_400), entries: [])
    }

    @Test("A list that is missing, wrong, too old or out of order is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("Lists are nothing to servers that read none, and the other file nothing to servers that do not read it")
    func readers() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        fixture.remove("crl.pem")
        #expect(try fixture.findings(for: [.opensmtpd, .dovecot]) == [])
        fixture.remove("ca-crl.pem")
        #expect(try fixture.findings(for: [.opensmtpd]) == [])
        #expect(try fixture.findings(for: [.sendmail]).map(\.id) == ["revocation-list.missing"])
    }

    @Test("The margin is a quarter of a short list's life, and thirty days of a long one's")
    func margin() throws {
        for (days, warning) in [(8.0, 6.0), (40, 30), (120, 90), (300, 270)] {
            let fixture = try Fixture(.shared(.rootAlone))
            try fixture.replaceLists([try Self.list(of: fixture.material.root, days: days)])
            #expect(try fixture.findings(now: after(days: warning)) == [], "\(days)")
            let ids = try fixture.findings(now: after(days: warning + 0.01)).map(\.id)
            #expect(ids == ["revocation-list.expires-soon"], "\(days)")
        }
    }

    @Test("A list counts no more at the second that it names")
    func end() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        try fixture.replaceLists([try Self.list(of: fixture.material.root, days: 10)])
        let before = after(days: 10).addingTimeInterval(-1)
        #expect(try fixture.findings(now: before).map(\.id) == ["revocation-list.expires-soon"])
        #expect(try fixture.findings(now: after(days: 10)).map(\.id) == ["revocation-list.expired"])
    }

    @Test("A newer list than the ledger's, and a CA that is not the machine's, are no mistake")
    func newer() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        try fixture.replaceLists([try Self.list(of: fixture.material.root, days: 100, number: 1_000)])
        #expect(try fixture.findings(knowsCA: true) == [])
        let verifier = Verifier(
            layout: .sendmail, authority: try Material(.rootAlone, name: "Other CA").authority, now: now)
        #expect(try verifier.verify(directory: fixture.certs).findings.filter { $0.severity == .error } == [])
    }

    @Test("A self-signed certificate needs no list")
    func selfSigned() throws {
        #expect(try !FileContent.exists(Fixture(.shared(.selfSigned)).certs.appending("crl.pem")))
        #expect(try Fixture(.shared(.selfSigned)).findings() == [])
    }

    @Test("A stale list says how many are not on it, and who for one")
    func words() throws {
        let fixture = try Fixture(try Material(.rootAlone))
        let authority = try #require(fixture.material.authority)
        for name in ["taro", "hanako"] {
            let issued = try authority.issue(.client("\(name)@example.org"))
            try authority.revoke(issued.serialNumber, reason: .keyCompromise)
        }
        let finding = try #require(try fixture.findings(knowsCA: true).first)
        #expect(finding.message.hasPrefix("2 revoked since are not on it, taro@example.org for one"))
        #expect(finding.remedy == "mailca crl")
    }
}
