import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("RevocationList.Entry")
struct RevocationListEntryTests {
    private func encoded(_ serial: [UInt8], _ date: Date = now, reason: Int? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        RevocationList.Entry(serialNumber: SerialNumber(serial), revokedAt: date, reason: reason).encode(into: &bytes)
        return bytes
    }

    /// What OpenSSL makes of a description (`asn1parse(1)`, `ASN1_generate_nconf(3)`).
    private func openSSL(_ serial: String, _ time: String, reason: Int? = nil) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        try directory.write(
            """
            asn1 = SEQUENCE:entry
            [entry]
            serial = INTEGER:0x\(serial)
            time = \(time)
            \(reason == nil ? "" : "extensions = SEQUENCE:extensions")
            [extensions]
            reason = SEQUENCE:reason
            [reason]
            id = OID:CRLReason
            value = OCTWRAP,ENUMERATED:\(reason ?? 0)
            """, to: "entry.conf")
        try openssl(["asn1parse", "-noout", "-genconf", directory.file("entry.conf"), "-out", directory.file("der")])
        return [UInt8](try Data(contentsOf: directory.url.appending(path: "der")))
    }

    private static let june = "UTCTIME:260601000000Z"

    @Test(
        "A serial number of any length is a positive INTEGER, as OpenSSL writes it",
        arguments: [
            "01", "7F", "80", "FF", "0100", "7FFF", "8000", "FFFFFFFF", "4001020304050607",
            "80000000000000000000000000000001", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        ])
    func serials(hexadecimal: String) throws {
        let serial = try #require(SerialNumber(hexadecimal: hexadecimal))
        #expect(try encoded(serial.bytes) == openSSL(hexadecimal, Self.june))
        #expect(try encoded(serial.bytes, reason: 1) == openSSL(hexadecimal, Self.june, reason: 1))
    }

    @Test("The number zero is one byte")
    func zero() throws {
        #expect(try encoded([]) == openSSL("00", Self.june))
        #expect(encoded([0, 0]) == encoded([]))
    }

    @Test("Leading zeros are not written twice")
    func leadingZeros() throws { #expect(try encoded([0, 0, 0x80]) == openSSL("80", Self.june)) }

    @Test("Each reason is an ENUMERATED in an extension that is not critical", arguments: 1...10)
    func reasons(code: Int) throws {
        #expect(try encoded([0x40, 1], reason: code) == openSSL("4001", Self.june, reason: code))
    }

    @Test("No reason, and an unspecified one, are not written")
    func noReason() throws {
        #expect(try encoded([0x40, 1], reason: nil) == openSSL("4001", Self.june))
        #expect(try encoded([0x40, 1], reason: 0) == openSSL("4001", Self.june))
    }

    @Test("From 2050 on, and before 1950, a time has four digits for the year")
    func times() throws {
        for (seconds, time) in [
            (2_524_607_999.0, "UTCTIME:491231235959Z"), (2_524_607_999.999, "UTCTIME:491231235959Z"),
            (2_524_608_000, "GENTIME:20500101000000Z"), (253_402_300_799, "GENTIME:99991231235959Z"),
            (-631_152_000, "UTCTIME:500101000000Z"), (-631_152_001, "GENTIME:19491231235959Z"),
            (0, "UTCTIME:700101000000Z"), (-1, "UTCTIME:691231235959Z"), (-0.001, "UTCTIME:691231235959Z"),
        ] {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(try encoded([0x80], date) == openSSL("80", time), "\(time)")
            #expect(try encoded([0x80], date, reason: 9) == openSSL("80", time, reason: 9), "\(time)")
        }
    }

    @Test("Entries are appended, one after the other")
    func appended() {
        var bytes: [UInt8] = [1, 2]
        let entry = RevocationList.Entry(serialNumber: SerialNumber([0x40]), revokedAt: now, reason: 1)
        for _ in 0..<3 { entry.encode(into: &bytes) }
        let one = encoded([0x40], reason: 1)
        #expect(bytes == [1, 2] + one + one + one)
        #expect(one.count == 2 + 3 + 15 + 14)
    }
}
