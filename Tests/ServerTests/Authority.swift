import Foundation
import Testing
import TestSupport

/// A kind of key and a form of chain that every behaviour of a server is tested with.
struct Setup: CustomTestStringConvertible, Sendable {
    let key: String
    let hasIssuingCA: Bool

    static let keys = ["ec-p256", "rsa-2048"]
    static let all = keys.flatMap { [Setup(key: $0, hasIssuingCA: false), Setup(key: $0, hasIssuingCA: true)] }

    var testDescription: String { "\(key), \(hasIssuingCA ? "with issuing CA" : "root alone")" }
}

/// A CA made by `mailca` in a folder of its own, which ends with this object.
final class Authority: Sendable {
    private let folder: TemporaryDirectory
    let setup: Setup
    var home: String { folder.file("home") }
    /// The folder that the mail server is to read.
    var certs: String { folder.file("certs") }

    /// - Parameter daysAgo: when the CA is made, as `mailca` sees it.
    init(_ setup: Setup, name: String = "Example Mail CA", daysAgo: Int = 0) throws {
        folder = try TemporaryDirectory()
        self.setup = setup
        var arguments = ["init-ca", name, "--domain", "example.org", "--no-passphrase"]
        if setup.hasIssuingCA { arguments += ["--offline-root", "--root-key", folder.file("root.key")] }
        try mailca(arguments + place, daysAgo: daysAgo)
    }

    private var place: [String] { ["--home", home, "--certs", certs, "--key", setup.key] }

    /// Makes the server's certificate.
    /// - Returns: the lines for sendmail.mc.
    func issueServer(_ name: String = "mail.example.org") throws -> String {
        try MailCAOutput(mailca(["issue-server", name] + place)).sendmailMC
    }

    /// Makes the certificate of a person's mail client.
    func issueClient(
        _ address: String = "taro@example.org", days: Int? = nil, daysAgo: Int = 0
    ) throws -> Credentials {
        let out = folder.file("client-\(daysAgo)")
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        var arguments = ["issue-client", address, "--out", out, "--format", "pem"]
        if let days { arguments += ["--days", String(days)] }
        try mailca(arguments + place, daysAgo: daysAgo)
        return Credentials(certificate: "\(out)/\(address).pem", key: "\(out)/\(address).key", owner: self)
    }

    /// Starts Sendmail with the printed lines and the access map that was written.
    func startSendmail() throws -> Sendmail {
        let mc = try issueServer()
        return try Sendmail.start(owner: self, certs: certs, mc: mc, access: "\(certs)/sendmail.access")
    }

    /// The server's own certificate, in the wrong hands.
    var serverCredentials: Credentials {
        Credentials(certificate: "\(certs)/cert.pem", key: "\(certs)/privkey.pem", owner: self)
    }

    @discardableResult
    private func mailca(_ arguments: [String], daysAgo: Int = 0) throws -> Command.Outcome {
        let outcome = try Command.mailca(
            arguments + ["--json"], environment: daysAgo == 0 ? [:] : try Clock.environment(daysAgo: daysAgo))
        try #require(outcome.status == 0, "mailca \(arguments): \(outcome.everything)")
        return outcome
    }
}

/// What `mailca --json` prints, as far as these tests read it.
struct MailCAOutput: Decodable {
    /// The lines for sendmail.mc.
    let sendmailMC: String

    init(_ outcome: Command.Outcome) throws {
        try #require(outcome.status == 0, "\(outcome.everything)")
        self = try JSONDecoder().decode(MailCAOutput.self, from: Data(outcome.stdout.utf8))
    }
}

/// Another time for a program: what is expired for the servers has to have been made in the past.
enum Clock {
    /// The environment in which a program's clock is `daysAgo` days slow.
    static func environment(daysAgo: Int) throws -> [String: String] {
        let libraries = URL(fileURLWithPath: try Room.root()).appending(path: "usr/lib")
        let found = try FileManager.default.contentsOfDirectory(at: libraries, includingPropertiesForKeys: nil)
            .map { $0.appending(path: "faketime/libfaketime.so.1").path(percentEncoded: false) }
            .first { FileManager.default.fileExists(atPath: $0) }
        let library = try #require(found, "no libfaketime in \(libraries.path)")
        // The monotonic clock stays true, so that waiting works.
        return ["LD_PRELOAD": library, "FAKETIME": "-\(daysAgo)d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"]
    }
}
