import Foundation
import TestSupport

/// NSS's programs, on a database of certificates that is made for one question.
struct NSS: Sendable {
    enum Trust: String {
        /// A CA, for servers and clients.
        case authority = "CT,C,"
        /// A server's certificate by itself.
        case peer = "P,,"
        case none = ",,"
    }

    let folder: TemporaryDirectory
    private var database: [String] { ["-d", "sql:\(folder.path)"] }

    init() throws {
        folder = try TemporaryDirectory()
        try require("certutil", ["-N", "--empty-password"])
    }

    static func judge(_ claim: Claim) throws -> Verdict { try verify(claim, files: try claim.trust.files) }

    /// - Parameter files: of the CA that is trusted, and whose CRLs count.
    static func verify(_ claim: Claim, files: AuthorityFiles) throws -> Verdict {
        let nss = try NSS()
        try nss.add(files.root, as: "root", trust: .authority)
        if files.authority.hasIssuing { try nss.add(files.issuer, as: "issuing", trust: .none) }
        try nss.addCRLs(files.crl)
        try nss.add(claim.chain, as: "leaf", trust: .none)
        return try Verdict.all(
            nss.certutil("leaf", usage: claim.purpose == .server ? "V" : "C"),
            { try nss.vfychain(claim, again: false) },
            { try nss.vfychain(claim, again: true) },
            // The only one of its programs that compares the name.
            { claim.purpose == .server ? try nss.connect(claim) : Verdict(accepted: true, said: "") })
    }

    func run(_ tool: String, _ arguments: [String]) throws -> Command.Outcome {
        try Command.run(tool, database + arguments, package: "libnss3-tools")
    }

    /// Adds the first certificate of a file.
    func add(_ file: String, as name: String, trust: Trust) throws {
        try require("certutil", ["-A", "-n", name, "-t", trust.rawValue, "-a", "-i", file])
    }

    /// Imports every CRL of a file. NSS takes only those whose signature it can verify.
    func addCRLs(_ file: String) throws {
        for der in try PEM.blocks("X509 CRL", of: file) {
            let path = folder.file("crl.der")
            try der.write(to: URL(fileURLWithPath: path))
            try require("crlutil", ["-I", "-t", "1", "-i", path])
        }
    }

    /// Usages: V a server, C a client, L a CA.
    func certutil(_ name: String, usage: String) throws -> Verdict {
        Verdict(try run("certutil", ["-V", "-e", "-n", name, "-u", usage]))
    }

    /// By NSS's older and (`again`) its newer way of building paths.
    private func vfychain(_ claim: Claim, again newer: Bool) throws -> Verdict {
        let usage = claim.purpose == .server ? "1" : "0"
        return Verdict(try run("vfychain", [newer ? "-pp" : "-p", "-u", usage, "-a", claim.chain]))
    }

    /// Connects to a server that has this certificate.
    /// - Parameter identity: the name of the client's own certificate in the database, which the server demands then.
    func connect(_ claim: Claim, identity: String? = nil) throws -> Verdict {
        guard let client = Command.find("tstclnt") else {
            throw Command.Failure.missing("tstclnt", install: "apt-get install libnss3-tools")
        }
        var arguments = ["serve", "--chain", claim.chain, "--key", claim.key]
        if identity != nil { arguments += ["--clients", try claim.trust.files.cacert] }
        arguments += ["--", client, "-h", "127.0.0.1", "-p", "{port}", "-a", claim.name, "-Q"] + database
        if let identity { arguments += ["-n", identity] }
        return try PythonTools.check(arguments)
    }

    private func require(_ tool: String, _ arguments: [String]) throws {
        let outcome = try run(tool, arguments)
        guard outcome.status == 0 else { throw AuthorityFiles.Failed(arguments: [tool] + arguments, outcome: outcome) }
    }
}
