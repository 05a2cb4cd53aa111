import Glibc
import MailCA
import SystemPackage

/// What mail servers write into the system's logs from a moment on.
struct DaemonLog {
    private let begin: [FilePath: Int]
    private let start = time(nil)

    private static let files: [FilePath] = [
        "/var/log/mail.log", "/var/log/maillog", "/var/log/mail.err", "/var/log/exim4/mainlog",
        "/var/log/exim4/paniclog",
        "/var/log/exim/mainlog", "/var/log/exim/paniclog", "/var/log/dovecot.log", "/var/log/syslog",
        "/var/log/messages",
    ]
    private static let longest = 64 << 10
    private static let mostLines = 20

    /// Notes where the logs end now.
    init() {
        var begin: [FilePath: Int] = [:]
        for file in Self.files { begin[file] = FileStatus(file, following: true)?.size }
        self.begin = begin
    }

    /// The lines since then, none twice; where there are no log files, those of the system's journal.
    func news() -> String {
        var lines: [Substring] = []
        for file in Self.files {
            guard let size = FileStatus(file, following: true)?.size, size > begin[file] ?? 0 else { continue }
            lines += Self.text(of: file, from: max(begin[file] ?? 0, size - Self.longest)).split(separator: "\n")
        }
        if lines.isEmpty, let journal = SystemCommand("journalctl", ["--quiet", "--no-pager", "--since", "@\(start)"]),
            let outcome = try? journal.run(seconds: 10), outcome.status == 0
        {
            lines = outcome.output.split(separator: "\n")
        }
        // Lines that differ in times and process numbers alone say the same.
        var seen: Set<String> = []
        return lines.filter { seen.insert(String($0.filter { !$0.isNumber })).inserted }.prefix(Self.mostLines)
            .map { "  \($0)" }.joined(separator: "\n")
    }

    private static func text(of file: FilePath, from offset: Int) -> String {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        lseek(descriptor, off_t(offset), SEEK_SET)
        let bytes = (try? FileContent.next(longest, of: descriptor, name: file)) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }
}
