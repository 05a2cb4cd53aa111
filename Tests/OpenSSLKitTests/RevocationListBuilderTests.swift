import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("RevocationListBuilder")
struct RevocationListBuilderTests {
    private static let entries = (1...9).map { number in
        RevocationList.Entry(
            serialNumber: SerialNumber([0x40, UInt8(number)]), revokedAt: now.addingTimeInterval(Double(-number)),
            reason: number % 2 == 0 ? 4 : nil)
    }

    private func issuer(_ algorithm: KeyAlgorithm = .ecP256) throws -> Issuer {
        var draft = try Draft.authority("Test Root")
        draft.key = try Keys.key(algorithm)
        return try Issuer(draft)
    }

    private func builder(_ issuer: Issuer) throws -> RevocationListBuilder {
        try RevocationListBuilder(
            issuer: issuer.certificate, key: issuer.key, number: 7, thisUpdate: now,
            nextUpdate: now.addingTimeInterval(10 * day))
    }

    /// The DER of a list whose entries are handed over in pieces of that size.
    private func list(_ issuer: Issuer, _ entries: [RevocationList.Entry], piece: Int) throws -> [UInt8] {
        var encoded: [UInt8] = []
        for entry in entries { entry.encode(into: &encoded) }
        let frame = try builder(issuer).sign(byteCount: encoded.count) { take in
            for start in stride(from: 0, to: encoded.count, by: piece) {
                take(Array(encoded[start..<min(start + piece, encoded.count)]))
            }
        }
        return frame.head + encoded + frame.tail
    }

    @Test(
        "OpenSSL finds the signature good, with a key of every kind, whatever the pieces",
        arguments: KeyAlgorithm.allCases, [1, 7, 64, 100_000])
    func verified(algorithm: KeyAlgorithm, piece: Int) throws {
        let issuer = try issuer(algorithm)
        let der = try list(issuer, Self.entries, piece: piece)
        #expect(try RevocationList(der: der).isSigned(by: issuer.certificate))
        let directory = try TemporaryDirectory()
        try directory.write(issuer.certificate.pem, to: "ca.pem")
        try directory.write(PEMBlock(label: "X509 CRL", bytes: der).text, to: "crl.pem")
        let seen = try Command.run(
            "openssl", ["crl", "-in", "crl.pem", "-CAfile", "ca.pem", "-verify", "-noout", "-text"],
            directory: directory.path, package: "openssl")
        #expect(seen.stderr.contains("verify OK"), "\(seen.everything)")
        #expect(seen.stdout.matches(of: /Serial Number: 40/).count == 9)
    }

    @Test(
        "A key that signs the same each time signs the same whatever the pieces",
        arguments: [KeyAlgorithm.ed25519, .rsa2048])
    func deterministic(algorithm: KeyAlgorithm) throws {
        let issuer = try issuer(algorithm)
        let whole = try list(issuer, Self.entries, piece: 100_000)
        for piece in [1, 13, 90] { #expect(try list(issuer, Self.entries, piece: piece) == whole) }
    }

    @Test(
        "A list of any length is one DER object, and holds what was given",
        arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1_500, 1_800, 2_000])
    func lengths(count: Int) throws {
        let issuer = try issuer()
        let entries = (0..<count).map { (number: Int) -> RevocationList.Entry in
            let serial: [UInt8] = [0x40, UInt8(number >> 8), UInt8(number & 255)]
            return .init(serialNumber: SerialNumber(serial), revokedAt: now, reason: number % 3 == 0 ? 1 : nil)
        }
        let read = try RevocationList(der: list(issuer, entries, piece: 1_000))
        #expect(try read.entries() == entries)
        #expect(read.number == 7)
        #expect(try read.thisUpdate() == now)
        #expect(try read.nextUpdate() == now.addingTimeInterval(10 * day))
        #expect(read.isSigned(by: issuer.certificate))
        let again = try openssl(["crl", "-outform", "PEM"], input: read.pem)
        #expect(again == read.pem)
    }

    private struct Gone: Error, Equatable { let number: Int }

    @Test("What hands the entries over can fail, and its reason is passed on")
    func failing() throws {
        let builder = try builder(issuer())
        func entries(_ take: (borrowing [UInt8]) -> Void) throws(Gone) {
            take([0x30])
            throw Gone(number: 7)
        }
        let error = #expect(throws: Gone.self) { try builder.sign(byteCount: 100, entries: entries) }
        #expect(error == Gone(number: 7))
    }

    @Test("Entries are asked for once")
    func once() throws {
        var calls = 0
        _ = try builder(issuer(.ed25519)).sign(byteCount: 0) { _ in calls += 1 }
        #expect(calls == 1)
    }

    @Test(
        "A number of any size is written as it is",
        arguments: [0, 1, 127, 128, 255, 256, 32_767, 32_768, 4_294_967_296, Int64.max])
    func numbers(number: Int64) throws {
        let issuer = try issuer()
        let frame = try RevocationListBuilder(
            issuer: issuer.certificate, key: issuer.key, number: number, thisUpdate: now, nextUpdate: now
        ).sign(byteCount: 0) { _ in }
        #expect(try RevocationList(der: frame.head + frame.tail).number == number)
    }
}
