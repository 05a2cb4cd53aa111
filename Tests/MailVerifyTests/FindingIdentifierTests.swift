import Foundation
import Testing

@testable import MailVerify

/// Scripts and documentation know findings by their identifiers: none is untested, renamed or new in silence.
@Suite("Identifiers of findings")
struct FindingIdentifierTests {
    /// Every identifier that there is, with the severities in which it comes.
    static let severities: [String: Set<Severity>] = [
        "authorities-and-lists.missing": [.warning],
        "authorities-and-lists.stale": [.warning],
        "authorities.malformed": [.error],
        "authorities.missing": [.error],
        "authorities.unreadable": [.error],
        "authority.expired": [.error],
        "authority.expires-soon": [.warning],
        "authority.malformed": [.error],
        "authority.not-yet-valid": [.error],
        "certificate.expired": [.error],
        "certificate.expires-soon": [.warning],
        "certificate.malformed": [.error],
        "certificate.missing": [.error],
        "certificate.no-names": [.error],
        "certificate.not-yet-valid": [.error],
        "certificate.purpose": [.error],
        "certificate.revoked": [.error],
        "certificate.unreadable": [.error],
        "certificate.untrusted": [.error],
        "chain.incomplete": [.error],
        "chain.invalid": [.error],
        "chain.order": [.error],
        "chain.other-authority": [.note],
        "chain.root-included": [.note],
        "directory.interrupted": [.warning],
        "directory.owner": [.warning],
        "home.certificate-differs": [.error],
        "home.certificate-missing": [.error],
        "home.key-missing": [.error],
        "home.key-mode": [.error],
        "home.key-not-encrypted": [.note],
        "home.mode": [.error],
        "key.der": [.error],
        "key.encrypted": [.error],
        "key.malformed": [.error],
        "key.missing": [.error],
        "key.readable": [.error],
        "key.stray": [.error],
        "key.unreadable": [.error],
        "ledger.damaged": [.error],
        "ledger.unfinished": [.note],
        "links.certificate-missing": [.error],
        "links.dangling": [.warning],
        "links.revocation-list-missing": [.error],
        "live.asks-for-none": [.note],
        "live.asks-for-others": [.note],
        "live.chain-incomplete": [.error],
        "live.client-is-refused": [.note],
        "live.client-logs-in": [.note],
        "live.client-refused": [.error],
        "live.client-relays": [.note],
        "live.demands-certificate": [.note],
        "live.expired": [.error],
        "live.expires-soon": [.warning],
        "live.handshake": [.error],
        "live.injection": [.error],
        "live.logs-in-as-anyone": [.error],
        "live.malformed": [.error],
        "live.name": [.error],
        "live.no-answer": [.error],
        "live.no-certificate": [.error],
        "live.no-tls": [.error],
        "live.not-refused": [.error],
        "live.not-yet-valid": [.error],
        "live.old-protocol": [.error],
        "live.other-certificate": [.error],
        "live.refusal-unproved": [.error],
        "live.relays-anyway": [.warning],
        "live.tls-refused": [.error],
        "live.unreachable": [.error],
        "live.untrusted": [.error],
        "pair.mismatch": [.error],
        "revocation-list.expired": [.error],
        "revocation-list.expires-soon": [.warning],
        "revocation-list.foreign": [.error],
        "revocation-list.malformed": [.error],
        "revocation-list.missing": [.error],
        "revocation-list.no-coverage": [.error],
        "revocation-list.not-yet-valid": [.error],
        "revocation-list.stale": [.error],
        "exim.list.stale": [.error],
        "postfix.list.stale": [.error],
        "sendmail.access.missing": [.warning],
        "sendmail.access.stale": [.error],
        "sendmail.access.unmatchable": [.error],
        "sendmail.directory.group-writable": [.error],
        "sendmail.directory.world-writable": [.error],
        "sendmail.file.group-writable": [.error],
        "sendmail.file.owner": [.error],
        "sendmail.key.group-readable": [.error],
        "sendmail.key.group-writable": [.error],
        "sendmail.key.shared": [.warning],
        "sendmail.list.stale": [.error],
        "sendmail.key.owner": [.error, .warning],
        "sendmail.key.world-readable": [.error],
        "sendmail.revocation-list.order": [.error],
    ]

    private static let mistakes =
        PermissionsCheckTests.mistakes + FilesCheckTests.mistakes + PairCheckTests.mistakes + ChainCheckTests.mistakes
        + CertificateCheckTests.mistakes + RevocationListCheckTests.mistakes + HashLinkCheckTests.mistakes
        + AccessMapCheckTests.mistakes + ServerListsCheckTests.mistakes + StrayFilesCheckTests.mistakes
        + VerifierFilesTests.mistakes + VerifierHomeTests.mistakes + LiveCheckTests.mistakes
        + ClientCheckTests.mistakes

    @Test("All mistakes together raise every identifier, and no other")
    func complete() throws {
        var raised: Set<String> = []
        for mistake in Self.mistakes { raised.formUnion(try mistake.findings().map(\.id)) }
        #expect(raised.subtracting(Self.severities.keys).sorted() == [])
        #expect(Set(Self.severities.keys).subtracting(raised).sorted() == [])
    }

    @Test("Every identifier that the sources can raise is in the list")
    func sources() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/MailVerify")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var patterns: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: #/Finding\(\s*"((?:[^"\\]|\\\([a-z]+\))+)"/#) {
                // What is put in at run time can be anything.
                patterns.insert(String(match.1).replacing(#/\\\([a-z]+\)/#, with: "*"))
            }
            for match in text.matches(of: #/"(live\.[a-z-]+)"/#) { patterns.insert(String(match.1)) }
        }
        #expect(patterns.count > 40)
        let unknown = patterns.filter { pattern in
            let (head, tail) = (pattern.prefix { $0 != "*" }, pattern.reversed().prefix { $0 != "*" }.reversed())
            return !Self.severities.keys.contains { id in
                pattern.contains("*") ? id.hasPrefix(head) && id.hasSuffix(String(tail)) : id == pattern
            }
        }
        #expect(unknown.sorted() == [])
    }

    @Test("Identifiers are dotted lowercase words")
    func form() {
        for id in Self.severities.keys {
            #expect(id.wholeMatch(of: #/[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)+/#) != nil, "\(id)")
        }
    }
}
