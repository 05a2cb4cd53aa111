import Foundation
import Glibc
import TestSupport
import Testing

/// A command under strace: what it asks of the kernel, and what becomes of it when the kernel fails it or kills it there.
enum Trace {
    /// One call: the n-th of its name.
    struct Step: Sendable, Equatable, CustomTestStringConvertible, CustomStringConvertible {
        let name: String
        let number: Int
        let text: String

        var description: String { "\(name) \(number): \(text.prefix(80))" }
        var testDescription: String { description }
    }

    /// Everything that changes what is on the disk.
    private static let calls = [
        "openat", "open", "creat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2", "link",
        "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmod",
        "fchmodat",
        "ftruncate", "fallocate",
    ]

    /// A process that turned its core dumps off shows its memory, the names of files, to root of its namespace only.
    private static let runner = geteuid() == 0 ? [] : ["unshare", "--map-root-user"]

    /// One that this process may use.
    private static let processor: String = {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
        return String(line.drop { !$0.isNumber }.prefix { $0.isNumber })
    }()

    /// Runs `mailca` under strace.
    /// - Returns: its outcome, and what strace wrote, one call a line.
    static func run(
        _ arguments: [String], options: [String], in place: Place, umask: String? = nil
    ) throws -> (outcome: Command.Outcome, lines: [String]) {
        guard Command.find("strace") != nil else {
            throw Command.Failure.missing("strace", install: "apt-get install strace")
        }
        let log = try TemporaryDirectory()
        // With one processor it is the first thread that goes through a list of users.
        let alone = arguments.contains("--from") ? ["taskset", "--cpu-list", processor] : []
        let outcome = try place.mailca(
            arguments, umask: umask, under: alone + runner + ["strace", "-f", "-qq", "-o", log.file("log")] + options)
        let lines = (try? log.read("log"))?.split(separator: "\n").map(String.init) ?? []
        return (outcome, lines)
    }

    /// The calls by which a command changes what is on the disk, in order.
    static func steps(_ arguments: [String], in place: Place) throws -> [Step] {
        let (outcome, lines) = try run(arguments, options: ["-e", "trace=\(calls.joined(separator: ","))"], in: place)
        guard outcome.status == 0 else { throw Place.Failed(arguments: arguments, outcome: outcome) }
        let first = lines.first?.prefix { $0.isNumber } ?? ""
        var numbers: [String: Int] = [:]
        return lines.compactMap { line in
            // Calls are counted for each thread apart; the first does the work.
            guard line.prefix(while: \.isNumber) == first, let call = Call(line) else { return nil }
            numbers[call.name, default: 0] += 1
            let isWrite = call.name == "write" || call.name == "pwrite64"
            if call.name.hasPrefix("open") && !call.arguments.contains("O_CREAT") { return nil }
            if isWrite && ["1,", "2,"].contains(call.arguments.prefix(2)) { return nil }
            return Step(name: call.name, number: numbers[call.name] ?? 0, text: call.arguments)
        }
    }

    /// Runs a command that is killed when it begins a step.
    static func kill(at step: Step, _ arguments: [String], in place: Place) throws -> Command.Outcome {
        try run(
            arguments,
            options: ["-e", "trace=\(step.name)", "-e", "inject=\(step.name):signal=SIGKILL:when=\(step.number)"],
            in: place
        ).outcome
    }

    /// Runs a command whose step fails.
    static func fail(_ error: String, at step: Step, _ arguments: [String], in place: Place) throws -> Command.Outcome {
        try run(
            arguments,
            options: ["-e", "trace=\(step.name)", "-e", "inject=\(step.name):error=\(error):when=\(step.number)"],
            in: place
        ).outcome
    }

    /// A line of strace's: `123 fchmod(7, 0600) = 0`.
    struct Call {
        let name: String
        let arguments: String
        let result: Int?

        init?(_ line: String) {
            let text = line.drop { $0.isNumber || $0 == " " }
            guard let open = text.firstIndex(of: "("), let close = text.range(of: ")", options: .backwards) else {
                return nil
            }
            let name = text[..<open]
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { return nil }
            self.name = String(name)
            // A result such as `= -1 ENOENT (No such file or directory)` has a parenthesis of its own.
            let equals = text.range(of: ") ", options: .backwards) ?? close
            let end = text.range(of: " = ", options: .backwards).map(\.lowerBound) ?? close.lowerBound
            let body = text[text.index(after: open)..<max(text.index(after: open), min(end, equals.lowerBound))]
            arguments = body.trimmingCharacters(in: CharacterSet(charactersIn: ") "))
            result = text.range(of: " = ", options: .backwards).flatMap { found in
                Int(text[found.upperBound...].prefix { $0.isNumber || $0 == "-" })
            }
        }

        /// The texts in quotation marks among the arguments.
        var texts: [String] {
            arguments.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }
}
