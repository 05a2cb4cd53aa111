public import FoundationEssentials
import Glibc

/// Times as they stand in file names and in what is printed: UTC.
public enum Timestamp {
    /// `20261123T200151Z`
    public static func compact(_ date: Date) -> String { text(date, "", "T", "", "Z") }

    /// `2026-11-23 20:01:51 UTC`
    public static func readable(_ date: Date) -> String { text(date, "-", " ", ":", " UTC") }

    /// `2026-11-23T20:01:51Z` (RFC 3339)
    public static func rfc3339(_ date: Date) -> String { text(date, "-", "T", ":", "Z") }

    private static func text(
        _ date: Date, _ ofDate: String, _ between: String, _ ofTime: String, _ end: String
    ) -> String {
        let parts = components(date)
        return "\(four(parts.tm_year + 1900))\(ofDate)\(two(parts.tm_mon + 1))\(ofDate)\(two(parts.tm_mday))\(between)"
            + "\(two(parts.tm_hour))\(ofTime)\(two(parts.tm_min))\(ofTime)\(two(parts.tm_sec))\(end)"
    }

    /// Reads `2026-11-23`, `2026-11-23T20:01:51Z` or `2026-11-23 20:01:51`, all in UTC; nil for anything else.
    public static func date(_ text: String) -> Date? {
        let parts = text.split(whereSeparator: { "-T: ".contains($0) || $0 == "Z" }).map { Int32($0) }
        let form = String(text.map { $0.isASCII && $0.isNumber ? "0" : $0 })
        guard ["0000-00-00", "0000-00-00T00:00:00Z", "0000-00-00 00:00:00"].contains(form) else { return nil }
        let numbers = parts.compactMap(\.self)
        var time = tm()
        time.tm_year = numbers[0] - 1900
        time.tm_mon = numbers[1] - 1
        time.tm_mday = numbers[2]
        if numbers.count == 6 { (time.tm_hour, time.tm_min, time.tm_sec) = (numbers[3], numbers[4], numbers[5]) }
        let date = Date(timeIntervalSince1970: Double(timegm(&time)))
        // A day that there is not, such as 30 February, becomes another one.
        return rfc3339(date).hasPrefix(text.replacing(" ", with: "T")) ? date : nil
    }

    private static func components(_ date: Date) -> tm {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static func four(_ number: Int32) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
