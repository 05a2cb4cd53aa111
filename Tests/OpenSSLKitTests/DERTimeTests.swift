import Foundation
import Testing

@testable import OpenSSLKit

@Suite("DER.Time")
struct DERTimeTests {
    private let root: Issuer

    init() throws { root = try .root() }

    private static let odd: [Double] = [
        0, -1, 1, 0.999, -0.001, 951_782_399, 951_782_400, 951_868_799, 951_868_800,  // 29 February 2000
        1_709_164_800, 1_709_251_199,  // 29 February 2024
        2_524_607_999, 2_524_608_000,  // 2049 and 2050
        4_107_542_399, 4_107_542_400,  // 28 February and 1 March 2100
        -631_152_000, -631_152_001,  // 1950 and 1949
        -2_208_988_800, -2_203_891_201,  // 1900, which was no leap year
        13_574_563_200,  // 29 February 2400
        253_402_300_799,  // the last second of 9999
        -62_135_596_800, -62_167_219_200,  // the years 1 and 0
    ]

    private func list(_ dates: [Date]) throws -> RevocationList {
        try RevocationList(
            issuer: root.certificate, key: root.key, number: 1, thisUpdate: dates[0], nextUpdate: dates[0],
            entries: dates.map { .init(serialNumber: SerialNumber([0x40]), revokedAt: $0, reason: nil) })
    }

    @Test("A time at the edge of a day, year or century is written as OpenSSL writes it", arguments: odd)
    func edges(seconds: Double) throws {
        let date = Date(timeIntervalSince1970: seconds)
        let list = try list([date])
        // OpenSSL wrote the first two, which stand at the head.
        let times = try openssl(["asn1parse"], input: list.pem).split(separator: "\n")
            .filter { $0.contains("TIME") }.map { $0.drop { $0 != "p" } }
        #expect(times.count == 3)
        #expect(Set(times).count == 1, "\(times)")
        #expect(try list.entries()[0].revokedAt.timeIntervalSince1970 == seconds.rounded(.down))
    }

    @Test("Its length is told before it is written", arguments: odd)
    func count(seconds: Double) {
        let time = DER.Time(seconds: Int(seconds.rounded(.down)))
        var bytes: [UInt8] = [7]
        time.append(to: &bytes)
        #expect(bytes.count == 1 + 2 + time.count)
        #expect(bytes[1] == (time.count == 13 ? 0x17 : 0x18))
        #expect(Int(bytes[2]) == time.count)
    }

    @Test("OpenSSL reads the times of every day of four centuries as what they are")
    func everyDay() throws {
        // From 1900 to 2300, a day and a bit apart: at every hour.
        let dates = (0..<146_000).map { Date(timeIntervalSince1970: -2_208_988_800 + Double($0) * 86_413) }
        let read = try list(dates).entries().map(\.revokedAt)
        let same = read == dates
        #expect(same, "\(zip(read, dates).first { $0 != $1 }.map { "\($0)" } ?? "")")
    }
}
