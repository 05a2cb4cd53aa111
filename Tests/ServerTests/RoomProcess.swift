import Foundation
import Glibc
import Synchronization

/// The process that holds a room open (`Tests/daemons/enter`): it goes when its input ends, so when we end it and also
/// when we are killed.
final class RoomProcess: Sendable {
    /// The room's first process, as the system numbers it.
    let firstPID: String

    private let pid: pid_t
    private let lifeline: Int32
    private let ended = Mutex(false)

    /// Starts the program and waits until the room is open.
    /// - Parameter errors: the file for what it complains about.
    init(_ program: String, _ arguments: [String], errors: String) throws {
        // Close-on-exec: no other program that tests start may hold our end, or the room would outlive us.
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let theirs = ends[1]
        lifeline = ends[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirs, 0)
        posix_spawn_file_actions_adddup2(&actions, theirs, 1)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, program, &actions, nil, &argv, environ)
        close(theirs)
        guard status == 0 else {
            close(lifeline)
            throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO)
        }
        pid = child
        let lines = Self.readLines(lifeline, until: "ready")
        firstPID = lines.first ?? ""
        guard lines.last == "ready" else {
            end()
            throw Room.Failure.notOpened((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")
        }
    }

    deinit { end() }

    /// Ends the room and everything in it.
    func end() {
        let isFirst = ended.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        close(lifeline)
        var status: Int32 = 0
        for _ in 0..<2500 {
            if waitpid(pid, &status, WNOHANG) != 0 { return }
            usleep(2000)
        }
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
    }

    /// The lines up to `last`, or up to the end; at most a minute long.
    private static func readLines(_ descriptor: Int32, until last: String) -> [String] {
        let patience = Date(timeIntervalSinceNow: 60)
        var said: [UInt8] = []
        while !said.reversed().starts(with: "\(last)\n".utf8.reversed()), Date.now < patience {
            var awaited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&awaited, 1, 1000) > 0 else { continue }
            var more = [UInt8](repeating: 0, count: 256)
            let count = read(descriptor, &more, more.count)
            if count <= 0 { break }
            said += more[..<count]
        }
        return String(decoding: said, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
