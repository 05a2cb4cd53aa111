import TestSupport

/// What an implementation makes of something.
struct Verdict: Sendable, CustomStringConvertible {
    let accepted: Bool
    let said: String

    var description: String { "\(accepted ? "accepted" : "refused"): \(said)" }

    init(accepted: Bool, said: String) {
        self.accepted = accepted
        self.said = said
    }

    /// Of a program whose exit status tells.
    init(_ outcome: Command.Outcome) {
        self.init(accepted: outcome.status == 0, said: outcome.everything)
    }

    /// The first verdict that refuses, or else the last: further questions are asked only while all is well.
    static func all(_ first: Verdict, _ others: (() throws -> Verdict)...) throws -> Verdict {
        try others.reduce(first) { $0.accepted ? try $1() : $0 }
    }
}
