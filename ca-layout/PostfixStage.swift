import Glibc
import MailCA
import SystemPackage

/// Copies of Postfix's files, on which `postconf` works: the files themselves change only when all is done, and as one.
final class PostfixStage {
    private let directory: FilePath
    private static let names = ["main.cf", "master.cf"]

    /// - Throws: `MailCAError`, also with code `serviceUnavailable` where there is no `postconf`.
    init(main: [UInt8], master: [UInt8]) throws(MailCAError) {
        var template = Array("/tmp/mailca-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw systemError("write in", "/tmp") }
        directory = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        for (name, content) in zip(Self.names, [main, master]) {
            let path = directory.appending(name)
            let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw systemError("write", path) }
            defer { close(file) }
            try content.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
                try FileTransaction.append(bytes, to: file, path)
            }
        }
    }

    deinit {
        for name in (try? FileContent.names(in: directory)) ?? [] { unlink(directory.appending(name).string) }
        rmdir(directory.string)
    }

    var main: [UInt8] { get throws(MailCAError) { try FileContent.read(directory.appending("main.cf")) } }
    var master: [UInt8] { get throws(MailCAError) { try FileContent.read(directory.appending("master.cf")) } }

    /// What Postfix itself would have, without any `main.cf`.
    func defaults(_ names: [String]) throws(MailCAError) -> [String: String] {
        PostfixText(try postconf(["-d"] + names)).settings
    }

    /// Sets parameters, or takes them out. Each by itself: `postconf` adds several in no order of its own, and the same
    /// command is to make the same file.
    func set(_ settings: [(name: String, value: String?)]) throws(MailCAError) {
        for (name, value) in settings { try postconf(value.map { ["-e", "\(name) = \($0)"] } ?? ["-X", name]) }
    }

    /// Adds a service, or takes it out.
    func set(service name: String, _ line: String?) throws(MailCAError) {
        try postconf(line.map { ["-M", "-e", "\(name) = \($0)"] } ?? ["-M", "-X", name])
    }

    @discardableResult
    private func postconf(_ arguments: [String]) throws(MailCAError) -> String {
        guard let command = SystemCommand("postconf", ["-c", directory.string] + arguments) else {
            throw MailCAError(
                .serviceUnavailable, "postconf is not here, and without it Postfix cannot be configured",
                hint: "Install Postfix first.")
        }
        let outcome = try command.run()
        guard outcome.status == 0 else {
            throw MailCAError(
                .serviceUnavailable, "postconf failed: \(outcome.output.trimmedLines)",
                hint: "Nothing was changed. Put the lines in by hand: mailca deploy postfix --print.")
        }
        return outcome.output
    }
}
