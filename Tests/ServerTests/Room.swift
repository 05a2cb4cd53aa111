import Foundation
import TestSupport

/// A place to run a real mail server in: a throw-away overlay of the private root with its own processes, network,
/// host name and syslog (`Tests/daemons/enter`). Everything in it ends with this object, or with the test process.
final class Room: Sendable {
    /// What is in the way of a test with a real server.
    enum Failure: Error, CustomStringConvertible {
        case notRoot
        case notPrepared(String, output: String)
        case notOpened(String)
        case failed(String, Command.Outcome)
        case timedOut(String, log: String)

        var description: String {
            switch self {
            case .notRoot: "real mail servers run in namespaces of their own, which takes root: sudo swift test"
            case .notPrepared(let script, let output):
                "the private root is not there. Make it with: \(script)\n\(output)"
            case .notOpened(let output): "the room did not open: \(output)"
            case .timedOut(let event, let log): "waited in vain for \(event)\n\(log)"
            case .failed(let line, let outcome): "\(line): \(outcome.everything)"
            }
        }
    }

    /// A folder that the system and the room both see, under `sharedPath` in the room.
    let shared: TemporaryDirectory
    static let sharedPath = "/srv/shared"

    private let process: RoomProcess

    /// Opens a room.
    /// - Parameter folders: folders of the system that the room sees under the same paths.
    init(seeing folders: [String] = []) throws {
        _ = try Self.root()
        shared = try TemporaryDirectory()
        let visible = ["\(shared.path):\(Self.sharedPath)"] + folders
        process = try RoomProcess(
            Self.script("enter"), ["--log", shared.file("log")] + visible.flatMap { ["--bind", $0] },
            errors: shared.file("errors"))
    }

    /// Ends every process in the room. What was written in it is gone.
    func close() { process.end() }

    /// Runs a program in the room and waits for it.
    func run(_ program: String, _ arguments: [String] = [], input: String = "") throws -> Command.Outcome {
        let enter =
            ["--target", process.firstPID, "--mount", "--uts", "--ipc", "--net", "--pid"] + ["--root", "--wd", "--"]
        let clean = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8"]
        return try Command.run(
            "nsenter", enter + clean + [program] + arguments, input: input, package: "util-linux")
    }

    /// Runs a program of the system, with the system's files, that has nothing of the room but its network.
    func beside(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> Command.Outcome {
        try Command.run(
            "nsenter", ["--target", process.firstPID, "--net", "--", program] + arguments, environment: environment,
            package: "util-linux")
    }

    /// Runs a program in the room that has to succeed.
    @discardableResult
    func must(_ program: String, _ arguments: [String] = [], input: String = "") throws -> String {
        let outcome = try run(program, arguments, input: input)
        guard outcome.status == 0 else {
            throw Failure.failed(([program] + arguments).joined(separator: " "), outcome)
        }
        return outcome.stdout
    }

    /// Shows the room a copy of a file, and returns its path there.
    func copy(_ path: String, as name: String = UUID().uuidString) throws -> String {
        try FileManager.default.copyItem(atPath: path, toPath: shared.file(name))
        return "\(Self.sharedPath)/\(name)"
    }

    /// What the room's programs have sent to syslog so far.
    var log: String {
        String(decoding: (try? Data(contentsOf: shared.url.appending(path: "log"))) ?? Data(), as: UTF8.self)
    }

    /// The private root's path; made first where it is missing.
    static func root() throws -> String {
        guard geteuid() == 0 else { throw Failure.notRoot }
        let outcome = try Command.run(script("prepare"), timeout: 900)
        guard outcome.status == 0, let path = outcome.stdout.split(separator: "\n").last else {
            throw Failure.notPrepared(script("prepare"), output: outcome.everything)
        }
        return String(path)
    }

    /// The path of a program in Tests/daemons.
    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "daemons/\(name)").path(percentEncoded: false)
    }
}
