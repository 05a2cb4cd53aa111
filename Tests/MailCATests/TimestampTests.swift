import Foundation
import MailCA
import Testing

@Suite("Times in names and texts")
struct TimestampTests {
    @Test(
        "A time is written in UTC, to the second it is in",
        arguments: [
            (1_795_464_111.0, "20261123T200151Z", "2026-11-23 20:01:51 UTC", "2026-11-23T20:01:51Z"),
            (1_795_464_111.999, "20261123T200151Z", "2026-11-23 20:01:51 UTC", "2026-11-23T20:01:51Z"),
            (0, "19700101T000000Z", "1970-01-01 00:00:00 UTC", "1970-01-01T00:00:00Z"),
            (-0.5, "19691231T235959Z", "1969-12-31 23:59:59 UTC", "1969-12-31T23:59:59Z"),
            (951_782_400, "20000229T000000Z", "2000-02-29 00:00:00 UTC", "2000-02-29T00:00:00Z"),
            (253_402_300_799, "99991231T235959Z", "9999-12-31 23:59:59 UTC", "9999-12-31T23:59:59Z"),
        ])
    func forms(seconds: Double, compact: String, readable: String, rfc3339: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(Timestamp.compact(date) == compact)
        #expect(Timestamp.readable(date) == readable)
        #expect(Timestamp.rfc3339(date) == rfc3339)
    }
}
