import MailCA
import SystemPackage

/// Writes files of our own into `conf.d`, where nothing that is set already stands against them.
struct DovecotConfigurator: Configurator {
    let server = MailServer.dovecot
    var paths: [FilePath] { files.map(\.path) }

    private let files: [(path: FilePath, text: String)]
    private let main: FilePath
    private let isRunningSystem: Bool

    init(_ request: ConfigurationRequest, _ places: ConfigurationPlaces) {
        files = DovecotConfiguration.fragments(request).map { (FileContent.real(places.file($0.file)), $0.text) }
        main = places.file("/etc/dovecot/dovecot.conf")
        isRunningSystem = places.isRunningSystem
    }

    /// What the packages of distributions set: nobody's decision.
    private static let stock: [String: Set<String>] = [
        "ssl": ["yes"],
        "ssl_cert": [
            "</etc/dovecot/private/dovecot.pem", "</etc/ssl/certs/dovecot.pem", "</etc/pki/dovecot/certs/dovecot.pem",
            "</etc/ssl/certs/ssl-cert-snakeoil.pem",
        ],
        "ssl_key": [
            "</etc/dovecot/private/dovecot.key", "</etc/dovecot/private/dovecot.pem", "</etc/ssl/private/dovecot.pem",
            "</etc/ssl/private/ssl-cert-snakeoil.key", "</etc/pki/dovecot/private/dovecot.pem",
        ],
    ]

    func configured(
        _ base: ConfigurationFiles, over earlier: ConfigurationRecord?
    ) throws(MailCAError) -> (files: ConfigurationFiles, settings: [ConfigurationRecord.Setting]) {
        guard try FileContent.exists(main) else { throw missing(main) }
        var lines = files
        var obstacles: [String] = []
        if isRunningSystem {
            let foreign = try foreignSettings(earlier)
            // Who demands TLS already goes on to.
            let isStricter = foreign["ssl"] == "required"
            if isStricter { lines = lines.map { ($0.path, $0.text.replacing("ssl = yes\n", with: "")) } }
            obstacles = foreign.filter { !isStricter || $0.key != "ssl" }.map { "\($0.key) = \($0.value)" }.sorted()
            if try opensToAll() { obstacles.append("a passdb with nopassword, and without mechanisms = external") }
        }
        obstacles += lines.filter { base[$0.path] != nil && base[$0.path] != Array($0.text.utf8) }
            .map { "\($0.path) is there" }
        guard obstacles.isEmpty else {
            throw inTheWay(
                obstacles, remedy: "Nothing was changed. Take these out (doveconf -n shows all), and try again.")
        }
        var changed = base
        var settings: [ConfigurationRecord.Setting] = []
        for (path, text) in lines {
            changed[path] = Array(text.utf8)
            settings += Self.settings(text).filter { !Self.isAddition($0) }.map {
                .init(file: path.string, name: $0.name, original: nil, ours: [$0.value])
            }
        }
        return (changed, settings)
    }

    /// What stands against our lines: set by somebody, to something else.
    private func foreignSettings(_ earlier: ConfigurationRecord?) throws(MailCAError) -> [String: String] {
        let wanted = wanted.filter { !Self.isAddition($0) }
        let present = Dictionary(Self.settings(try doveconf(wanted.map(\.name)))) { $1 }
        let defaults = Dictionary(Self.settings(try doveconf(["-d"] + wanted.map(\.name)))) { $1 }
        var foreign: [String: String] = [:]
        for (name, value) in wanted {
            guard let found = present[name], found != value, found != defaults[name], !found.isEmpty,
                Self.stock[name]?.contains(found) != true,
                // Ours are still read while others take their place.
                earlier?.settings.contains(where: { $0.name == name && $0.ours.contains(found) }) != true
            else { continue }
            foreign[name] = found
        }
        return foreign
    }

    /// Our files are ours alone: there is nothing else's in them to be kept.
    func takingBack(
        _ settings: [ConfigurationRecord.Setting], in files: ConfigurationFiles
    ) throws(MailCAError) -> ConfigurationFiles { files }

    func check() throws(MailCAError) {
        guard isRunningSystem else { return }
        let present = Dictionary(Self.settings(try doveconf(wanted.map(\.name)))) { $1 }
        guard let last = files.last?.path, try FileContent.exists(last) else { return }
        for (name, value) in wanted {
            let found = present[name] ?? ""
            let isGood =
                Self.isAddition((name, value))
                ? found.split(separator: " ").contains("external")
                : found == value || name == "ssl" && found == "required"
            guard isGood else {
                throw MailCAError(
                    .serviceUnavailable, "Dovecot does not go by \(last): it has \(name) = \(found)",
                    hint: "\(main) needs the line !include conf.d/*.conf, and none of the same settings after it.")
            }
        }
    }

    private var wanted: [(name: String, value: String)] { files.flatMap { Self.settings($0.text) } }

    /// `auth_mechanisms = $auth_mechanisms external`: what is there stays.
    private static func isAddition(_ setting: (name: String, value: String)) -> Bool {
        setting.value.hasPrefix("$\(setting.name) ")
    }

    /// Whether somebody gets in by any password at all.
    private func opensToAll() throws(MailCAError) -> Bool {
        var block: [Substring] = []
        var isOpen = false
        for line in try doveconf(["-n", "passdb"]).split(separator: "\n") {
            if line.hasPrefix("passdb") { block = [] }
            block.append(line)
            guard line.hasPrefix("}") else { continue }
            isOpen =
                isOpen
                || block.contains { $0.contains("nopassword") }
                    && !block.contains { $0.contains("mechanisms") && $0.hasSuffix("external") }
        }
        return isOpen
    }

    private func doveconf(_ arguments: [String]) throws(MailCAError) -> String {
        guard let command = SystemCommand("doveconf", ["-c", main.string] + arguments) else {
            throw MailCAError(
                .serviceUnavailable, "doveconf is not here, and without it Dovecot's configuration cannot be checked",
                hint: "Install Dovecot first.")
        }
        let outcome = try command.run()
        guard outcome.status == 0 else {
            throw MailCAError(
                .serviceUnavailable, "Dovecot cannot read its configuration: \(outcome.output.trimmedLines)",
                hint: "Mend it, then try again.")
        }
        return outcome.output
    }

    /// The settings outside of blocks.
    private static func settings(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "\n").compactMap { line in
            guard let first = line.first, first.isLetter, let equals = line.firstIndex(of: "=") else { return nil }
            let name = line[..<equals].split(separator: " ").joined()
            let value = line[line.index(after: equals)...].drop { $0 == " " }
            return (name, value.last == " " ? String(value.dropLast()) : String(value))
        }
    }
}
