import Foundation
import TestSupport

/// The built `mailca` in a room: where it tells daemons, it has to see their processes.
extension Room {
    /// What the program needs of the system, which a room sees under the same paths.
    static let programFolders: [String] = {
        let program = URL(fileURLWithPath: Command.mailcaPath).deletingLastPathComponent().path(percentEncoded: false)
        return [program] + libraries(of: Command.mailcaPath)
    }()

    /// The folders of shared libraries that are not the system's own.
    private static func libraries(of program: String) -> [String] {
        guard let outcome = try? Command.run("ldd", [program], package: "libc-bin") else { return [] }
        let paths = outcome.stdout.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("/") && !$0.hasPrefix("/lib") && !$0.hasPrefix("/usr/lib") }
        }
        return Array(Set(paths.map { URL(fileURLWithPath: String($0)).deletingLastPathComponent().path }))
            .map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    }

    /// Opens a room that sees a CA with its files, the clients and `mailca`.
    convenience init(of authority: Authority) throws {
        try self.init(seeing: [authority.certs, authority.home, Room.clientsFolder] + Self.programFolders)
    }

    /// Runs `mailca` in the room.
    func mailca(_ authority: Authority, _ arguments: [String]) throws -> Command.Outcome {
        let places = ["--home", authority.home, "--certs", authority.certs]
        return try run(Command.mailcaPath, arguments.prefix(1) + places + arguments.dropFirst())
    }

    /// Makes a certificate for a person's mail client, with the room's own users and groups: where a group may read the
    /// server's key, the system's may have another number.
    func issueClient(_ authority: Authority, _ address: String = "taro@example.org") throws -> Credentials {
        let folder = UUID().uuidString
        try mustMailCA(
            authority,
            [
                "issue-client", address, "--out", "\(Self.sharedPath)/\(folder)", "--format", "pem", "--key",
                authority.setup.key,
            ])
        return Credentials(
            certificate: shared.file("\(folder)/\(address).pem"), key: shared.file("\(folder)/\(address).key"),
            owner: self)
    }

    /// The same for a command that has to go well.
    @discardableResult
    func mustMailCA(_ authority: Authority, _ arguments: [String]) throws -> String {
        let outcome = try mailca(authority, arguments)
        guard outcome.status == 0 else { throw Failure.failed("mailca \(arguments.joined(separator: " "))", outcome) }
        return outcome.stdout
    }
}
