import Foundation
import TestSupport
import Testing

@testable import OpenSSLKit

@Suite("The outside of a PKCS #12 file")
struct PKCS12StructureTests {
    private static let password = SecretBytes("correct horse".utf8)

    private static func file(_ protection: PKCS12.Protection = .modern, iterations: Int = 2_048) throws -> [UInt8] {
        let key = try PrivateKey.generate(.ecP256)
        let subject = try DistinguishedName([.commonName("user@example.org")])
        var extensions = CertificateExtensions()
        extensions.basicConstraints = .init(isCA: false)
        let builder = try CertificateBuilder(
            serialNumber: .random(milliseconds: 1), issuer: subject, subject: subject,
            validity: Validity(notBefore: Date(timeIntervalSince1970: 1_800_000_000), days: 10),
            publicKey: key.publicKey, extensions: extensions)
        let contents = PKCS12(key: key, certificate: try builder.sign(with: key), chain: [], friendlyName: "Käthe")
        return try contents.encode(password: password, protection: protection, iterations: iterations)
    }

    @Test("Algorithms, iterations, salts and the name are seen without the password")
    func modern() throws {
        let structure = try PKCS12Structure(der: Self.file())
        #expect(structure.keys.count == 1 && structure.certificates.count == 1)
        for encryption in structure.keys + structure.certificates {
            #expect(encryption?.cipher == "AES-256-CBC")
            #expect(encryption?.derivation == .pbkdf2(digest: "SHA-256"))
            #expect(encryption?.iterations == 2_048)
            #expect((8...16).contains(encryption?.saltLength ?? 0))
        }
        #expect(structure.mac?.digest == "SHA-256" && structure.mac?.iterations == 2_048)
        #expect(structure.friendlyName == "Käthe")
        #expect(structure.keyHasIdentifier)
        #expect(structure.totalIterations == 4 * 2_048)
    }

    @Test("The older way is told from the newer one")
    func compatible() throws {
        let structure = try PKCS12Structure(der: Self.file(.insecureCompatible))
        #expect(structure.keys.first??.cipher == "3DES-CBC" && structure.keys.first??.derivation == .pkcs12)
        #expect(structure.mac?.digest == "SHA-1")
    }

    @Test("A file that is cut short anywhere is none, and nothing else happens")
    func cutShort() throws {
        let bytes = try Self.file(iterations: 1)
        for count in 0..<bytes.count {
            #expect(throws: OpenSSLError.self) { try PKCS12Structure(der: Array(bytes.prefix(count))) }
        }
    }

    @Test("A file with any byte changed is read or refused")
    func changed() throws {
        let bytes = try Self.file(iterations: 1)
        for index in bytes.indices {
            for change in [UInt8(0x01), 0x80, 0xff] {
                var other = bytes
                other[index] ^= change
                if let structure = try? PKCS12Structure(der: other) { #expect(structure.totalIterations >= 0) }
            }
        }
    }

    @Test("Lengths that only the end tells are read, and depth has an end")
    func indefinite() throws {
        let inner: [UInt8] = [0x24, 0x80, 0x04, 2, 1, 2, 0x04, 1, 3, 0, 0]
        let element = try BERElement([0x30, 0x80] + inner + [0x02, 1, 7, 0, 0])
        let children = try element.children()
        #expect(try children.first?.octets() == [1, 2, 3])
        #expect(try children.last?.integer() == 7)
        #expect(throws: BERElement.Malformed.self) {
            try BERElement(
                [UInt8](repeating: 0x30, count: 1) + [0x80] + (0..<100_000).flatMap { _ in [0x30, 0x80] as [UInt8] })
        }
        for wrong: [UInt8] in [
            [], [0x30], [0x30, 0x80], [0x30, 0x85, 1, 1, 1, 1, 1], [0x30, 5, 1], [0x04, 0x80, 0, 0],
        ] {
            #expect(throws: BERElement.Malformed.self) { try BERElement(wrong) }
        }
    }

    @Test("A file whose keys would be derived for hours is not opened", .timed)
    func iterations() throws {
        let bytes = try Self.file(iterations: 0x0102)
        // Each number of iterations grows to 0x7f02, and then by another file to what nobody waits for.
        let structure = try PKCS12Structure(der: bytes)
        #expect(structure.totalIterations == 4 * 0x0102)
        let marker = try #require(
            bytes.indices.dropLast(3).last { Array(bytes[$0..<$0 + 4]) == [0x02, 0x02, 0x01, 0x02] })
        var hostile = bytes
        // The MAC's comes last: its length, and those of all around it, grow by two.
        hostile.replaceSubrange(marker..<marker + 4, with: [0x02, 0x04, 0x7f, 0xff, 0xff, 0xff])
        let macStart = try #require(Self.enclosing(hostile, marker))
        hostile[macStart + 1] += 2
        let length = Int(hostile[2]) << 8 | Int(hostile[3])
        hostile[2] = UInt8((length + 2) >> 8)
        hostile[3] = UInt8((length + 2) & 0xff)
        #expect(try PKCS12Structure(der: hostile).mac?.iterations == 0x7fff_ffff)
        let start = ContinuousClock.now
        #expect(throws: PrivateKeyError.self) { try PKCS12(der: hostile, password: Self.password) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// Where the SEQUENCE begins that ends with the bytes at `marker`.
    private static func enclosing(_ bytes: [UInt8], _ marker: Int) -> Int? {
        (0..<marker).last { bytes[$0] == 0x30 && $0 + 2 + Int(bytes[$0 + 1]) + 2 == bytes.count }
    }
}
