import Foundation
import TestSupport

/// A room with a mail server as its package leaves it, and with `mailca`, which is to change that. It ends with this
/// object.
final class StockServer: Sendable {
    let authority: Authority
    let room: Room
    /// The directory of the server's configuration.
    let folder: String

    /// - Parameters:
    ///   - folder: the directory that the server's configuration is in.
    ///   - setUp: what the package's scripts would have done.
    init(_ authority: Authority, folder: String, setUp: String) throws {
        self.authority = authority
        self.folder = folder
        room = try Room(of: authority)
        try room.must("sh", ["-ec", setUp])
    }

    /// Runs `mailca` in the room.
    func mailca(_ arguments: [String]) throws -> Command.Outcome { try room.mailca(authority, arguments) }

    /// The same for a command that has to go well.
    @discardableResult
    func must(_ arguments: [String]) throws -> String { try room.mustMailCA(authority, arguments) }

    /// Every file of the configuration: mode, owner, digest, path.
    func configuration() throws -> [String] {
        try room.must(
            "sh", ["-ec", "cd \(folder) && find . -type f -printf '%m %U %G ' -exec sha256sum {} \\; | sort -k 5"]
        ).split(separator: "\n").map(String.init)
    }

    /// The names of the files in the directory of certificates.
    var certificateNames: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: authority.certs).sorted() }
    }

    /// Talks SMTP from 127.0.0.2, as far as RCPT.
    func converse(_ port: String, as client: Credentials? = nil) throws -> Conversation {
        try room.talk(
            "smtp-client",
            try room.arguments(verifying: "\(authority.certs)/cacert.pem", as: client)
                + ["--port", port, "--mail-from", "taro@example.org", "--rcpt", Postfix.outsider])
    }
}
