import ArgumentParser
import Glibc
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// Where the CA's passphrase comes from: never from an argument.
struct PassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the CA's passphrase from the first line of a file.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("Read it from an open file descriptor.", valueName: "number"))
    var passphraseFd: Int32?

    func validate() throws {
        if passphraseFile != nil && passphraseFd != nil {
            throw ValidationError("give --passphrase-file or --passphrase-fd, not both")
        }
    }

    /// The passphrase, from the first of: the options, $MAILCA_PASSPHRASE_FILE, the service's credential, the terminal.
    /// - Parameter isNew: ask twice at a terminal.
    func read(isNew: Bool) throws(MailCAError) -> SecretBytes {
        if let source = try given() {
            guard !source.secret.isEmpty else {
                throw MailCAError(
                    .invalidParameters, "the passphrase from \(source.name) is empty",
                    hint: isNew ? "Write one into it, or use --no-passphrase." : "Write the CA's passphrase into it.")
            }
            return source.secret
        }
        guard let terminal = Terminal() else {
            throw MailCAError(
                .passphraseNeeded, "the CA's passphrase is needed, and there is no terminal to ask at",
                hint:
                    "Give --passphrase-file FILE, --passphrase-fd N or $MAILCA_PASSPHRASE_FILE\(isNew ? ", or --no-passphrase for a key that is not encrypted" : "")."
            )
        }
        return isNew ? try terminal.newPassphrase() : try terminal.secret("Passphrase of the CA: ")
    }

    /// What was given without a terminal.
    private func given() throws(MailCAError) -> (name: String, secret: SecretBytes)? {
        if let passphraseFd {
            guard fcntl(passphraseFd, F_GETFD) >= 0 else {
                throw MailCAError(
                    .notFound, "there is no open descriptor \(passphraseFd)",
                    hint: "Open it, as in --passphrase-fd 3 3<file.")
            }
            return (
                "descriptor \(passphraseFd)",
                Self.firstLine(
                    try FileContent.read(descriptor: passphraseFd, name: FilePath("descriptor \(passphraseFd)")))
            )
        }
        if let path = passphraseFile ?? Environment["MAILCA_PASSPHRASE_FILE"] { return (path, try Self.read(path)) }
        if let directory = Environment["CREDENTIALS_DIRECTORY"] {
            let path = FilePath(directory).appending("mailca-passphrase")
            if try FileContent.exists(path) { return (path.string, try Self.read(path.string)) }
        }
        return nil
    }

    /// The first line of a file, which may be a pipe.
    static func read(_ path: String) throws(MailCAError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw MailCAError(
                .notFound, "could not read \(path): \(Errno(rawValue: errno))", hint: "Check the path and its mode.")
        }
        defer { close(descriptor) }
        if let status = FileStatus(FilePath(path), following: true), status.isRegular, status.permissions & 0o044 != 0 {
            Messages.warning("\(path) can be read by other users (mode \(status.octal)): chmod 0600 \(path)")
        }
        return firstLine(try FileContent.read(descriptor: descriptor, name: FilePath(path)))
    }

    private static func firstLine(_ bytes: [UInt8]) -> SecretBytes {
        var bytes = bytes
        defer { SecretBytes.wipe(&bytes) }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return SecretBytes(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
}
