import Foundation
import MailCA
import SQLiteLedger
import Synchronization
import TestSupport

/// A home, a directory of certificates and one for what users get, all of a test's own; with a CA or without.
struct Place: Sendable {
    /// The CA that a place begins with: for example.org, made once and copied.
    enum Authority: CaseIterable {
        /// Its key is not encrypted.
        case open
        /// Its key is encrypted with ``Place/passphrase``.
        case locked
        /// An issuing CA whose root's key is elsewhere; not encrypted.
        case offlineRoot
    }

    struct Failed: Error, CustomStringConvertible {
        let arguments: [String]
        let outcome: Command.Outcome
        var description: String { "mailca \(arguments.joined(separator: " ")): \(outcome.everything)" }
    }

    static let passphrase = "korrekt Pferd 17 batterie"
    static let password = "kudo-4nev-ta6o-9wip-zuma"
    private static let made = Mutex<[Authority: Tree]>([:])

    private let folder: TemporaryDirectory
    /// The path as `mailca` writes it: without a doubled slash.
    let path: String
    var home: String { file("var/home") }
    var certs: String { file("etc/certs") }
    var out: String { file("users/out") }
    var passphraseFile: String { file("passphrase") }
    var passwordFile: String { file("password") }
    /// The options that lead a command here.
    var places: [String] { ["--home", home, "--certs", certs] }
    /// Everything that is here now.
    var tree: Tree { Tree(path) }
    var homeTree: Tree { Tree(home) }

    /// A place with no CA: a file with the passphrase and one with a password, and three directories to make others in.
    init() throws {
        folder = try TemporaryDirectory()
        path = String(folder.path.replacing("//", with: "/").reversed().drop { $0 == "/" }.reversed())
        for name in ["var", "etc", "users"] {
            try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: false)
            chmod(file(name), 0o755)
        }
        for (name, secret) in [("passphrase", Self.passphrase), ("password", Self.password)] {
            try write(secret + "\n", to: name)
            chmod(file(name), 0o600)
        }
    }

    init(_ authority: Authority) throws {
        try self.init()
        let tree = try Self.made.withLock { made in
            if let tree = made[authority] { return tree }
            let place = try Place()
            var arguments = ["init-ca", "Example Mail CA", "--domain", "example.org"]
            arguments += authority == .locked ? ["--passphrase-file", place.passphraseFile] : ["--no-passphrase"]
            if authority == .offlineRoot { arguments += ["--offline-root", "--root-key", place.file("root.key")] }
            try place.run(arguments)
            let tree = place.tree
            made[authority] = tree
            return tree
        }
        try tree.write(to: path)
        // The copy's files are deployed here, and not where the first was made.
        // The last act, which no list is signed over yet.
        for table in ["deployment", "act WHERE kind = 'deployed'"] {
            try Ledger(home: home).sql("DELETE FROM \(table)")
        }
        try SQLiteLedger(path: .init("\(home)/ledger.sqlite"), mode: .existing, caller: .current(command: "init-ca"))
            .remember(Deployment(directory: certs))
    }

    /// Makes everything here as it was.
    func reset(to tree: Tree) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            try FileManager.default.removeItem(atPath: file(name))
        }
        try tree.write(to: path)
    }

    /// The path of a file here.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    func read(_ name: String) throws -> String { try folder.read(name) }

    func write(_ text: String, to name: String) throws { try folder.write(text, to: name) }

    /// Runs `mailca` here, without a terminal.
    /// - Parameter umask: in octal, as a shell takes it.
    func mailca(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], umask: String? = nil,
        under runner: [String] = []
    ) throws -> Command.Outcome {
        // Before the names: what follows `--` is none of the options.
        var line = runner + [Command.mailcaPath] + arguments.prefix(1) + places + arguments.dropFirst()
        if let umask { line = ["sh", "-c", "umask \(umask); exec \"$@\"", "sh"] + line }
        return try Command.run(
            "setsid", ["--wait"] + line, input: input, environment: Self.plain.merging(environment) { $1 },
            directory: path, package: "util-linux")
    }

    /// The same for a command that has to go well.
    @discardableResult
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Outcome {
        let outcome = try mailca(arguments, environment: environment)
        guard outcome.status == 0 else { throw Failed(arguments: arguments, outcome: outcome) }
        return outcome
    }

    /// Runs `mailca verify`, on the directory of certificates and, where there is one, the CA.
    func verify() throws -> Command.Outcome {
        if FileManager.default.fileExists(atPath: home) { return try mailca(["verify"]) }
        return try Command.mailca(
            ["verify", "--certs", certs], environment: Self.plain.merging(["MAILCA_HOME": home]) { $1 })
    }

    /// What `mailca verify` calls errors, by their ids.
    /// - Parameter eximReads: false where it is no matter that Exim, a user of its own, may not look into a test's
    ///   directories.
    func errors(eximReads: Bool = true) throws -> Set<String> {
        let ids = try verify().stdout.matches(of: #/(?m)^error: .*\[([a-z.-]+)\]$/#).map { String($0.1) }
        return Set(ids).subtracting(eximReads ? [] : ["exim.directory.closed", "exim.key.unreadable"])
    }

    /// The result of a command as JSON.
    func json(_ arguments: [String]) throws -> JSON { try JSON(run(arguments + ["--json"]).stdout) }

    /// Nothing of the tester's own environment is to lead a command elsewhere; what is empty counts as not set. And
    /// what `swift test` sets to explain crashes would catch the signals that are sent.
    static let plain = [
        "SWIFT_BACKTRACE": "enable=no",
        "MAILCA_HOME": "", "MAILCA_CERTS": "", "MAILCA_PASSPHRASE_FILE": "", "CREDENTIALS_DIRECTORY": "",
    ]
}

/// A value of a command's JSON output.
struct JSON {
    struct NotThere: Error { let path: String }

    private let value: Any?

    init(_ text: String) throws { value = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    private init(value: Any?) { self.value = value }

    subscript(_ key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
    subscript(_ index: Int) -> JSON {
        let list = value as? [Any] ?? []
        return JSON(value: list.indices.contains(index) ? list[index] : nil)
    }

    var string: String? { value as? String }
    var bool: Bool? { value as? Bool }
    var number: Int? { value as? Int }
    var strings: [String]? { value as? [String] }
    var count: Int? { (value as? [Any])?.count }
    var list: [JSON] { (value as? [Any] ?? []).map { JSON(value: $0) } }

    /// Every path of keys that ends in a value: `certificate.names`, `files[].mode`.
    var keys: Set<String> { Self.keys(of: value, "") }

    private static func keys(of value: Any?, _ path: String) -> Set<String> {
        if let object = value as? [String: Any] {
            return object.reduce(into: []) {
                $0.formUnion(keys(of: $1.value, path.isEmpty ? $1.key : "\(path).\($1.key)"))
            }
        }
        guard let list = value as? [Any], list.first is [String: Any] else { return [path] }
        return list.reduce(into: []) { $0.formUnion(keys(of: $1, "\(path)[]")) }
    }
}
