import Foundation
import Glibc

/// A program in Tests/live that reads its script from standard input, and prints the port where it listens. It ends with
/// this object, and with the test process.
final class ScriptedProcess: Sendable {
    enum Failure: Error { case notStarted(String) }

    let port: UInt16
    private let pid: pid_t
    private let lifeline: Int32

    init(_ name: String, _ script: [String: Any]) throws {
        let program = Self.folder.appending(path: name).path(percentEncoded: false)
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let ours = ends[0]
        lifeline = ours
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var argv = [strdup(program), nil]
        defer { for text in argv { free(text) } }
        var child: pid_t = 0
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell would leave them, whatever this thread blocks.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = posix_spawn(&child, program, &actions, &attributes, &argv, environ)
        Glibc.close(ends[1])
        pid = child
        guard status == 0 else { throw Failure.notStarted(String(cString: strerror(status))) }
        let line = try JSONSerialization.data(withJSONObject: script) + Data("\n".utf8)
        var sent = 0
        while sent < line.count {
            let status = line.withUnsafeBytes {
                send(ours, $0.baseAddress.map { $0 + sent }, line.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard status > 0 else { throw Failure.notStarted("it does not read its script") }
            sent += status
        }
        guard let port = UInt16(Self.readLine(ours)) else { throw Failure.notStarted("it named no port") }
        self.port = port
    }

    deinit {
        Glibc.close(lifeline)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    private static func readLine(_ descriptor: Int32) -> String {
        var said: [UInt8] = []
        let patience = Date(timeIntervalSinceNow: 120)
        while said.last != UInt8(ascii: "\n"), Date.now < patience {
            var awaited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&awaited, 1, 1000) > 0 else { continue }
            var byte: UInt8 = 0
            guard read(descriptor, &byte, 1) == 1 else { break }
            said.append(byte)
        }
        return String(decoding: said.dropLast(), as: UTF8.self)
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "live")
}
