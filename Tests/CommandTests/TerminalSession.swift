import Foundation
import Glibc

/// A terminal with a program at it: what is typed, and what is shown.
final class TerminalSession {
    private let master: Int32
    private let child: Child
    private var bytes: [UInt8] = []
    /// How much of it was awaited already.
    private var awaited = 0

    /// Everything that was shown so far.
    var screen: String { String(decoding: bytes, as: UTF8.self) }

    init(_ line: [String], directory: String) throws {
        // What unlockpt(3) and ptsname(3) do, which Swift does not see: ioctl_tty(2)'s TIOCSPTLCK and TIOCGPTN.
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = -1
        guard master >= 0, ioctl(master, setLock, &lock) == 0, ioctl(master, getNumber, &number) == 0 else {
            throw Child.Failed(description: "no terminal can be made")
        }
        self.master = master
        child = try Child(line, directory: directory, streams: .terminal("/dev/pts/\(number)"))
    }

    deinit { close(master) }

    /// Waits until the program shows `text` after what was awaited before.
    func expect(_ text: String) throws {
        while true {
            let rest = String(decoding: bytes[awaited...], as: UTF8.self)
            if let found = rest.range(of: text) {
                awaited += rest[..<found.upperBound].utf8.count
                return
            }
            guard read() else { throw Child.Failed(description: "\(text) does not come; the screen shows: \(screen)") }
        }
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Waits for the program's end.
    func end() throws -> Child.End {
        while read() {}
        return try child.wait()
    }

    /// Takes what is shown next; false when the program is gone, or says nothing any more.
    private func read() -> Bool {
        var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 120_000) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(master, &buffer, buffer.count)
        guard count > 0 else { return false }
        bytes += buffer[..<count]
        return true
    }
}
