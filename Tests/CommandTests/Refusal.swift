import Foundation
import TestSupport
import Testing

/// What every refusal looks like: nothing on standard output, an error and a hint on standard error, a status of its own.
func expectRefusal(
    _ outcome: Command.Outcome, status: Int32, saying words: String..., hint: Bool = true,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome.everything)", sourceLocation: location)
    #expect(outcome.stdout == "", sourceLocation: location)
    let lines = outcome.stderr.split(separator: "\n").filter { !$0.hasPrefix("mailca: note: ") }
    #expect(lines.first?.hasPrefix("mailca: error: ") == true, "\(outcome.everything)", sourceLocation: location)
    if hint {
        #expect(
            lines.dropFirst().first?.hasPrefix("mailca: hint: ") == true, "\(outcome.everything)",
            sourceLocation: location)
    }
    #expect(lines.count <= 2, "\(outcome.everything)", sourceLocation: location)
    for word in words {
        #expect(outcome.stderr.contains(word), "\(word) is not said: \(outcome.stderr)", sourceLocation: location)
    }
    let unseen = outcome.stderr.unicodeScalars.filter {
        $0 != "\n" && [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
    }
    #expect(
        unseen.isEmpty, "something in it acts on the terminal: \(outcome.stderr.debugDescription)",
        sourceLocation: location)
}

/// Runs something that has to leave a place as it is.
func expectNothingChanges(
    in place: Place, at location: SourceLocation = #_sourceLocation, _ work: () throws -> Void
) rethrows {
    let before = place.tree
    try work()
    #expect(place.tree.changes(since: before) == [], sourceLocation: location)
}
