import Foundation
import Synchronization
import TestSupport

/// Where the files of one `Authority` are, and the certificates that it issues on demand.
final class AuthorityFiles: Sendable {
    /// A run of `mailca` that should have gone well.
    struct Failed: Error, CustomStringConvertible {
        let arguments: [String]
        let outcome: Command.Outcome
        var description: String { "mailca \(arguments.joined(separator: " ")): \(outcome.everything)" }
    }

    static let password = "kudo-4nev-ta6o-9wip-zuma"

    let authority: Authority
    let folder: TemporaryDirectory
    private let issued = Mutex<[String: Claim]>([:])

    var home: String { folder.file("home") }
    /// The `<certs>` of its first server.
    var certs: String { folder.file("certs") }
    var root: String { folder.file("home/ca/root.pem") }
    /// The certificate of the CA that issues, and its key.
    var issuer: String { folder.file("home/ca/\(authority.hasIssuing ? "issuing" : "root").pem") }
    var issuerKey: String { folder.file("home/ca/\(authority.hasIssuing ? "issuing" : "root").key") }
    /// The certificates of its CAs, the issuing one first, as in crl.pem.
    var authorities: [String] { authority.hasIssuing ? [issuer, root] : [root] }
    var cacert: String { folder.file("certs/cacert.pem") }
    var crl: String { folder.file("certs/crl.pem") }

    init(_ authority: Authority) throws {
        self.authority = authority
        folder = try TemporaryDirectory()
        try folder.write(Self.password + "\n", to: "password")
        try run(
            ["init-ca", authority.name, "--domain", authority.domain, "--certs", certs, "--no-passphrase"]
                + ["--key", authority.key] + authority.blocks.flatMap { ["--permit-ip", $0] }
                + (authority.hasIssuing ? ["--offline-root", "--root-key", folder.file("offline-root.key")] : []))
    }

    /// Runs `mailca` on this CA's home.
    @discardableResult
    func run(_ arguments: [String]) throws -> Command.Outcome { try Self.run(arguments + ["--home", home]) }

    @discardableResult
    static func run(_ arguments: [String]) throws -> Command.Outcome {
        let outcome = try Command.mailca(arguments)
        guard outcome.status == 0 else { throw Failed(arguments: arguments, outcome: outcome) }
        return outcome
    }

    /// A server's certificate with a key of this kind, for the first of `names`; the same one at every call.
    func server(_ key: String = "ec-p256", names: [String] = ["mx.example.org", "mail.example.org"]) throws -> Claim {
        try issue("server \(key) \(names)") { number in
            // The first is where the CA itself publishes to, as on a machine with one mail server.
            let folder = number == 0 ? certs : folder.file("certs-\(number)")
            try run(["issue-server"] + names + ["--certs", folder, "--key", key])
            return Claim(
                chain: "\(folder)/cert.pem", key: "\(folder)/privkey.pem", purpose: .server, name: names[0],
                trust: authority)
        }
    }

    /// A user's certificate with a key of this kind; the same one at every call.
    func client(_ key: String = "ec-p256", address: String = "user@example.org") throws -> Claim {
        try issue("client \(key) \(address)") { number in
            let folder = folder.file("out-\(number)")
            try run(
                ["issue-client", address, "--certs", certs, "--out", folder, "--format", "pem", "--key", key])
            return Claim(
                chain: try Self.only("pem", in: folder), key: try Self.only("key", in: folder), purpose: .client,
                name: address, trust: authority)
        }
    }

    /// A user's PKCS #12 file, under `password`; the claim's chain and key are both that file.
    func bundle(_ key: String, compat: Bool, address: String = "user@example.org") throws -> Claim {
        try issue("bundle \(key) \(compat) \(address)") { number in
            let folder = folder.file("out-\(number)")
            try run(
                ["issue-client", address, "--certs", certs, "--out", folder, "--key", key, "--format", "p12"]
                    + ["--password-file", self.folder.file("password")] + (compat ? ["--compat"] : []))
            let file = try Self.only("p12", in: folder)
            return Claim(chain: file, key: file, purpose: .client, name: address, trust: authority)
        }
    }

    private func issue(_ what: String, make: (Int) throws -> Claim) throws -> Claim {
        try issued.withLock { issued in
            if let claim = issued[what] { return claim }
            let claim = try make(issued.count)
            issued[what] = claim
            return claim
        }
    }

    /// The one file with this extension: how an address becomes a file's name is not the matter here.
    private static func only(_ ending: String, in folder: String) throws -> String {
        let found = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("." + ending) }
        guard found.count == 1 else { throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: folder]) }
        return "\(folder)/\(found[0])"
    }
}
