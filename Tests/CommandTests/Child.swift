import Foundation
import Glibc
import TestSupport

/// A program that runs beside the test, so that it can be sent signals, or several be started before one is waited for.
final class Child {
    struct Failed: Error, CustomStringConvertible { let description: String }

    /// How a program ended.
    struct End {
        let raw: Int32
        /// As a shell has it: 128 and the signal's number for one that was killed.
        var status: Int32 { raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f) }
        var leftCoreDump: Bool { raw & 0x80 != 0 }
    }

    /// Where the program's streams lead.
    enum Streams {
        /// Input from a descriptor, output and errors to files.
        case files(input: Int32?, output: String, errors: String)
        /// All three to the terminal of that path, which becomes its own.
        case terminal(String)
    }

    let pid: pid_t
    private var end: End?

    init(_ line: [String], environment: [String: String] = [:], directory: String? = nil, streams: Streams) throws {
        // posix_spawn_file_actions_addchdir_np(3) is not there for Swift to call.
        let line = (directory.map { ["env", "--chdir", $0] } ?? []) + line
        guard let path = Command.find(line[0]) else { throw Failed(description: "\(line[0]) is not installed") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        switch streams {
        case .files(let input, let output, let errors):
            if let input {
                posix_spawn_file_actions_adddup2(&actions, input, 0)
            } else {
                posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            }
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        case .terminal(let name):
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A session of its own: the first terminal that it opens is its own, and without one it has none.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)
        let all = ProcessInfo.processInfo.environment.merging(Place.plain) { $1 }.merging(environment) { $1 }
        var argv = ([path] + line.dropFirst()).map { strdup($0) } + [nil]
        var envp = all.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, path, &actions, &attributes, &argv, &envp)
        guard status == 0 else { throw Failed(description: "\(line[0]): \(String(cString: strerror(status)))") }
        pid = child
    }

    deinit {
        if end == nil {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end.
    func wait(timeout: TimeInterval = 300) throws -> End {
        if let end { return end }
        let limit = Date().addingTimeInterval(timeout)
        while true {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                let end = End(raw: status)
                self.end = end
                return end
            }
            guard Date() < limit else { throw Failed(description: "the program \(pid) is still running") }
            usleep(2_000)
        }
    }

    /// A file of the kernel's about it.
    func proc(_ name: String) -> String { (try? String(contentsOfFile: "/proc/\(pid)/\(name)", encoding: .utf8)) ?? "" }

    /// Waits until something holds.
    static func until(_ what: String, timeout: TimeInterval = 120, _ holds: () throws -> Bool) throws {
        let limit = Date().addingTimeInterval(timeout)
        while try !holds() {
            guard Date() < limit else { throw Failed(description: "waited in vain: \(what)") }
            usleep(2_000)
        }
    }
}
