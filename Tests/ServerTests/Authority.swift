import Foundation
import MailLayouts
import TestSupport
import Testing

/// A kind of key and a form of chain that every behaviour of a server is tested with.
struct Setup: CustomTestStringConvertible, Hashable, Sendable {
    let key: String
    let hasIssuingCA: Bool

    /// The CA's own kind of key: no CA is made with a weak one.
    var authorityKey: String { key == "rsa-2048" ? "rsa-3072" : key }

    /// For what does not depend on either.
    static let simplest = Setup(key: "ec-p256", hasIssuingCA: false)
    static let keys = ["ec-p256", "rsa-2048"]
    static let all = keys.flatMap { [Setup(key: $0, hasIssuingCA: false), Setup(key: $0, hasIssuingCA: true)] }

    var testDescription: String { "\(key), \(hasIssuingCA ? "with issuing CA" : "root alone")" }
}

/// A CA made by `mailca` in a folder of its own, which ends with this object.
final class Authority: Sendable {
    private let folder: TemporaryDirectory
    var setup: Setup { kind.setup }
    var home: String { folder.file("home") }
    /// The folder that the mail server is to read.
    var certs: String { folder.file("certs") }

    /// - Parameters:
    ///   - daysAgo: when the CA is made, as `mailca` sees it.
    ///   - isOther: a CA with other keys than those of the tests' own, where both come together.
    convenience init(
        _ setup: Setup, name: String = "Example Mail CA", daysAgo: Int = 0, isOther: Bool = false
    ) throws {
        let kind = Kind(setup: setup, name: name, daysAgo: daysAgo, isOther: isOther)
        guard setup.authorityKey.hasPrefix("rsa") else {
            try self.init(kind)
            return
        }
        try self.init(copying: Self.kept[kind])
    }

    /// What a CA is made from.
    private struct Kind: Hashable, Sendable {
        let setup: Setup
        let name: String
        let daysAgo: Int
        let isOther: Bool
    }

    private let kind: Kind
    /// RSA keys take seconds: a CA that has them is made once, and every test works on a copy.
    private static let kept = KeptUntilEnd<Kind, Authority> { try Authority($0) }

    private init(_ kind: Kind) throws {
        folder = try TemporaryDirectory()
        self.kind = kind
        var arguments = ["init-ca", kind.name, "--domain", "example.org", "--no-passphrase"]
        if setup.hasIssuingCA { arguments += ["--offline-root", "--root-key", folder.file("root.key")] }
        try mailca(arguments + ["--key", setup.authorityKey], daysAgo: kind.daysAgo)
    }

    /// A CA with the same keys in places of its own, of which alone it knows.
    private init(copying other: Authority) throws {
        folder = try TemporaryDirectory()
        kind = other.kind
        let copied = try Command.run("cp", ["-a", other.home, other.certs, folder.path])
        try #require(copied.status == 0, "\(copied.everything)")
        try mailca(["maintain", "--forget", other.certs], daysAgo: kind.daysAgo)
    }

    /// Makes the server's certificate.
    /// - Returns: the lines for sendmail.mc.
    func issueServer(_ name: String = "mail.example.org", daysAgo: Int = 0, days: Int? = nil) throws -> String {
        let line = ["issue-server", name, "--key", setup.key] + Self.option(days)
        return try MailCAOutput(mailca(line, daysAgo: daysAgo)).sendmailMC
    }

    /// Makes a new certificate for the server's key, and puts it in the place of the old one.
    func renewServer(_ name: String = "mail.example.org", days: Int? = nil) throws {
        try mailca(["renew", name] + Self.option(days))
    }

    /// Makes the certificate of a person's mail client.
    func issueClient(
        _ address: String = "taro@example.org", days: Int? = nil, daysAgo: Int = 0
    ) throws -> Credentials {
        let out = folder.file("client-\(daysAgo)")
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let line = ["issue-client", address, "--out", out, "--format", "pem", "--key", setup.key]
        try mailca(line + Self.option(days), daysAgo: daysAgo)
        return Credentials(certificate: "\(out)/\(address).pem", key: "\(out)/\(address).key", owner: self)
    }

    /// Takes a person's certificates back.
    func revoke(_ address: String = "taro@example.org") throws {
        try mailca(["revoke", address, "--reason", "keyCompromise"])
    }

    /// Makes new revocation lists that count for so many days.
    func makeLists(days: Int, daysAgo: Int = 0) throws {
        try mailca(["crl", "--days", String(days)], daysAgo: daysAgo)
    }

    /// Starts Sendmail with the printed lines and the access map that was written.
    func startSendmail() throws -> Sendmail {
        let mc = try issueServer()
        return try Sendmail.start(owner: self, certs: certs, mc: mc, access: "\(certs)/sendmail.access")
    }

    /// Starts Sendmail with the lines for a policy.
    /// - Parameter listed: the subjects of those that alone may relay, as the access map has them.
    func startSendmail(_ policy: ClientPolicy, listed: [String]? = nil) throws -> Sendmail {
        _ = try issueServer()
        let access = folder.file("access")
        var lines = try String(contentsOfFile: "\(certs)/sendmail.access", encoding: .utf8)
        if let listed {
            lines = lines.replacing("\tRELAY", with: "\tSUBJECT")
            lines += listed.map { "CertSubject:\($0)\tRELAY\n" }.joined()
        }
        try lines.write(toFile: access, atomically: false, encoding: .utf8)
        let mc = try PrintedLines.sendmail(certs, policy, listed == nil ? .all : .listed)
        return try Sendmail.start(owner: self, certs: certs, mc: mc, access: access)
    }

    /// The server's own certificate, in the wrong hands.
    var serverCredentials: Credentials {
        Credentials(certificate: "\(certs)/cert.pem", key: "\(certs)/privkey.pem", owner: self)
    }

    /// Makes the server's certificate, whoever the server is.
    func withServer() throws -> Authority {
        try mailca(["issue-server", "mail.example.org", "--key", setup.key])
        return self
    }

    /// How long a certificate is to be valid.
    private static func option(_ days: Int?) -> [String] { days.map { ["--days", String($0)] } ?? [] }

    @discardableResult
    private func mailca(_ arguments: [String], daysAgo: Int = 0) throws -> Command.Outcome {
        let line = arguments + ["--home", home, "--certs", certs, "--json"]
        let outcome =
            daysAgo == 0
            ? try Command.mailca(line, timeout: 300)
            : try Command.run(Room.script("days-ago"), [String(daysAgo), Command.mailcaPath] + line, timeout: 300)
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
