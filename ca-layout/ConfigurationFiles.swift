import MailCA
import OpenSSLKit
import SystemPackage

/// What is in files of a server's configuration; one that is not there has no content.
struct ConfigurationFiles: Sendable, Equatable {
    private var contents: [FilePath: [UInt8]] = [:]

    subscript(path: FilePath) -> [UInt8]? {
        get { contents[path] }
        set { contents[path] = newValue }
    }

    init() {}

    /// - Throws: as `FileContent.read`, but for what is not there.
    init(reading paths: [FilePath]) throws(MailCAError) {
        for path in paths where try FileContent.exists(path) { contents[path] = try FileContent.read(path) }
    }

    /// As text, to be looked at.
    func text(_ path: FilePath) -> String? { self[path].map { String(decoding: $0, as: UTF8.self) } }

    /// SHA-256 in hexadecimal.
    func digest(_ path: FilePath) -> String? { self[path].map { Digest.sha256($0).hexadecimal() } }
}

/// How one server's configuration is changed, and single settings of it taken back. It works on contents alone;
/// ``ConfigurationSwitch`` reads and writes the files.
protocol Configurator: Sendable {
    var server: MailServer { get }
    /// The files, in the order in which they are written.
    var paths: [FilePath] { get }

    /// Puts the lines in.
    /// - Parameters:
    ///   - base: the files without anything of ours.
    ///   - earlier: what was put in before, and may still be in the files that the server reads now.
    /// - Returns: the files with the lines, and what was set.
    /// - Throws: `MailCAError` with code `alreadyExists` where something stands in the way, `notFound` where there is no
    ///   configuration, `serviceUnavailable` where the server's own tools are missing or fail.
    func configured(
        _ base: ConfigurationFiles, over earlier: ConfigurationRecord?
    ) throws(MailCAError) -> (files: ConfigurationFiles, settings: [ConfigurationRecord.Setting])

    /// Takes settings back in files that others changed since, where they still are as they were set.
    func takingBack(
        _ settings: [ConfigurationRecord.Setting], in files: ConfigurationFiles
    ) throws(MailCAError) -> ConfigurationFiles

    /// Has the server look at its files.
    /// - Throws: `MailCAError` with code `serviceUnavailable`.
    func check() throws(MailCAError)
}

extension Configurator {
    /// Something is set already that the lines would set otherwise.
    func inTheWay(_ obstacles: [String], remedy: String) -> MailCAError {
        MailCAError(
            .alreadyExists,
            "\(server.title) is configured already, and was left alone: \(obstacles.joined(separator: "; "))",
            hint: "\(remedy) Or put the lines in by hand: mailca deploy \(server.rawValue) --print.")
    }

    func missing(_ path: FilePath) -> MailCAError {
        MailCAError(
            .notFound, "\(path) is not there, so there is no configuration of \(server.title) to change",
            hint:
                "Install \(server.title) first, or put the lines in by hand: mailca deploy \(server.rawValue) --print.")
    }
}

extension MailServer {
    /// Whether mailca can change its configuration: the others' is one text in an order of its own.
    public var isConfigurable: Bool { [.postfix, .dovecot, .sendmail].contains(self) }

    func configurator(_ request: ConfigurationRequest, _ places: ConfigurationPlaces) throws(MailCAError)
        -> any Configurator
    {
        switch self {
        case .postfix: PostfixConfigurator(request, places)
        case .dovecot: DovecotConfigurator(request, places)
        case .sendmail: SendmailConfigurator(request, places)
        case .exim, .opensmtpd, .cyrus:
            throw MailCAError(
                .invalidParameters, "the configuration of \(title) is yours to change",
                hint: "Put the lines in by hand: mailca deploy \(rawValue) --print.")
        }
    }
}
