import ArgumentParser
import FoundationEssentials
import MailCA

/// A point in time on the command line, in UTC.
struct TimeArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        guard let date = Timestamp.date(argument) else { return nil }
        self.date = date
    }
}

/// A span of time on the command line: `30d`, `2w`, `12h`.
struct DurationArgument: ExpressibleByArgument {
    /// In seconds.
    let seconds: Double
    private let text: String

    init?(argument: String) {
        let units: [Character: Double] = ["h": 3_600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last], let count = UInt16(argument.dropLast()) else {
            return nil
        }
        seconds = Double(count) * unit
        text = argument
    }

    var defaultValueDescription: String { text }
}
