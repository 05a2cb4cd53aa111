import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("Authority creation")
struct AuthorityCreationTests {
    private let directory: TemporaryDirectory
    private let ledger: SQLiteLedger
    private let parameters = AuthorityParameters(name: "Example Mail CA", domains: ["example.org"])

    init() throws {
        directory = try TemporaryDirectory()
        ledger = try SQLiteLedger(path: .init(directory.file("ledger.sqlite")))
    }

    private func create(
        _ parameters: AuthorityParameters? = nil, ledger other: (any Ledger)? = nil,
        keep: ([Authority.Member]) throws(MailCAError) -> Void = { _ in }
    ) throws -> Authority {
        try Authority.create(parameters ?? self.parameters, ledger: other ?? ledger, clock: { beginning }, keep: keep)
    }

    private func expectNoAuthority() throws {
        #expect(try ledger.entries(LedgerQuery(states: [.issued])).isEmpty)
        #expect(try ledger.entries(LedgerQuery(states: [.pending])).isEmpty)
        #expect(try Authority.open(ledger: ledger) == nil)
    }

    @Test("A new CA is in the ledger, with its domains, its life and the whole certificate")
    func ledgerEntry() throws {
        let authority = try create()
        let entries = try ledger.entries(LedgerQuery())
        #expect(entries.count == 1)
        let fields = authority.certificateFields[0]
        #expect(
            entries.first
                == LedgerEntry(
                    serialNumber: fields.serialNumber, issuer: fields.serialNumber, profile: .root, state: .issued,
                    names: ["example.org"], validity: fields.validity, keyFingerprint: fields.publicKey.sha256,
                    createdAt: beginning, certificate: authority.root.der))
    }

    @Test("Where the root stays offline, the issuing CA is entered below it")
    func offlineRoot() throws {
        let authority = try create(.init(name: "CA", domains: ["example.org"], offlineRoot: true))
        let entries = try ledger.entries(LedgerQuery())
        #expect(entries.map(\.profile) == [.root, .issuing])
        #expect(entries.map(\.state) == [.issued, .issued])
        #expect(entries[1].issuer == entries[0].serialNumber)
        #expect(entries.map(\.certificate) == [authority.root.der, authority.issuer.der])
        #expect(authority.issuer.isSigned(by: authority.root))
        #expect(authority.certificates == [authority.issuer, authority.root])
    }

    @Test("Certificates and keys are handed over before the ledger calls the CA issued")
    func keep() throws {
        var kept: [Authority.Member] = []
        var states: [LedgerEntry.State] = []
        let authority = try create(.init(name: "CA", domains: ["example.org"], offlineRoot: true)) {
            (members) throws(MailCAError) in
            kept = members
            states = try ledger.entries(LedgerQuery()).map(\.state)
        }
        #expect(states == [.pending, .pending])
        #expect(kept.map(\.profile) == [.root, .issuing])
        #expect(kept.map(\.certificate) == [authority.root, authority.issuer])
        for member in kept { #expect(try member.key.matches(member.certificate.publicKey())) }
    }

    @Test("Where it cannot be kept there is no CA, and the reason is passed on")
    func keepFails() throws {
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try create { _ throws(MailCAError) in throw MailCAError(.noSpace, "the disk is full") }
            })
        #expect(error.code == .noSpace)
        try expectNoAuthority()
        #expect(try ledger.entries(LedgerQuery()).map(\.state) == [.abandoned])
        // What was given up does not stand in the way.
        #expect(try create().certificates.count == 1)
    }

    @Test("Where the ledger cannot note it at the end, whoever finds what was kept completes the CA")
    func completeFails() throws {
        var kept: [Certificate] = []
        #expect(throws: MailCAError.self) {
            try create(ledger: BrokenLedger(ledger: ledger, broken: [.complete])) { kept = $0.map(\.certificate) }
        }
        #expect(try Authority.open(ledger: ledger) == nil)
        let again = try SQLiteLedger(path: ledger.path)
        // The first still holds what it began: another process would see it gone.
        #expect(kept.count == 1)
        #expect(try again.entries(LedgerQuery(states: [.pending])).map(\.profile) == [.root])
    }

    @Test("A second CA is refused in the same ledger, and the first one stays as it was")
    func second() throws {
        let first = try create()
        let before = try ledger.entries(LedgerQuery())
        let error = try #require(#expect(throws: MailCAError.self) { try create() })
        #expect(error.code == .alreadyExists)
        #expect(error.message.contains("Example Mail CA"))
        #expect(try ledger.entries(LedgerQuery()) == before)
        #expect(try Authority.open(ledger: ledger)?.root == first.root)
    }

    @Test("Of two that are made at once, one is refused")
    func atOnce() throws {
        var inner: MailCAError?
        let outer = try create {
            (_) throws(MailCAError) in
            do throws(MailCAError) {
                _ = try Authority.create(parameters, ledger: ledger, clock: { beginning })
            } catch { inner = error }
        }
        #expect(inner?.code == .alreadyExists)
        #expect(try Authority.open(ledger: ledger)?.root == outer.root)
        #expect(try ledger.entries(LedgerQuery(states: [.issued])).count == 1)
    }

    @Test(
        "A name that cannot be a common name, or reads otherwise than it looks, is refused",
        arguments: [
            "", String(repeating: "a", count: 65), " CA", "CA ", "C\u{202e}A", "C\nA", "C\0A", "C\u{200b}A",
            "C\u{2028}A",
        ])
    func badNames(name: String) throws {
        let error = try #require(
            #expect(throws: MailCAError.self) { try create(.init(name: name, domains: ["example.org"])) })
        #expect(error.code == .invalidName)
        #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202e}" && $0 != "\u{2028}" })
        #expect(try ledger.entries(LedgerQuery()).isEmpty)
    }

    @Test("The name has to leave room for the issuing CA's where there will be one")
    func roomForIssuing() throws {
        let name = String(repeating: "証", count: 64)
        #expect(try AuthorityParameters(name: name, domains: ["example.org"]).commonNames() == [name])
        #expect(throws: MailCAError.self) {
            try AuthorityParameters(name: name, domains: ["example.org"], offlineRoot: true).check()
        }
        let shorter = String(name.prefix(53))
        #expect(
            try AuthorityParameters(name: shorter, domains: ["example.org"], offlineRoot: true).commonNames()
                == [shorter, "\(shorter) Issuing CA"])
    }

    @Test(
        "A life of at least one day and at most a century can be asked for",
        arguments: [Int.min, -1, 0, 36_501, Int.max])
    func days(count: Int) throws {
        let error = try #require(
            #expect(throws: MailCAError.self) { try create(.init(name: "CA", domains: ["example.org"], days: count)) })
        #expect(error.code == .invalidParameters)
        #expect(try ledger.entries(LedgerQuery()).isEmpty)
    }

    @Test("A century is long, but can be had")
    func century() throws {
        let authority = try create(.init(name: "CA", domains: ["example.org"], days: 36_500))
        let validity = authority.certificateFields[0].validity
        #expect(validity.notAfter.timeIntervalSince(validity.notBefore) == 36_500 * day - 1)
        #expect(try authority.issue(.server(["mail.example.org"])).certificate.isSigned(by: authority.root))
    }

    @Test("A CA without a domain is refused, unless it is to be without constraints")
    func noDomain() throws {
        let error = try #require(#expect(throws: MailCAError.self) { try create(.init(name: "CA", domains: [])) })
        #expect(error.code == .invalidParameters)
        #expect(error.hint?.contains("--domain") == true)
        #expect(throws: Never.self) { try create(.init(name: "CA", domains: [], insecureUnconstrained: true)) }
    }

    @Test(
        "What is no domain is refused",
        arguments: ["*.example.org", "user@example.org", "exa mple.org", "", "192.0.2.7"])
    func badDomains(domain: String) throws {
        let error = try #require(
            #expect(throws: MailCAError.self) { try create(.init(name: "CA", domains: [domain])) })
        #expect(error.code == .invalidName)
        #expect(try ledger.entries(LedgerQuery()).isEmpty)
    }
}
