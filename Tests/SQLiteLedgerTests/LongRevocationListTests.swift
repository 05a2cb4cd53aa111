import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("SQLiteLedger long revocation lists")
struct LongRevocationListTests {
    private static let count = 20_000

    /// A ledger in which so many are revoked, every seventh for no reason that is told.
    private func revoked() throws -> (place: Place, ledger: SQLiteLedger) {
        let place = try Place()
        let ledger = try place.open()
        let (example, der) = (try LedgerEntry.example(0), try certificate(1).der)
        try ledger.recover(
            (1...Self.count).map { number in
                var entry = example
                entry.serialNumber = SerialNumber(number)
                entry.certificate = der
                return entry
            })
        for rest in 0..<7 {
            let numbers = (1...Self.count).filter { $0 % 7 == rest }
            try ledger.revoke(
                numbers.map { SerialNumber($0) },
                .init(
                    date: now.addingTimeInterval(Double(rest)), reason: rest == 0 ? .unspecified : .keyCompromise))
        }
        return (place, ledger)
    }

    @Test("A list of 20,000 comes in several parts, and OpenSSL counts as many in it and finds the signature good")
    func parts() throws {
        let (place, ledger) = try revoked()
        let list = try ledger.addList()
        #expect(list.count == Self.count)
        var sizes: [Int] = []
        var der: [UInt8] = []
        try list.withDER { part throws(MailCAError) in
            sizes.append(part.count)
            der += part
        }
        // What stands before and after the entries, and these in pieces of a quarter of a mebibyte.
        #expect(sizes.count >= 5)
        #expect(sizes.allSatisfy { $0 < 300 << 10 })
        #expect(try list.decoded().der == der)

        try Data(der).write(to: place.directory.url.appending(path: "list.der"))
        try place.directory.write(certificate(0).pem, to: "ca.pem")
        let seen = try Command.run(
            "openssl",
            ["crl", "-inform", "DER", "-in", "list.der", "-CAfile", "ca.pem", "-verify", "-noout", "-text"],
            directory: place.directory.path, package: "openssl")
        #expect(seen.status == 0 && seen.stderr.contains("verify OK"), "\(seen.stderr)")
        #expect(seen.stdout.matches(of: /Serial Number: 4[0-9A-F]{7}\n/).count == Self.count)
        #expect(seen.stdout.matches(of: /Key Compromise/).count == Self.count - Self.count / 7)

        let entries = try list.decoded().entries()
        #expect(entries.map(\.serialNumber) == (1...Self.count).map { SerialNumber($0) })
        #expect(
            entries.enumerated().allSatisfy { index, entry in
                entry.revokedAt == now.addingTimeInterval(Double((index + 1) % 7))
                    && entry.reason == ((index + 1) % 7 == 0 ? nil : 1)
            })
        #expect(try ledger.auditFaults(authorities: [certificate(0)]).isEmpty)
    }
}
