import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Synchronization
import TestSupport
import Testing

/// When everything here begins: the first of June 2026, noon, UTC.
let beginning = Date(timeIntervalSince1970: 1_780_315_200)
let day = 86_400.0

/// A clock that stands still until a test moves it, in either direction.
final class Clock: Sendable {
    private let time: Mutex<Date>

    init(_ time: Date = beginning) { self.time = Mutex(time) }

    var now: Date { time.withLock { $0 } }
    func advance(days: Double) { time.withLock { $0 = $0.addingTimeInterval(days * day) } }
}

/// A CA at work in a directory of its own.
struct Office {
    let directory: TemporaryDirectory
    let ledger: SQLiteLedger
    let clock: Clock
    let authority: Authority
    /// What the CA gave away to be kept.
    let members: [Authority.Member]

    init(
        _ parameters: AuthorityParameters = .init(name: "Example Mail CA", domains: ["example.org"]),
        clock: Clock = Clock()
    ) throws {
        directory = try TemporaryDirectory()
        ledger = try SQLiteLedger(path: .init(directory.file("ledger.sqlite")), clock: { clock.now })
        self.clock = clock
        var members: [Authority.Member] = []
        authority = try Authority.create(parameters, ledger: ledger, clock: { clock.now }, keep: { members = $0 })
        self.members = members
    }

    /// The same CA as the next command finds it, with no key unlocked.
    func reopened() throws -> Authority {
        let clock = clock
        let ledger = try SQLiteLedger(
            path: .init(directory.file("ledger.sqlite")), mode: .existing, clock: { clock.now })
        return try #require(try Authority.open(ledger: ledger, clock: { clock.now }))
    }

    /// Everything that the ledger ever heard of.
    func entries() throws -> [LedgerEntry] { try ledger.entries(LedgerQuery()) }

    /// Expects that `work` is refused with `code`, and that the ledger never heard of it.
    @discardableResult
    func expectRefusal(
        _ code: MailCAError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ work: () throws -> Void
    ) throws -> MailCAError {
        let before = try entries()
        let error = try #require(
            #expect(throws: MailCAError.self, sourceLocation: sourceLocation) { try work() },
            sourceLocation: sourceLocation)
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(try entries() == before, sourceLocation: sourceLocation)
        return error
    }
}

/// A ledger that lets a test fail one of its steps, or tells something else than it holds.
struct BrokenLedger: Ledger {
    enum Step { case complete, abandon }

    let ledger: SQLiteLedger
    let broken: Set<Step>
    /// What it says it has, in place of what it has.
    var forged: [LedgerEntry]?

    private func fail(_ step: Step) throws(MailCAError) {
        if broken.contains(step) { throw MailCAError(.noSpace, "the disk is full") }
    }

