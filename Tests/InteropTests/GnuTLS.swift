import Foundation
import TestSupport

/// GnuTLS's `certtool` and `gnutls-cli`.
enum GnuTLS {
    static func certtool(_ arguments: [String], timeout: TimeInterval = 300) throws -> Command.Outcome {
        try Command.run("certtool", arguments, timeout: timeout, package: "gnutls-bin")
    }

    static func judge(_ claim: Claim) throws -> Verdict { try verify(claim, files: try claim.trust.files) }

    /// - Parameters:
    ///   - files: of the CA that is trusted, and whose CRLs count.
    ///   - timeout: GnuTLS looks for each entry of a list from the first one on, so that the time grows with the square of
    ///     their number.
    static func verify(_ claim: Claim, files: AuthorityFiles, timeout: TimeInterval = 300) throws -> Verdict {
        var arguments = ["--verify", "--infile", claim.chain]
        arguments += ["--load-ca-certificate", files.root, "--load-crl", files.crl]
        switch claim.purpose {
        case .server: arguments += ["--verify-purpose", "1.3.6.1.5.5.7.3.1", "--verify-hostname", claim.name]
        case .client:
            arguments += ["--verify-purpose", "1.3.6.1.5.5.7.3.2"]
            // It compares rfc822Names only.
            if claim.name.utf8.allSatisfy({ $0 < 0x80 }) { arguments += ["--verify-email", claim.name] }
        }
        let outcome = try certtool(arguments, timeout: timeout)
        // The status is 0 also where the name does not match: only the words at the end tell.
        let accepted = outcome.status == 0 && outcome.stdout.contains("Chain verification output: Verified.")
        return Verdict(accepted: accepted, said: outcome.everything)
    }

    /// Connects to a server that has this certificate, trusting what is in `trust` (PEM).
    static func connect(_ claim: Claim, trusting trust: String) throws -> Verdict {
        guard let client = Command.find("gnutls-cli") else {
            throw Command.Failure.missing("gnutls-cli", install: "apt-get install gnutls-bin")
        }
        return try PythonTools.check(
            ["serve", "--chain", claim.chain, "--key", claim.key, "--", client, "--x509cafile", trust]
                + ["--port", "{port}", "--verify-hostname", claim.name, "--sni-hostname", claim.name, "127.0.0.1"])
    }
}
