import TestSupport
import Testing

/// Somebody whom no server may let through.
enum Stranger: String, CaseIterable, CustomTestStringConvertible {
    case nobody = "no certificate"
    case otherCA = "a certificate of another CA of the same name, for the same person"
    case expired = "an expired certificate"
    case server = "the server's own certificate"

    var testDescription: String { rawValue }

    /// What this one shows. The authority is three days old at least, and its server's certificate is made.
    func credentials(against authority: Authority) throws -> Credentials? {
        switch self {
        case .nobody: nil
        case .otherCA: try Authority(authority.setup, isOther: true).issueClient()
        case .expired: try authority.issueClient(days: 1, daysAgo: 3)
        case .server: authority.serverCredentials
        }
    }
}

/// A server and those who come to it, where tests only look: started once for each setup.
struct Visited<Server: Sendable>: Sendable {
    let server: Server
    /// Who may come in.
    let taro: Credentials
    private let strangers: [Stranger: Credentials]

    /// - Parameter start: starts the server, for a CA whose certificate for it is made. It is given the certificates of
    ///   Taro, and of the strangers that have one of their own.
    init(_ setup: Setup, _ start: (Authority, [Credentials]) throws -> Server) throws {
        let authority = try Authority(setup, daysAgo: 3).withServer()
        var strangers: [Stranger: Credentials] = [:]
        for stranger in Stranger.allCases { strangers[stranger] = try stranger.credentials(against: authority) }
        self.strangers = strangers
        taro = try authority.issueClient()
        server = try start(authority, [taro] + strangers.filter { $0.key != .server }.map(\.value))
    }

    /// What a stranger shows.
    func shown(by stranger: Stranger) -> Credentials? { strangers[stranger] }
}

/// A TLS session that is resumed: of each setup one, and one of the older version.
struct Resumption: CustomTestStringConvertible, Sendable {
    let setup: Setup
    let tls: String

    static let all = Setup.all.map { Resumption(setup: $0, tls: "1.3") } + [Resumption(setup: .simplest, tls: "1.2")]

    var testDescription: String { "\(setup.testDescription), TLS \(tls)" }
}

/// The SHA-256 of the first certificate in a file, by OpenSSL's own program.
func certificateSHA256(of path: String) throws -> String {
    let outcome = try Command.run("openssl", ["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
    let value = try #require(outcome.stdout.split(separator: "=").last, "\(outcome.everything)")
    return value.filter(\.isHexDigit).lowercased()
}
