import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

/// When everything here happens: the first of June 2026, noon, UTC.
let now = Date(timeIntervalSince1970: 1_780_315_200)
let day = 86_400.0

/// A place for ledgers.
struct Place {
    let directory: TemporaryDirectory
    var path: String { directory.file("ledger.sqlite") }
    /// How messages end that path, however the temporary directory was written.
    var name: String { "\(directory.url.lastPathComponent)/ledger.sqlite" }

    init() throws { directory = try TemporaryDirectory() }

    func open(_ mode: SQLiteLedger.Mode = .createIfMissing) throws -> SQLiteLedger {
        try SQLiteLedger(path: .init(path), mode: mode)
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

    func all() throws -> [LedgerEntry] { try entries(LedgerQuery()) }

    /// The states by number.
    func states() throws -> [Int: LedgerEntry.State] {
        Dictionary(uniqueKeysWithValues: try all().map { (Int(decoding: $0.serialNumber), $0.state) })
    }
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
