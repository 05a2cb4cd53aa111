import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Synchronization
import TestSupport
import Testing

/// When everything here happens: the first of June 2026, noon, UTC.
let now = Date(timeIntervalSince1970: 1_780_315_200)
let day = 86_400.0

/// A clock that stands still until a test moves it, in either direction.
final class Clock: Sendable {
    private let shown: Mutex<Date>

    init(_ time: Date = now) { shown = Mutex(time) }

    var time: Date { shown.withLock { $0 } }
    func advance(days: Double) { shown.withLock { $0 = $0.addingTimeInterval(days * day) } }
}

/// A place for ledgers.
struct Place {
    let directory: TemporaryDirectory
    var path: String { directory.file("ledger.sqlite") }
    /// How messages end that path, however the temporary directory was written.
    var name: String { "\(directory.url.lastPathComponent)/ledger.sqlite" }

    init() throws { directory = try TemporaryDirectory() }

    func open(
        _ mode: SQLiteLedger.Mode = .createIfMissing, caller: Caller = Caller(userID: 1_000, command: "test"),
        clock: Clock = Clock()
    ) throws -> SQLiteLedger {
        try SQLiteLedger(path: .init(path), mode: mode, caller: caller, clock: { clock.time })
    }

    /// Runs SQL on the ledger's file, past everything that guards it.
    func execute(_ statements: String...) throws {
        _ = try python("database.executescript(sys.stdin.read())", input: statements.joined(separator: ";\n"))
    }

    /// What SQL finds in it: a line for each row, with a bar between columns.
    func rows(_ query: String) throws -> [String] {
        let script = "for row in database.execute(sys.stdin.read()): print('|'.join(str(c) for c in row))"
        return try python(script, input: query).split(separator: "\n").map(String.init)
    }

    /// What a Python script prints that has the file open as `database`.
    func python(_ script: String, input: String = "") throws -> String {
        let head = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1], isolation_level=None)
            database.execute('PRAGMA ignore_check_constraints = ON')

            """
        let outcome = try Command.run("python3", ["-c", head + script, path], input: input)
        try #require(outcome.status == 0, "\(outcome.everything)")
        return outcome.stdout
    }

    /// The bytes of the ledger's file.
    func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}

extension SerialNumber {
    /// One that tells its number.
    init(_ number: Int) { self.init([0x40, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]) }
}

extension LedgerEntry {
    /// A client that is about to be made, with a value for everything that a test does not care about.
    static func example(
        _ number: Int, issuer: Int = 0, profile: Profile = .client, names: [String] = ["taro@example.org"]
    ) throws -> LedgerEntry {
        LedgerEntry(
            serialNumber: SerialNumber(number), issuer: SerialNumber(issuer), profile: profile, names: names,
            validity: Validity(notBefore: now, days: 365), keyFingerprint: try key(number).publicKey.sha256,
            createdAt: now)
    }
}

private let keys = Result { try (0..<256).map { _ in try PrivateKey.generate(.ecP256) } }

/// The key of the certificate with that number.
func key(_ number: Int) throws -> PrivateKey { try keys.get()[number & 255] }

/// The certificate with that number.
func certificate(_ number: Int) throws -> Certificate {
    let key = try key(number)
    let name = try DistinguishedName([.commonName("x")])
    let builder = try CertificateBuilder(
        serialNumber: SerialNumber(number), issuer: name, subject: name, validity: Validity(notBefore: now, days: 365),
        publicKey: key.publicKey, extensions: CertificateExtensions())
    return try builder.sign(with: key)
}

extension SQLiteLedger {
    /// Begins and completes.
    func issue(_ entries: [LedgerEntry]) throws {
        try begin(entries)
        try complete(entries.map { try certificate(Int(decoding: $0.serialNumber)) })
    }

    /// Makes a list of the CA with that number, which has the certificate and key of that number.
    @discardableResult
    func addList(
        issuer: Int = 0, from: Date = now, isPlanned: Bool = false, days: Double = 10
    ) throws -> SignedRevocationList {
        let (certificate, key) = (try certificate(issuer), try key(issuer))
        return try addRevocationList(
            issuer: SerialNumber(issuer), from: from, isPlanned: isPlanned,
            signer: RevocationListSigner(
                list: { (draft) throws(MailCAError) in
                    let end = draft.thisUpdate.addingTimeInterval(days * day)
                    return (end, try draft.signed(by: certificate, key, until: end))
                },
                head: { (act) throws(MailCAError) in
                    try made { try key.signature(of: act.headStatement(issuer: SerialNumber(issuer))) }
                }))
    }

    func all() throws -> [LedgerEntry] { try entries(LedgerQuery()) }

    /// The states by number.
    func states() throws -> [Int: LedgerEntry.State] {
        Dictionary(uniqueKeysWithValues: try all().map { (Int(decoding: $0.serialNumber), $0.state) })
    }
}

extension RevocationListDraft {
    fileprivate func signed(
        by issuer: Certificate, _ key: PrivateKey, until end: Date
    ) throws(MailCAError) -> RevocationListBuilder.Frame {
        try made {
            try RevocationListBuilder(
                issuer: issuer, key: key, number: number, thisUpdate: thisUpdate, nextUpdate: end
            ).sign(byteCount: byteCount) { (take) throws(MailCAError) in try withEntries { take($0) } }
        }
    }
}

/// What a signer has to throw where a test's own crypto fails.
private func made<Result>(_ work: () throws -> Result) throws(MailCAError) -> Result {
    do { return try work() } catch { throw MailCAError(.internalFault, "\(error)", cause: error) }
}

extension Int {
    init(decoding serial: SerialNumber) { self = serial.bytes.dropFirst().reduce(0) { $0 << 8 | Int($1) } }
}

/// Expects that `work` is refused with `code`.
@discardableResult
func expectRefusal(
    _ code: MailCAError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ work: () throws -> Void
) throws -> MailCAError {
    let error = try #require(
        #expect(throws: MailCAError.self, sourceLocation: sourceLocation) { try work() }, sourceLocation: sourceLocation
    )
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    return error
}
