public import FoundationEssentials
import Glibc

/// Times as they stand in file names and in what is printed: UTC.
public enum Timestamp {
    /// `20261123T200151Z`
    public static func compact(_ date: Date) -> String {
        let parts = components(date)
        return "\(four(parts.tm_year + 1900))\(two(parts.tm_mon + 1))\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
    }

    /// `2026-11-23 20:01:51 UTC`
    public static func readable(_ date: Date) -> String {
        let parts = components(date)
        return "\(four(parts.tm_year + 1900))-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
    }

    /// `2026-11-23T20:01:51Z` (RFC 3339)
    public static func rfc3339(_ date: Date) -> String {
        readable(date).replacing(" UTC", with: "Z").replacing(" ", with: "T")
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
