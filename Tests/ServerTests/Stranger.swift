import TestSupport
import Testing

/// Somebody whom no server may let through.
enum Stranger: String, CaseIterable, CustomTestStringConvertible {
    case nobody = "no certificate"
    case otherCA = "a certificate of another CA of the same name, for the same person"
    case expired = "an expired certificate"
    case server = "the server's own certificate"

    var testDescription: String { rawValue }

    /// The CA of the server that this one comes to.
    func authority(_ setup: Setup) throws -> Authority {
        try Authority(setup, daysAgo: self == .expired ? 3 : 0)
    }

    /// What this one shows. The authority is that of ``authority(_:)``, and its server's certificate is made.
    func credentials(against authority: Authority) throws -> Credentials? {
        switch self {
        case .nobody: nil
        case .otherCA: try Authority(authority.setup).issueClient()
        case .expired: try authority.issueClient(days: 1, daysAgo: 3)
        case .server: authority.serverCredentials
        }
    }
}

/// The SHA-256 of the first certificate in a file, by OpenSSL's own program.
func certificateSHA256(of path: String) throws -> String {
    let outcome = try Command.run("openssl", ["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
    let value = try #require(outcome.stdout.split(separator: "=").last, "\(outcome.everything)")
    return value.filter(\.isHexDigit).lowercased()
}
