import ArgumentParser
import FoundationEssentials

/// A length of time as it is typed: `12h`, `30d`, `2w`.
struct DurationArgument {
    let seconds: TimeInterval

    private static let units: [Character: Int] = ["h": 3_600, "d": 86_400, "w": 7 * 86_400]
    /// A century: longer than anything here lasts.
    private static let longest = 36_525 * 86_400

    /// Reads it, as the transform of an option.
    init(_ text: String) throws {
        guard let last = text.last, let unit = Self.units[last], let number = Int(text.dropLast()),
            text.first?.isNumber == true
        else {
            throw ValidationError("give a whole number and h, d or w for hours, days or weeks, as in 30d")
        }
        let (seconds, isOver) = number.multipliedReportingOverflow(by: unit)
        guard !isOver, seconds <= Self.longest else { throw ValidationError("that is over a hundred years") }
        self.seconds = TimeInterval(seconds)
    }
}

/// How long others may keep a DNS record, as zone files have it: in seconds, or with m, h, d or w.
struct TTLArgument {
    let seconds: TimeInterval

    /// An hour is what most zones have.
    static let usual = 3_600.0
    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400]
    /// The longest there is (RFC 2181 §8).
    private static let longest = Int(Int32.max)

    /// Reads it, as the transform of an option.
    init(_ text: String) throws {
        let unit = text.last.flatMap { Self.units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw ValidationError("give a TTL as a zone file has it: 3600, or 1h")
        }
        guard let number = Int(digits),
            case (let seconds, let isOver) = number.multipliedReportingOverflow(by: unit ?? 1),
            !isOver, seconds <= Self.longest
        else { throw ValidationError("no TTL is that long") }
        self.seconds = TimeInterval(seconds)
    }
}