    func begin(_ entries: [LedgerEntry]) throws(MailCAError) { try ledger.begin(entries) }
    func complete(_ certificates: [Certificate]) throws(MailCAError) {
        try fail(.complete)
        try ledger.complete(certificates)
    }
    func abandon(_ serialNumbers: [SerialNumber]) throws(MailCAError) {
        try fail(.abandon)
        try ledger.abandon(serialNumbers)
    }
    func closeUnfinished(published: [Certificate]) throws(MailCAError) -> [LedgerEntry] {
        try ledger.closeUnfinished(published: published)
    }
    func entry(_ serialNumber: SerialNumber) throws(MailCAError) -> LedgerEntry? { try ledger.entry(serialNumber) }
    func recover(_ entries: [LedgerEntry]) throws(MailCAError) { try ledger.recover(entries) }
    func forEachEntry(
        _ query: LedgerQuery, _ take: (LedgerEntry) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        guard let forged else { return try ledger.forEachEntry(query, take) }
        for entry in forged { try take(entry) }
    }
    func count(_ query: LedgerQuery) throws(MailCAError) -> Int { try ledger.count(query) }
    func revoke(_ serialNumbers: [SerialNumber], _ revocation: LedgerEntry.Revocation) throws(MailCAError) {
        try ledger.revoke(serialNumbers, revocation)
    }
    func addRevocationList(
        issuer: SerialNumber, from: Date, isPlanned: Bool, signer: RevocationListSigner
    ) throws(MailCAError) -> SignedRevocationList {
        try ledger.addRevocationList(issuer: issuer, from: from, isPlanned: isPlanned, signer: signer)
    }
    func latestRevocationList(issuer: SerialNumber, at date: Date) throws(MailCAError) -> SignedRevocationList? {
        try ledger.latestRevocationList(issuer: issuer, at: date)
    }
    func plannedRevocationLists(
        issuer: SerialNumber, at date: Date
    ) throws(MailCAError) -> [SignedRevocationList] { try ledger.plannedRevocationLists(issuer: issuer, at: date) }
    func revocationList(issuer: SerialNumber, number: Int64) throws(MailCAError) -> SignedRevocationList? {
        try ledger.revocationList(issuer: issuer, number: number)
    }
    func hasUnlisted(issuer: SerialNumber) throws(MailCAError) -> Bool { try ledger.hasUnlisted(issuer: issuer) }
    func skipRevocationLists(issuer: SerialNumber, to date: Date) throws(MailCAError) {
        try ledger.skipRevocationLists(issuer: issuer, to: date)
    }
    func forEachAct(newest limit: Int?, _ take: (Act) throws(MailCAError) -> Void) throws(MailCAError) {
        try ledger.forEachAct(newest: limit, take)
    }
    func acts(of serialNumber: SerialNumber) throws(MailCAError) -> [Act] { try ledger.acts(of: serialNumber) }
    func lastAct() throws(MailCAError) -> Act? { try ledger.lastAct() }
    func configurations() throws(MailCAError) -> [ConfigurationRecord] { try ledger.configurations() }
    func remember(_ configuration: ConfigurationRecord) throws(MailCAError) { try ledger.remember(configuration) }
    func forget(configurationOf server: String, for directory: String) throws(MailCAError) {
        try ledger.forget(configurationOf: server, for: directory)
    }
    func note(_ kind: Act.Kind, subject: String, note: String) throws(MailCAError) {
        try ledger.note(kind, subject: subject, note: note)
    }
    func auditFaults(authorities certificates: [Certificate]) throws(MailCAError) -> [AuditFault] {
        try ledger.auditFaults(authorities: certificates)
    }
    func deployments() throws(MailCAError) -> [Deployment] { try ledger.deployments() }
    func remember(_ deployment: Deployment) throws(MailCAError) { try ledger.remember(deployment) }
    func forget(deployment directory: String) throws(MailCAError) { try ledger.forget(deployment: directory) }
    func check() throws(MailCAError) { try ledger.check() }
    func haveLiveCertificates(_ holders: [Holder], profile: Profile, at date: Date) throws(MailCAError) -> [Bool] {
        try ledger.haveLiveCertificates(holders, profile: profile, at: date)
    }
    func lastMaintained() throws(MailCAError) -> Date? { try ledger.lastMaintained() }
    func noteMaintained(_ date: Date) throws(MailCAError) { try ledger.noteMaintained(date) }
}

extension [SignedRevocationList] {
    func decoded() throws -> [RevocationList] { try map { try $0.decoded() } }
}

/// Keys of every kind, each made once in a run: those of RSA take their time.
enum Keys {
    private static let made = Mutex<[KeyAlgorithm: PrivateKey]>([:])

    static func key(_ algorithm: KeyAlgorithm) throws -> PrivateKey {
        try made.withLock { made in
            if let key = made[algorithm] { return key }
            let key = try PrivateKey.generate(algorithm)
            made[algorithm] = key
            return key
        }
    }
}

/// What `openssl` prints, which has to succeed.
@discardableResult
func openssl(_ arguments: [String], input: String = "") throws -> String {
    let outcome = try Command.run("openssl", arguments, input: input, package: "openssl")
    try #require(outcome.status == 0, "openssl \(arguments.joined(separator: " ")): \(outcome.everything)")
    return outcome.stdout
}

/// A request that asks for something else than what will be in the certificate.
func request(for key: PrivateKey) throws -> CertificateRequest {
    try CertificateRequest(
        subject: DistinguishedName([.commonName("whoever")]), alternativeNames: [.dnsName("evil.test")], key: key)
}

/// A request that OpenSSL makes with a new key of its own.
func request(openSSLKey options: [String]) throws -> CertificateRequest {
    let key = try openssl(["genpkey"] + options)
    let text = try openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input: key)
    return try CertificateRequest(pemOrDER: Array(text.utf8))
}

extension PrivateKey {
    /// In PEM, not encrypted.
    func plainText() throws -> String { try pem().withBytes { String(decoding: $0, as: UTF8.self) } }
}
