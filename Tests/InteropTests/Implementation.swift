import TestSupport
import Testing

/// The implementations that certificates are held against. How each is asked is in a file of its own.
enum Implementation: CaseIterable, Sendable, CustomTestStringConvertible {
    case openSSL, gnuTLS, nss, python

    var testDescription: String {
        switch self {
        case .openSSL: "OpenSSL"
        case .gnuTLS: "GnuTLS"
        case .nss: "NSS"
        case .python: "Python's cryptography"
        }
    }

    /// Those whose programs look for a mail address in a certificate: NSS's do not.
    static let readingAddresses: [Implementation] = [.openSSL, .gnuTLS, .python]
    /// Those that look at CRLs while they verify: Python's verifier does not.
    static let readingCRLs: [Implementation] = [.openSSL, .gnuTLS, .nss]

    /// Whether this implementation accepts the certificate as what is claimed.
    func judge(_ claim: Claim) throws -> Verdict {
        switch self {
        case .openSSL: try OpenSSL.judge(claim)
        case .gnuTLS: try GnuTLS.judge(claim)
        case .nss: try NSS.judge(claim)
        case .python: try judgeByPython(claim)
        }
    }

    /// The policies for the public web, without an exception: stricter than a private CA needs.
    private func judgeByPython(_ claim: Claim) throws -> Verdict {
        let shared = ["--trust", try claim.trust.files.root, "--chain", claim.chain]
        return switch claim.purpose {
        case .server: try PythonTools.check(["verify-server", "--name", claim.name] + shared)
        case .client: try PythonTools.check(["verify-client", "--address", claim.name] + shared)
        }
    }
}
