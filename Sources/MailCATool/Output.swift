import FoundationEssentials
import Glibc
import OpenSSLKit

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

    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
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
