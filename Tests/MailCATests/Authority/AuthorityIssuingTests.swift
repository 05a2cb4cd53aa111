import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("Authority issuing")
struct AuthorityIssuingTests {
    private let office: Office
    private var ca: Authority { office.authority }

    init() throws { office = try Office() }

    @Test("What was issued is in the ledger as it went out")
    func ledgerEntry() throws {
        let issued = try ca.issue(
            .client("Taro@Example.ORG", fullName: "Yamada Tarō", device: "phone", days: 90))
        let entry = try #require(try office.ledger.entry(issued.serialNumber))
        #expect(
            entry
                == LedgerEntry(
                    serialNumber: issued.serialNumber, issuer: ca.certificateFields[0].serialNumber, profile: .client,
                    state: .issued, names: ["taro@example.org"], device: "phone", fullName: "Yamada Tarō",
                    validity: issued.fields.validity, keyFingerprint: issued.fields.publicKey.sha256,
                    createdAt: beginning, certificate: issued.certificate.der))
        #expect(issued.names == ["Taro@example.org"])
        #expect(issued.device == "phone")
        #expect(issued.fullName == "Yamada Tarō")
        #expect(issued.profile == .client)
        #expect(issued.root == ca.root)
        #expect(issued.intermediates.isEmpty)
    }

    @Test("What was issued verifies for its purpose, under an issuing CA too", arguments: [false, true])
    func verifies(offlineRoot: Bool) throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: offlineRoot))
        let store = try TrustStore(
            roots: [office.authority.root], revocationLists: office.authority.revocationLists().decoded())
        let server = try office.authority.issue(.server(["mail.example.org"]))
        let client = try office.authority.issue(.client("taro@example.org"))
        for (issued, purpose) in [(server, TrustStore.Purpose.server), (client, .client)] {
            let chain = try store.validate(
                issued.certificate, chain: issued.intermediates, purpose: purpose, time: beginning,
                checkRevocation: true)
            #expect(chain == [issued.certificate] + office.authority.certificates)
            #expect(try Certificate.all(pem: Array(issued.chainPEM.utf8)) == Array(chain.dropLast()))
        }
        #expect(server.certificate.matches(host: "mail.example.org"))
    }

    @Test(
        "A name that the CA was not made for is refused, with the list of what it may name",
        arguments: [
            "mail.example.com", "example.org.evil.test", "notexample.org", "*.example.com", "192.0.2.7", "mail",
        ])
    func foreignServer(name: String) throws {
        let error = try office.expectRefusal(.notPermitted) { _ = try ca.issue(.server(["mail.example.org", name])) }
        #expect(error.message.contains("example.org"))
        #expect(error.hint != nil)
    }

    @Test(
        "An address that the CA was not made for is refused",
        arguments: ["taro@example.com", "taro@example", "taro@org"])
    func foreignUser(address: String) throws {
        try office.expectRefusal(.notPermitted) { _ = try ca.issue(.client(address)) }
    }

    @Test(
        "A name that is none is refused",
        arguments: [
            "", "exa_mple.example.org", "mail..example.org", "a*.example.org", "mail.example.org\0", "*", "0.0.0.0",
        ])
    func badServer(name: String) throws {
        try office.expectRefusal(.invalidName) { _ = try ca.issue(.server([name])) }
    }

    @Test(
        "An address that no mail server could use is refused",
        arguments: [
            "", "taro", "@example.org", "\"ta ro\"@example.org", "taro@[192.0.2.1]", "taro@*.example.org",
            "a\u{0}@example.org",
        ])
    func badUser(address: String) throws {
        try office.expectRefusal(.invalidName) { _ = try ca.issue(.client(address)) }
    }

    @Test("A server needs a name, and a user has one address")
    func numberOfNames() throws {
        try office.expectRefusal(.invalidName) { _ = try ca.issue(.server([])) }
        var two = CertificateParameters.client("taro@example.org")
        two.names.append("hanako@example.org")
        try office.expectRefusal(.invalidName) { _ = try ca.issue(two) }
        two.names = []
        try office.expectRefusal(.invalidName) { _ = try ca.issue(two) }
    }

    @Test("A CA issues servers and clients only", arguments: [Profile.root, .issuing, .selfSigned])
    func otherProfiles(profile: Profile) throws {
        var parameters = CertificateParameters.server(["mail.example.org"])
        parameters.profile = profile
        try office.expectRefusal(.invalidParameters) { _ = try ca.issue(parameters) }
    }

    @Test("A single-label domain is named by a CA that was made for exactly it, and by no other")
    func singleLabel() throws {
        let single = try Office(.init(name: "CA", domains: ["example"]))
        #expect(try single.authority.issue(.server(["example"])).certificate.matches(host: "example"))
        #expect(try single.authority.issue(.client("user@example")).names == ["user@example"])
        #expect(try single.authority.issue(.server(["mail.example"])).certificate.matches(host: "mail.example"))
        try single.expectRefusal(.notPermitted) { _ = try single.authority.issue(.server(["mail"])) }
        try single.expectRefusal(.notPermitted) { _ = try single.authority.issue(.client("user@mail")) }
        let open = try Office(.init(name: "CA", domains: ["intranet"], insecureUnconstrained: true))
        #expect(try open.authority.issue(.client("user@intranet")).names == ["user@intranet"])
        #expect(try open.authority.issue(.server(["mail.example.com"])).names == ["mail.example.com"])
        try open.expectRefusal(.notPermitted) { _ = try open.authority.issue(.client("user@example")) }
        #expect(try open.reopened().permitted.permits(ServerName("intranet")))
    }

    @Test("A life of less than a day, or over a century, is refused", arguments: [Int.min, -1, 0, 36_501, Int.max])
    func days(count: Int) throws {
        try office.expectRefusal(.invalidParameters) { _ = try ca.issue(.server(["mail.example.org"], days: count)) }
    }

    @Test("The days that were asked for are given, an hour early for clocks that are behind")
    func life() throws {
        let validity = try ca.issue(.server(["mail.example.org"], days: 90)).fields.validity
        #expect(validity == Validity(notBefore: beginning.addingTimeInterval(-3_600), days: 90))
        #expect(validity.notAfter.timeIntervalSince(validity.notBefore) == 90 * day - 1)
    }

    @Test("A certificate that would outlive the CA is refused when asked for, and cut by default")
    func outliving() throws {
        office.clock.advance(days: 3_650 - 100)
        let end = ca.certificateFields[0].validity.notAfter
        let error = try office.expectRefusal(.invalidParameters) {
            _ = try ca.issue(.server(["mail.example.org"], days: 101))
        }
        #expect(error.message.contains("outlive"))
        #expect(try ca.issue(.server(["mail.example.org"], days: 100)).fields.validity.notAfter == end)
        let cut = try ca.issue(.server(["mail.example.org"]))
        #expect(cut.fields.validity.notAfter == end)
        #expect(cut.fields.validity.notBefore == office.clock.now.addingTimeInterval(-3_600))
    }

    @Test("Before and after its own time a CA issues nothing")
    func expired() throws {
        office.clock.advance(days: 3_651)
        let late = try office.expectRefusal(.invalidParameters) { _ = try ca.issue(.server(["mail.example.org"])) }
        #expect(late.hint?.contains("clock") == true)
        office.clock.advance(days: -4_000)
        try office.expectRefusal(.invalidParameters) { _ = try ca.issue(.server(["mail.example.org"])) }
    }

    @Test("Where the clock was set back a little, nothing begins before the CA itself")
    func clockBack() throws {
        office.clock.advance(days: -0.02)
        let validity = try ca.issue(.server(["mail.example.org"])).fields.validity
        #expect(validity.notBefore == ca.certificateFields[0].validity.notBefore)
    }

    @Test("Several are issued together, all of them or none")
    func batch() throws {
        let addresses = (1...20).map { "user\($0)@example.org" }
        let issued = try ca.issue(addresses.map { .client($0) })
        #expect(issued.map(\.names) == addresses.map { [$0] })
        #expect(Set(issued.map(\.serialNumber)).count == 20)
        #expect(Set(issued.map(\.fields.publicKey)).count == 20)
        #expect(try office.entries().count == 21)
        try office.expectRefusal(.notPermitted) {
            _ = try ca.issue([.client("a@example.org"), .client("b@example.com"), .client("c@example.org")])
        }
        try office.expectRefusal(.invalidName) {
            _ = try ca.issue([.client("a@example.org"), .client("b")])
        }
        #expect(try ca.issue([]).isEmpty)
        #expect(try office.entries().count == 21)
    }

    @Test("Where the ledger cannot note the end, the beginning is given up")
    func completeFails() throws {
        let clock = office.clock
        let broken = BrokenLedger(ledger: office.ledger, broken: [.complete])
        let ca = try #require(try Authority.open(ledger: broken, clock: { clock.now }))
            .unlocked(with: office.members[0].key)
        let error = try #require(#expect(throws: MailCAError.self) { try ca.issue(.server(["mail.example.org"])) })
        #expect(error.code == .noSpace)
        let entries = try office.entries().filter { $0.profile == .server }
        #expect(entries.map(\.state) == [.abandoned])
        #expect(entries[0].certificate == nil)
    }

    @Test("Where not even that can be noted, the first failure is told, and the next command closes the intent")
    func abandonFails() throws {
        let clock = office.clock
        let broken = BrokenLedger(ledger: office.ledger, broken: [.complete, .abandon])
        let ca = try #require(try Authority.open(ledger: broken, clock: { clock.now }))
            .unlocked(with: office.members[0].key)
        let error = try #require(#expect(throws: MailCAError.self) { try ca.issue(.server(["mail.example.org"])) })
        #expect(error.message == "the disk is full")
        #expect(try office.entries().map(\.state) == [.issued, .pending])
    }

    @Test("What is checked beforehand is refused as it would be at issuing")
    func checking() throws {
        let tooLong = String(repeating: "a", count: 60) + "@example.org"
        let refused: [CertificateParameters] = [
            .server(["mail.example.com"]), .server([]), .server(["a_b.example.org"]),
            .server(["mail.example.org"], days: 0),
            .server(["mail.example.org"], days: 36_500), .client("taro"), .client("taro@example.com"), .client(tooLong),
        ]
        for parameters in refused {
            let issuing = try #require(#expect(throws: MailCAError.self) { try ca.issue(parameters) })
            let checking = #expect(throws: MailCAError.self, "\(parameters.names)") { try ca.check([parameters]) }
            if let checking { #expect(checking.code == issuing.code) }
        }
        #expect(throws: Never.self) { try ca.check([.server(["mail.example.org"]), .client("taro@example.org")]) }
        #expect(try office.entries().count == 1)
    }

    @Test(
        "A full name or device that would not read as it looks is refused",
        arguments: ["Taro\u{1b}[2J", "Taro\nroot", "Ta\0ro", "oraT\u{202e}", "", String(repeating: "a", count: 65)])
    func hostileDescriptions(text: String) throws {
        for parameters in [
            CertificateParameters.client("taro@example.org", fullName: text), .client("taro@example.org", device: text),
        ] {
            let error = try office.expectRefusal(.invalidName) { _ = try ca.issue(parameters) }
            #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" })
        }
    }

    @Test("A full name of 64 characters is kept")
    func longDescriptions() throws {
        let text = String(repeating: "証", count: 64)
        let issued = try ca.issue(.client("taro@example.org", fullName: text, device: text))
        #expect(issued.fullName == text)
        #expect(try office.ledger.entry(issued.serialNumber)?.device == text)
    }
}
