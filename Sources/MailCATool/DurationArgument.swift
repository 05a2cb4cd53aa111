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
