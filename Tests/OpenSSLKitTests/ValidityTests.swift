import Foundation
import OpenSSLKit
import Testing

@Suite("Validity")
struct ValidityTests {
    @Test("Days are of 86,400 seconds, the last one counted in", arguments: [1, 90, 365, 3_650])
    func days(count: Int) {
        let validity = Validity(notBefore: now, days: count)
        #expect(validity.notBefore == now)
        #expect(validity.notAfter == now.addingTimeInterval(Double(count) * day - 1))
    }

    @Test("Both ends count, to the whole second")
    func contains() {
        let validity = Validity(notBefore: now, days: 1)
        #expect(validity.contains(now))
        #expect(validity.contains(validity.notAfter))
        #expect(validity.contains(validity.notAfter.addingTimeInterval(0.9)))
        #expect(!validity.contains(now.addingTimeInterval(-0.1)))
        #expect(!validity.contains(now.addingTimeInterval(day)))
    }

    @Test("Fractions of a second are dropped, before 1970 too")
    func wholeSeconds() {
        let validity = Validity(notBefore: now.addingTimeInterval(0.7), notAfter: now.addingTimeInterval(60.2))
        #expect(validity.notBefore == now)
        #expect(validity.notAfter == now.addingTimeInterval(60))
        let early = Date(timeIntervalSince1970: -0.5)
        #expect(Validity(notBefore: early, notAfter: now).notBefore == Date(timeIntervalSince1970: -1))
    }

    @Test(
        "Times are kept on both sides of 2050, where their encoding changes",
        arguments: [0, 951_782_400, 2_524_607_999, 2_524_608_000, 4_102_444_799, 253_402_300_798])
    func encoding(seconds: Double) throws {
        var draft = try Draft(bare: CertificateExtensions())
        let time = Date(timeIntervalSince1970: seconds)
        draft.validity = Validity(notBefore: time, notAfter: time.addingTimeInterval(1))
        #expect(try draft.signedAsIs().fields().validity == draft.validity)
        let text = try openssl(["asn1parse"], input: draft.signedAsIs().pem)
        #expect(text.contains("GENERALIZEDTIME") == (seconds >= 2_524_607_999))
    }
}
