import MailCA
import SystemPackage

/// Writes the lines into a file of our own, and a line that includes it into `sendmail.mc`. `sendmail.cf` is made from
/// that by the administrator's own command.
struct SendmailConfigurator: Configurator {
    let server = MailServer.sendmail
    /// First what is included, then what includes it.
    var paths: [FilePath] { [included, main] }

    private let main: FilePath
    private let included: FilePath
    private let line: String
    private let text: String
    private let folder: String?
    private let isRunningSystem: Bool

    init(_ request: ConfigurationRequest, _ places: ConfigurationPlaces) {
        main = FileContent.real(places.file("/etc/mail/sendmail.mc"))
        included = FileContent.real(places.file(Self.included))
        line = "include(`\(places.path(Self.included))')dnl"
        text = SendmailConfiguration.fragments(request).map(\.text).joined()
        folder = places.sendmailFolder
        isRunningSystem = places.isRunningSystem
    }

    static let included = "/etc/mail/m4/mailca.m4"

    func configured(
        _ base: ConfigurationFiles, over earlier: ConfigurationRecord?
    ) throws(MailCAError) -> (files: ConfigurationFiles, settings: [ConfigurationRecord.Setting]) {
        guard let bytes = base[main] else { throw missing(main) }
        let lines = Self.lines(bytes)
        let active = lines.map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("dnl") }
        guard active.contains(where: { $0.contains("FEATURE(`access_db'") || $0.contains("FEATURE(access_db") }) else {
            throw inTheWay(
                ["FEATURE(`access_db') is missing in \(main)"],
                remedy: "Nothing was changed. Who may relay stands in the access map: add that line, and try again.")
        }
        var obstacles = active.filter { line in
            line.contains("FEATURE(`tls_session_features'")
                || text.contains("Port=465") && (line.contains("Port=465") || line.contains("Port=smtps"))
                || definitions.contains { line.contains("define(`\($0)'") }
                || line.hasPrefix("S") && rulesets.contains { line == $0 || line.hasPrefix("\($0) ") }
        }
        if let found = base[included], found != Array(text.utf8) { obstacles.append("\(included) is there") }
        guard obstacles.isEmpty else {
            throw inTheWay(obstacles, remedy: "Nothing was changed. Take these out of \(main), and try again.")
        }
        var files = base
        files[included] = Array(text.utf8)
        guard !active.contains(line) else { return (files, []) }
        let place = lines.firstIndex { line in
            line.starts(with: "MAILER_DEFINITIONS".utf8) || line.starts(with: "MAILER(".utf8)
        }
        guard let place else {
            throw inTheWay(
                ["\(main) has no MAILER line above which the lines could go"],
                remedy: "Nothing was changed. Write \(line) where they belong.")
        }
        let before = lines[..<place].joined()
        files[main] = before + Array("\(line)\n".utf8) + lines[place...].joined()
        return (files, [.init(file: main.string, name: line, original: nil, ours: [line])])
    }

    func takingBack(
        _ settings: [ConfigurationRecord.Setting], in files: ConfigurationFiles
    ) throws(MailCAError) -> ConfigurationFiles {
        guard let bytes = files[main] else { return files }
        let ours = Set(settings.filter { $0.file == main.string }.map { Array("\($0.name)\n".utf8) })
        var changed = files
        changed[main] = Self.lines(bytes).filter { !ours.contains(Array($0)) }.flatMap { $0 }
        return changed
    }

    /// Has m4 read it all, and throws away what it makes of it.
    func check() throws(MailCAError) {
        guard isRunningSystem, let command = SystemCommand("m4", arguments) else { return }
        let outcome = try command.run()
        guard outcome.status == 0 else {
            // What it made of the rest is printed, too.
            let words = outcome.output.split(separator: "\n").filter { $0.contains("m4:") }.joined(separator: "\n")
            throw MailCAError(
                .serviceUnavailable, "m4 cannot read \(main): \(words.trimmedLines)",
                hint: "See what it says, and whether it said so before.")
        }
    }

    /// What makes `sendmail.cf` of the file.
    fileprivate var arguments: [String] {
        guard let folder, !Self.includesFolder(main) else { return [main.string] }
        return ["-D_CF_DIR_=\(folder)/", "\(folder)/m4/cf.m4", main.string]
    }

    private static func includesFolder(_ main: FilePath) -> Bool {
        let bytes = (try? FileContent.read(main)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .contains { $0.hasPrefix("include(") && $0.contains("cf.m4'") }
    }

    /// What the lines define.
    private var definitions: [String] {
        text.split(separator: "\n").compactMap { line in
            line.hasPrefix("define(`")
                ? line.dropFirst("define(`".count).split(separator: "'").first.map(String.init) : nil
        }
    }

    /// The rulesets that the lines begin.
    private var rulesets: [String] {
        text.split(separator: "\n").filter { $0.first == "S" }.map(String.init)
    }

    /// Each with its end.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }
}

extension ConfigurationPlaces {
    /// The command that makes `sendmail.cf` of `sendmail.mc`.
    public var sendmailBuild: String {
        if isThere("/etc/mail/Makefile") { return "make -C /etc/mail" }
        let arguments = SendmailConfigurator(ConfigurationRequest(certs: "/"), self).arguments
        return "m4 \(arguments.joined(separator: " ")) > \(path("/etc/mail/sendmail.cf"))"
    }
}
