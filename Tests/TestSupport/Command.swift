public import Foundation
import Synchronization

/// A program run to its end: how tests drive `mailca` and the second implementations.
public struct Command: Sendable {
    /// What a finished program left behind.
    public struct Outcome: Sendable {
        public let status: Int32
        public let stdout: String
        public let stderr: String
        /// Both streams, for messages of failed expectations.
        public var everything: String { "exit \(status)\n\(stdout)\n\(stderr)" }
    }

    public enum Failure: Error, CustomStringConvertible {
        case missing(String, install: String)
        case timedOut(String)

        public var description: String {
            switch self {
            case .missing(let tool, let install): "\(tool) is not installed. Install it with: \(install)"
            case .timedOut(let line): "still running when its time was up: \(line)"
            }
        }
    }

    /// Runs `executable` (a path, or a name looked up in PATH) and waits for it.
    /// - Parameter package: the Debian package that has it, named in the error when it is missing.
    public static func run(
        _ executable: String, _ arguments: [String] = [], input: String = "",
        environment: [String: String] = [:], directory: String? = nil, timeout: TimeInterval = 60,
        package: String? = nil
    ) throws -> Outcome {
        guard let path = find(executable) else {
            throw Failure.missing(executable, install: "apt-get install \(package ?? executable)")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        // Files, not pipes: no reader has to keep up, whatever the program prints.
        let scratch = try TemporaryDirectory()
        try Data(input.utf8).write(to: scratch.url.appending(path: "in"))
        for name in ["out", "err"] { try Data().write(to: scratch.url.appending(path: name)) }
        process.standardInput = try FileHandle(forReadingFrom: scratch.url.appending(path: "in"))
        process.standardOutput = try FileHandle(forWritingTo: scratch.url.appending(path: "out"))
        process.standardError = try FileHandle(forWritingTo: scratch.url.appending(path: "err"))
        let timedOut = Mutex(false)
        try process.run()
        let watchdog = DispatchWorkItem {
            timedOut.withLock { $0 = true }
            kill(process.processIdentifier, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        if timedOut.withLock({ $0 }) {
            throw Failure.timedOut(([executable] + arguments).joined(separator: " "))
        }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: scratch.url.appending(path: name)), as: UTF8.self)
        }
        return Outcome(status: process.terminationStatus, stdout: try text("out"), stderr: try text("err"))
    }

    /// The path of a program, or nil where it is not installed.
    public static func find(_ name: String) -> String? {
        if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
