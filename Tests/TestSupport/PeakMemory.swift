import Foundation

/// The most memory that a program has at a time (`Tests/live/peak-memory`).
public struct PeakMemory {
    public enum Failure: Error { case notMeasured(String) }

    private let scratch: TemporaryDirectory

    public init() throws { scratch = try TemporaryDirectory() }

    /// What runs the program: its path and arguments come after these.
    public var launcher: [String] { [Self.script, scratch.file("peak")] }

    /// What it was, once the program has ended, in KiB.
    public func kibibytes() throws -> Int {
        let text = try scratch.read("peak").trimmingCharacters(in: .newlines)
        guard let peak = Int(text) else { throw Failure.notMeasured(text) }
        return peak
    }

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "live/peak-memory").path(percentEncoded: false)
}
