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

    /// The last line, which decides, without a full stop, and cut to a length that can be shown.
    public var description: String {
        var line = (lines.last ?? "")[...]
        while let last = line.last, last == "." || last == " " { line.removeLast() }
        return line.count > 200 ? "\(line.prefix(200))…" : String(line)
    }
}
