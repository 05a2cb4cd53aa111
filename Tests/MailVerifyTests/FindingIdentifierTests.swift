import Foundation
import Testing

@testable import MailVerify

/// Scripts and documentation know findings by their identifiers: none is untested, renamed or new in silence.
@Suite("Identifiers of findings")
struct FindingIdentifierTests {
    private static let mistakes = [
        AccessMapCheckTests.mistakes,
        CertificateCheckTests.mistakes,
        ChainCheckTests.mistakes,
        ClientCheckTests.mistakes,
        FilesCheckTests.mistakes,
        HashLinkCheckTests.mistakes,
        LiveCheckTests.mistakes,
        LiveDANETests.mistakes,
        LiveStapleTests.mistakes,
        PairCheckTests.mistakes,
        PathValidationTests.mistakes,
        PermissionsCheckTests.mistakes,
        RevocationListCheckTests.mistakes,
        ServerFilesTests.mistakes,
        ServerListsCheckTests.mistakes,
        StrayFilesCheckTests.mistakes,
        VerifierFilesTests.mistakes,
        VerifierHomeTests.mistakes,
        VerifierPKCS12Tests.mistakes,
        VerifierRequestTests.mistakes,
    ].flatMap(\.self)

    private static let identifiers = Set(FindingCatalogue.kinds.map(\.id))

    @Test("All mistakes together raise every identifier, and no other")
    func complete() throws {
        var raised: Set<String> = []
        for mistake in Self.mistakes { raised.formUnion(try mistake.findings().map(\.id)) }
        #expect(raised.subtracting(Self.identifiers).sorted() == [])
        #expect(Self.identifiers.subtracting(raised).sorted() == [])
    }

    @Test("Every identifier that the sources can raise is in the catalogue")
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
            for match in text.matches(of: #/"(path\.[a-z-]+)"/#) { patterns.insert(String(match.1)) }
            for match in text.matches(of: #/"(live\.[a-z-]+)"/#) { patterns.insert(String(match.1)) }
        }
        #expect(patterns.count > 40)
        let unknown = patterns.filter { pattern in
            let (head, tail) = (pattern.prefix { $0 != "*" }, pattern.reversed().prefix { $0 != "*" }.reversed())
            return !Self.identifiers.contains { id in
                pattern.contains("*") ? id.hasPrefix(head) && id.hasSuffix(String(tail)) : id == pattern
            }
        }
        #expect(unknown.sorted() == [])
    }

    @Test("Identifiers are dotted lowercase words, and each is there once")
    func form() {
        #expect(Self.identifiers.count == FindingCatalogue.kinds.count)
        for id in Self.identifiers {
            #expect(id.wholeMatch(of: #/[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+/#) != nil, "\(id)")
        }
    }

    @Test("Every kind says what it means and how it is mended, in whole sentences, and has a severity")
    func texts() {
        for kind in FindingCatalogue.kinds {
            #expect(!kind.severities.isEmpty, "\(kind.id)")
            for text in [kind.meaning, kind.mending] {
                #expect(text.hasSuffix(".") && text.first?.isLowercase == false && !text.contains("\n"), "\(kind.id)")
            }
        }
    }

    @Test("docs/findings.md is what the code says: make findings writes it")
    func page() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        #expect(
            try String(contentsOf: root.appending(path: "docs/findings.md"), encoding: .utf8) == FindingCatalogue.page)
    }
}
