import Glibc
import MailCA
import OpenSSLKit

/// The terminal that the command was started from, for what must not be seen.
struct Terminal: ~Copyable {
    private let descriptor: Int32

    /// - Returns: nil where there is none.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Asks twice, and again until both are the same and not empty.
    func newPassphrase() throws(MailCAError) -> SecretBytes {
        while true {
            let first = try secret("New passphrase for the CA's key: ")
            if first.isEmpty {
                say("It is empty. Think of one, or press Ctrl-C.\n")
                continue
            }
            let second = try secret("The same again: ")
            if first == second { return first }
            say("They are not the same.\n")
        }
    }

    /// Asks for a line without showing it.
    func secret(_ prompt: String) throws(MailCAError) -> SecretBytes {
        var usual = termios()
        guard tcgetattr(descriptor, &usual) == 0 else {
            throw MailCAError(.inputOutput, "the terminal cannot be asked", hint: "Give --passphrase-file.")
        }
        // Every key is taken as it comes, Ctrl-C too, so that the echo is never left off.
        var quiet = usual
        quiet.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(descriptor, TCSAFLUSH, &quiet)
        say(prompt)
        var line: [UInt8] = []
        line.reserveCapacity(1_024)
        defer {
            SecretBytes.wipe(&line)
            tcsetattr(descriptor, TCSAFLUSH, &usual)
            say("\n")
        }
        while true {
            var key: UInt8 = 0
            let count = Glibc.read(descriptor, &key, 1)
            if count < 0 && errno == EINTR { continue }
            switch key {
            case _ where count <= 0, 0x03, 0x04:
                throw MailCAError(.passphraseNeeded, "no passphrase was given", hint: "Nothing was changed.")
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return SecretBytes(line)
            case 0x08, 0x7f:
                // A whole character goes, however many bytes it has.
                while let last = line.popLast(), last & 0xc0 == 0x80 {}
            case 0x15: line.removeAll(keepingCapacity: true)
            default: if line.count < 1_024 { line.append(key) }
            }
        }
    }

    /// Asks a question, the answer to which is no unless it begins with y.
    func confirms(_ question: String) -> Bool {
        say("\(question) [y/N] ")
        var answer: [UInt8] = []
        var key: UInt8 = 0
        while answer.count < 1_024 {
            let count = Glibc.read(descriptor, &key, 1)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 || key == UInt8(ascii: "\n") { break }
            answer.append(key)
        }
        return answer.first.map { $0 == UInt8(ascii: "y") || $0 == UInt8(ascii: "Y") } == true
    }

    private func say(_ text: String) { Output.write(text, to: descriptor) }
}
