import Foundation
import TestSupport

/// The `openssl` program.
enum OpenSSL {
    static func run(_ arguments: [String], directory: String? = nil) throws -> Command.Outcome {
        try Command.run("openssl", arguments, directory: directory)
    }

    /// Verifies strictly, with the CRL of every CA in the path.
    static func judge(_ claim: Claim) throws -> Verdict {
        let files = try claim.trust.files
        return try verify(claim, trusting: ["-CAfile", files.cacert, "-CRLfile", files.crl, "-crl_check_all"])
    }

    /// Verifies with trust and CRLs found by the hash links of a folder alone.
    static func judge(_ claim: Claim, byLinksIn folder: String) throws -> Verdict {
        try verify(claim, trusting: ["-CApath", folder, "-crl_check_all"])
    }

    static func verify(_ claim: Claim, trusting trust: [String]) throws -> Verdict {
        let (purpose, option) =
            switch claim.purpose {
            case .server: ("sslserver", claim.isAddress ? "-verify_ip" : "-verify_hostname")
            case .client: ("sslclient", "-verify_email")
            }
        return Verdict(
            try run(
                ["verify", "-x509_strict", "-purpose", purpose, option, claim.name, "-no-CAstore"]
                    + (trust.contains("-CApath") ? ["-no-CAfile"] : ["-no-CApath"]) + trust
                    + ["-untrusted", claim.chain, claim.chain]))
    }

    /// Has `issuer` sign what `mailca` would refuse to: the key is new, the certificate like one of ours but for its names.
    static func forge(_ names: String, purpose: Claim.Purpose, by issuer: AuthorityFiles) throws -> (
        folder: TemporaryDirectory, claim: Claim
    ) {
        let folder = try TemporaryDirectory()
        try folder.write(
            """
            basicConstraints = critical, CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = \(purpose == .server ? "serverAuth" : "clientAuth")
            subjectAltName = \(names)
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            """, to: "extensions")
        let steps = [
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/O=Forged",
            ]
                + ["-keyout", "key.pem", "-out", "request.pem"],
            ["x509", "-req", "-in", "request.pem", "-CA", issuer.issuer, "-CAkey", issuer.issuerKey, "-days", "30"]
                + ["-set_serial", "0x4D61696C434120696E7465726F70", "-extfile", "extensions", "-out", "leaf.pem"],
        ]
        for step in steps {
            let outcome = try run(step, directory: folder.path)
            guard outcome.status == 0 else { throw AuthorityFiles.Failed(arguments: step, outcome: outcome) }
        }
        let chain = try ["leaf.pem", issuer.issuer].map { try $0.hasPrefix("/") ? read($0) : folder.read($0) }
        try folder.write(chain.joined(), to: "chain.pem")
        let name = String(names.split(separator: ":", maxSplits: 1)[1].prefix { $0 != "," })
        return (
            folder,
            Claim(
                chain: folder.file("chain.pem"), key: folder.file("key.pem"), purpose: purpose, name: name,
                trust: issuer.authority)
        )
    }

    private static func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
