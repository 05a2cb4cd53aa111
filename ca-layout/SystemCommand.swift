import Glibc
import MailCA
import SystemPackage

/// A program of the system's, such as those with which mail servers are told of new files.
struct SystemCommand {
    /// What came of running it.
    struct Outcome {
        /// The exit status; 128 and the signal's number where one ended it.
        let status: Int32
        /// What it printed, on standard output and standard error.
        let output: String
    }

    let path: FilePath
    let arguments: [String]

    /// Where administrators' programs are, also where the path of the caller has them not.
    private static let folders = [
        "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/lib/cyrus/bin",
        "/usr/libexec/sendmail", "/usr/libexec",
    ]
    private static let longestOutput = 64 << 10

    /// - Returns: nil where there is no such program here.
    init?(_ name: String, _ arguments: [String] = []) {
        let places = name.hasPrefix("/") ? [name] : Self.folders.map { "\($0)/\(name)" }
        guard let path = places.first(where: { access($0, X_OK) == 0 }) else { return nil }
        self.path = FilePath(path)
        self.arguments = arguments
    }

    /// As one would type it.
    var line: String { ([path.lastComponent?.string ?? ""] + arguments).joined(separator: " ") }

    /// Runs it to its end, without the caller's environment.
    /// - Throws: `MailCAError` with code `serviceUnavailable` where it cannot be run, or does not end.
    func run(seconds: Int = 60) throws(MailCAError) -> Outcome {
        var ends: [Int32] = [0, 0]
        // Close-on-exec, which pipe(2) cannot make at once.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw systemError("run", path) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        let variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
        var argv: [UnsafeMutablePointer<CChar>?] = ([path.string] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for text in argv + environment { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, path.string, &actions, nil, &argv, &environment)
        close(ends[1])
        guard status == 0 else { throw systemError("run", path, number: status) }
        return try wait(for: child, reading: ends[0], seconds: seconds)
    }

    private func wait(for child: pid_t, reading pipe: Int32, seconds: Int) throws(MailCAError) -> Outcome {
        var output: [UInt8] = []
        var status: Int32 = 0
        let end = ContinuousClock.now + .seconds(seconds)
        var isOpen = true
        while true {
            if isOpen { isOpen = Self.read(pipe, into: &output, milliseconds: 50) } else { usleep(10_000) }
            // A daemon that it started may keep the pipe open: the program's own end is what counts.
            if waitpid(child, &status, WNOHANG) == child { break }
            guard ContinuousClock.now < end else {
                kill(child, SIGKILL)
                waitpid(child, &status, 0)
                throw MailCAError(
                    .serviceUnavailable, "\(line) did not end within \(seconds) seconds",
                    hint: "See what it waits for, then run the command again.")
            }
        }
        // What it said last.
        var before = -1
        while isOpen && output.count > before && output.count < Self.longestOutput {
            before = output.count
            isOpen = Self.read(pipe, into: &output, milliseconds: 0)
        }
        let signal = status & 0x7f
        return Outcome(
            status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: String(decoding: output, as: UTF8.self))
    }

    /// Reads what there is, or comes soon; what is too much is read and forgotten.
    /// - Returns: false where nothing comes any more.
    private static func read(_ pipe: Int32, into output: inout [UInt8], milliseconds: Int32) -> Bool {
        var awaited = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        guard poll(&awaited, 1, milliseconds) > 0 else { return true }
        var part = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(pipe, &part, part.count)
        if count > 0 && output.count < longestOutput { output += part[..<count] }
        return count > 0 || (count < 0 && errno == EINTR)
    }
}
