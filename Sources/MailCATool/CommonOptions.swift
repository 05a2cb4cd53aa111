import ArgumentParser
import FoundationEssentials
import Glibc
import MailCA
import MailLayouts
import SystemPackage

/// The options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the CA lives. Default: $MAILCA_HOME, /var/lib/mailca for root, ~/.local/share/mailca for others.",
            valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp(
            "Where the files for the mail server lie. Default: $MAILCA_CERTS, /etc/mail/certs.", valueName: "dir"))
    var certs: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Show what would be done, and do nothing.")
    var dryRun = false

    @Flag(help: "Print only what cannot be seen otherwise: errors, warnings, a password.")
    var quiet = false

    var homeDirectory: Home {
        if let named = home ?? Environment["MAILCA_HOME"] { return Home(FileContent.absolute(FilePath(named))) }
        if geteuid() == 0 { return Home("/var/lib/mailca") }
        let data = Environment["XDG_DATA_HOME"] ?? "\(Environment["HOME"] ?? "")/.local/share"
        return Home(FilePath(data).appending("mailca"))
    }

    /// Absolute: it is printed for configurations.
    var certsDirectory: FilePath {
        FileContent.absolute(FilePath(certs ?? Environment["MAILCA_CERTS"] ?? "/etc/mail/certs"))
    }

    /// Where the files of users go: the working directory where none is named.
    /// - Throws: `MailCAError` with code `invalidParameters` where that is the CA's own place.
    func usersDirectory(_ out: String?) throws(MailCAError) -> FilePath {
        let directory = FileContent.absolute(FilePath(out ?? "."))
        let home = homeDirectory
        guard ![home.path, home.authorities].map(FileContent.real).contains(FileContent.real(directory)) else {
            throw MailCAError(
                .invalidParameters, "\(directory) is the CA's own directory, and no place for the files of users",
                hint: "Nothing was made. Name another one with --out.")
        }
        return directory
    }

    /// - Throws: `MailCAError` with code `invalidParameters` where what servers read is to lie where nobody may look.
    func checkPlaces() throws(MailCAError) {
        guard FileContent.real(certsDirectory) == FileContent.real(homeDirectory.path) else { return }
        throw MailCAError(
            .invalidParameters,
            "\(certsDirectory) cannot be the CA's own directory (--home) and the mail server's (--certs) at once",
            hint: "Nothing was changed. Give two directories: servers read the one, and nobody else the other.")
    }

    /// The options by which another command finds the same places.
    var places: String { homeOption + certsOption }

    /// The same where a command names the directory of certificates itself.
    var homeOption: String { home.map { " --home \($0)" } ?? "" }

    /// The same for a command that has nothing to do with a CA.
    var certsOption: String { certs.map { " --certs \($0)" } ?? "" }

    func validate() throws {
        // They would end the quotation in sendmail.mc.
        if certsDirectory.string.contains(where: { "`'\n".contains($0) }) {
            throw ValidationError(
                "the path of --certs has a quotation mark or a line break in it, which m4 cannot take")
        }
    }
}

extension Caller {
    /// Whoever runs this command.
    static var current: Caller { .current(command: CommandLine.arguments.dropFirst().first ?? "mailca") }
}

/// The process's environment; what is set to nothing counts as not set.
enum Environment {
    static subscript(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
