import Foundation
import OpenSSLKit
import Synchronization
import TestSupport
import Testing

/// The time at which everything here happens: the first of June 2026, UTC.
let now = Date(timeIntervalSince1970: 1_780_272_000)
let day = 86_400.0

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

/// A certificate on its way, with a value for everything that a test does not care about.
struct Draft {
    var serialNumber: SerialNumber
    var subject: [DistinguishedName.Attribute]
    var validity = Validity(notBefore: now, days: 90)
    var extensions = CertificateExtensions()
    var key: PrivateKey

    init(_ commonName: String = "mail.example.org", key algorithm: KeyAlgorithm = .ecP256) throws {
        serialNumber = try .random(milliseconds: Int64(now.timeIntervalSince1970 * 1_000))
        subject = [.commonName(commonName)]
        key = try .generate(algorithm)
    }

    /// One without a key of its own where it does not matter which.
    init(bare extensions: CertificateExtensions, subject: [DistinguishedName.Attribute] = [.commonName("x")]) throws {
        serialNumber = SerialNumber([0x42])
        self.subject = subject
        self.extensions = extensions
        key = try Keys.key(.ecP256)
    }

    /// A CA as RFC 5280 wants one.
    static func authority(_ name: String, pathLength: Int? = nil, key: KeyAlgorithm = .ecP256) throws -> Draft {
        var draft = try Draft(name, key: key)
        draft.validity = Validity(notBefore: now, days: 3_650)
        draft.extensions.basicConstraints = .init(isCA: true, pathLength: pathLength)
        draft.extensions.keyUsage = [.keyCertSign, .cRLSign]
        return draft
    }

    /// A leaf as RFC 5280 wants one.
    static func leaf(_ usage: ExtendedKeyUsage, _ name: GeneralName = .dnsName("mail.example.org")) throws -> Draft {
        var draft = try Draft()
        draft.extensions.basicConstraints = .init(isCA: false)
        draft.extensions.keyUsage = .digitalSignature
        draft.extensions.extendedKeyUsage = [usage]
        draft.extensions.subjectAlternativeNames = [name]
        return draft
    }

    /// Not signed yet, without any extension but those that were asked for.
    func builder(issuer: DistinguishedName? = nil) throws -> CertificateBuilder {
        let subject = try DistinguishedName(subject)
        return try CertificateBuilder(
            serialNumber: serialNumber, issuer: issuer ?? subject, subject: subject, validity: validity,
            publicKey: key.publicKey, extensions: extensions)
    }

    /// Signed with its own key, as it is.
    func signedAsIs() throws -> Certificate { try builder().sign(with: key) }

    /// Signed, with the identifiers that tie it to its issuer; without one, by itself.
    func signed(by issuer: Issuer? = nil) throws -> Certificate {
        var linked = self
        linked.extensions.subjectKeyIdentifier = key.publicKey.keyIdentifier
        linked.extensions.authorityKeyIdentifier = (issuer?.key ?? key).publicKey.keyIdentifier
        return try linked.builder(issuer: issuer?.certificate.subject()).sign(with: issuer?.key ?? key)
    }
}

/// A CA that can sign.
struct Issuer {
    let certificate: Certificate
    let key: PrivateKey

    init(_ draft: Draft, by issuer: Issuer? = nil) throws {
        certificate = try draft.signed(by: issuer)
        key = draft.key
    }

    static func root(_ name: String = "Test Root", key: KeyAlgorithm = .ecP256) throws -> Issuer {
        try Issuer(.authority(name, key: key))
    }

    /// A revocation list of its own.
    func revocationList(
        _ entries: [RevocationList.Entry] = [], number: Int64 = 1, from: Date = now, days: Double = 10
    ) throws -> RevocationList {
        try RevocationList(
            issuer: certificate, key: key, number: number, thisUpdate: from,
            nextUpdate: from.addingTimeInterval(days * day), entries: entries)
    }
}

/// Files of bytes for another program.
struct Scratch {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func path(_ name: String) -> String { directory.file(name) }
    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }
    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))) }
}

/// What `openssl` prints, which has to succeed.
@discardableResult
func openssl(_ arguments: [String], input: String = "") throws -> String {
    let outcome = try Command.run("openssl", arguments, input: input, package: "openssl")
    try #require(outcome.status == 0, "openssl \(arguments.joined(separator: " ")): \(outcome.everything)")
    return outcome.stdout
}

/// The same, in words with single spaces between them.
func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

/// `bytes` with the one place where `old` stands made `new`: how a certificate is falsified.
func replacing(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) throws -> [UInt8] {
    let places = bytes.indices.filter { bytes[$0...].starts(with: old) }
    try #require(places.count == 1, "the bytes to be falsified stand there \(places.count) times")
    try #require(old.count == new.count)
    var falsified = bytes
    falsified.replaceSubrange(places[0]..<places[0] + old.count, with: new)
    return falsified
}

extension [UInt8] {
    init(_ secret: SecretBytes) { self = secret.withBytes { [UInt8]($0) } }
}

extension SecretBytes {
    convenience init(_ text: String) { self.init(Array(text.utf8)) }
}

extension PrivateKey {
    /// In PEM, not encrypted.
    func plainText() throws -> String { String(decoding: [UInt8](try pem()), as: UTF8.self) }
}
