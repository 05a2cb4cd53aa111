import FoundationEssentials
import MailCA
import OpenSSLKit

@testable import MailVerify

/// A root, an issuing CA and a server's certificate, each of which can be made wrong before it is signed.
struct PathFixture {
    struct Signer {
        let certificate: Certificate
        let key: PrivateKey
    }

    static let host = "mail.example.org"

    let root: Signer
    var issuing: Signer
    var leaf: Certificate
    let leafKey: PrivateKey

    /// - Parameters: what is changed in each before it is signed.
    init(
        root changeRoot: (inout RawCertificate) -> Void = { _ in },
        issuing changeIssuing: (inout RawCertificate) -> Void = { _ in },
        leaf changeLeaf: (inout RawCertificate) -> Void = { _ in }
    ) throws {
        let rootKey = try PrivateKey.generate(.ecP256)
        var draft = try Self.authority("Path Root", rootKey, signedBy: rootKey, issuer: "Path Root")
        changeRoot(&draft)
        root = Signer(certificate: try draft.signed(by: rootKey), key: rootKey)
        let issuingKey = try PrivateKey.generate(.ecP256)
        draft = try Self.authority("Path Issuing", issuingKey, signedBy: rootKey, issuer: "Path Root")
        changeIssuing(&draft)
        issuing = Signer(certificate: try draft.signed(by: rootKey), key: issuingKey)
        leafKey = try PrivateKey.generate(.ecP256)
        draft = try Self.leaf(leafKey, signedBy: issuingKey)
        changeLeaf(&draft)
        leaf = try draft.signed(by: issuingKey)
    }

    static func authority(
        _ name: String, _ key: PrivateKey, signedBy signer: PrivateKey, issuer: String
    ) throws -> RawCertificate {
        var draft = RawCertificate(
            issuer: try DistinguishedName([.commonName(issuer)]), subject: try DistinguishedName([.commonName(name)]),
            key: key.publicKey.der)
        draft.extensions = [
            .basicConstraints(isCA: true), .keyUsage(0x06), .subjectKey(key.publicKey.keyIdentifier),
            .authorityKey(signer),
        ]
        return draft
    }

    static func leaf(_ key: PrivateKey, signedBy signer: PrivateKey, issuer: String = "Path Issuing") throws
        -> RawCertificate
    {
        var draft = RawCertificate(
            issuer: try DistinguishedName([.commonName(issuer)]), subject: try DistinguishedName([.commonName(host)]),
            key: key.publicKey.der)
        draft.extensions = [
            .basicConstraints(isCA: false), .keyUsage(0x80), .extendedKeyUsage(.serverAuth), .hosts(host),
            .subjectKey(key.publicKey.keyIdentifier), .authorityKey(signer),
        ]
        return draft
    }

    /// What the whole validation says.
    func verdict(
        roots: [Certificate]? = nil, chain: [Certificate]? = nil, lists: [RevocationList]? = nil,
        purpose: TrustStore.Purpose = .server, peer: PathValidation.Peer? = nil, at time: Date = after(days: 1),
        depth: Int? = nil
    ) throws -> PathValidation.Verdict {
        try PathValidation(
            roots: roots ?? [root.certificate], chain: chain ?? [issuing.certificate], revocationLists: lists,
            purpose: purpose, peer: peer, time: time, maximumIntermediates: depth
        ).validate(leaf)
    }

    /// A list of each of the two CAs, the issuing one's first.
    func lists(revoking revoked: [Certificate] = [], days: Double = 10) throws -> [RevocationList] {
        try [issuing, root].map { signer in
            try RevocationList(
                issuer: signer.certificate, key: signer.key, number: 7, thisUpdate: now, nextUpdate: after(days: days),
                entries: revoked.map { .init(serialNumber: $0.serialNumber, revokedAt: now, reason: nil) })
        }
    }
}
