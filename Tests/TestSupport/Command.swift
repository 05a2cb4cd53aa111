public import Foundation
import Glibc

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
        environment: [String: String] = [:], directory: String? = nil, timeout: TimeInterval = 300,
        package: String? = nil
    ) throws -> Outcome {
        guard let path = find(executable) else {
            throw Failure.missing(executable, install: "apt-get install \(package ?? executable)")
        }
        // Files, not pipes: no reader has to keep up, whatever the program prints.
        let scratch = try TemporaryDirectory()
        try Data(input.utf8).write(to: scratch.url.appending(path: "in"))
        // posix_spawn changes no directory: env(1) does.
        let line = directory.map { ["/usr/bin/env", "-C", $0, path] + arguments } ?? [path] + arguments
        let child = try spawn(
            line, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }, scratch)
        guard let status = wait(for: child, timeout: timeout) else {
            throw Failure.timedOut(([executable] + arguments).joined(separator: " "))
        }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: scratch.url.appending(path: name)), as: UTF8.self)
        }
        return Outcome(status: status, stdout: try text("out"), stderr: try text("err"))
    }

    /// Starts a program with its streams in files. Foundation's `Process` is not used: with several at a time in one
    /// process it crashes now and then.
    private static func spawn(
        _ line: [String], environment: [String: String], _ scratch: TemporaryDirectory
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let output = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, scratch.file("in"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, scratch.file("out"), output, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, scratch.file("err"), output, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell would leave them, whatever this process blocks.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv = line.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, line[0], &actions, &attributes, &argv, &envp)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
        return child
    }

    /// The exit status as a shell has it, 128 and the signal's number for one that was killed; nil where its time was up,
    /// and it was killed here.
    private static func wait(for child: pid_t, timeout: TimeInterval) -> Int32? {
        let end = Date().addingTimeInterval(timeout)
        var pause: UInt32 = 500
        while true {
            var status: Int32 = 0
            let result = waitpid(child, &status, WNOHANG)
            if result == child { return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f) }
            if result < 0 && errno != EINTR { return 127 }
            if Date() > end {
                kill(child, SIGKILL)
                waitpid(child, &status, 0)
                return nil
            }
            usleep(pause)
            pause = min(pause * 2, 2_000)
        }
    }

    /// The path of a program, or nil where it is not installed.
    public static func find(_ name: String) -> String? {
        if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // The system's own first: others of that name may be scripts that look for the one they stand for, at length.
        let folders = ["/usr/bin"] + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
