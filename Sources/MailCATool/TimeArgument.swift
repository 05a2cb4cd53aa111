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
