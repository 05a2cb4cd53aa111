import FoundationEssentials
import Glibc
import MailCA
import OpenSSLKit
import SystemPackage

/// What a command found or did: for people as text, for programs as JSON.
protocol CommandResult: Encodable {
    /// Lines for a person, each ended by a newline.
    var text: String { get }
    /// What is shown even with `--quiet`, because it cannot be seen again.
    var essentialText: String { get }
}

extension CommandResult {
    var essentialText: String { "" }
}

/// The standard streams.
enum Output {
    static func show(_ result: some CommandResult, _ options: CommonOptions) {
        if options.json { write(json: result) } else { write(options.quiet ? result.essentialText : result.text) }
    }

    static func write(json result: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(result) else { return }
        write(String(decoding: data, as: UTF8.self) + "\n")
    }

    /// Writes all of it. Where standard output takes no more, the command fails: what it had to say is lost.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                if descriptor == STDOUT_FILENO { giveUp(Errno(rawValue: errno)) }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Output {
    private static func giveUp(_ reason: Errno) -> Never {
        let error = MailCAError(
            .inputOutput, "the result could not be written to standard output: \(reason)",
            hint:
                "What was to be done is done. Look at it with mailca verify; a password that was not shown is lost: issue again."
        )
        Messages.error(error)
        exit(ExitStatus.of(error.code))
    }
}

/// An error as JSON has it.
struct ErrorResult: Encodable {
    struct Body: Encodable {
        let code: String
        let message: String
        let hint: String?
    }

    let error: Body
}
