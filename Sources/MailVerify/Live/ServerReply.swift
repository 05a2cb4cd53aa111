/// What a mail server answered, with nothing in it that a terminal would obey.
public struct ServerReply: Sendable, Hashable, CustomStringConvertible {
    public enum Verdict: Sendable, Hashable {
        case yes
        /// It goes on, or wants to hear more.
        case more
        /// No, for now.
        case later
        case no
    }

    public let verdict: Verdict
    /// All lines, without what only separates them.
    public let lines: [String]

    public init(_ verdict: Verdict, _ lines: [String]) {
        self.verdict = verdict
        self.lines = lines
    }

    public var isPositive: Bool { verdict == .yes }

    /// The last line, which decides, cut to a length that can be shown.
    public var description: String {
        let line = lines.last ?? ""
        return line.count > 200 ? "\(line.prefix(200))…" : line
    }
}
