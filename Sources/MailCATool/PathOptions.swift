import ArgumentParser
import MailCA
import MailVerify
import OpenSSLKit

/// What `mailca verify` is told for validating the paths of certificates.
struct PathOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The CA that certificates and servers have to lead to. Default: that of this machine, or cacert.pem in --certs.",
            valueName: "file"))
    var ca: [String] = []

    @Option(help: ArgumentHelp("CA certificates that may stand between, in any order.", valueName: "file"))
    var chain: [String] = []

    @Option(
        help: ArgumentHelp("Revocation lists: then one of every CA in the path is demanded.", valueName: "file"))
    var crl: [String] = []

    @Option(help: ArgumentHelp("The certificate has to be for this host.", valueName: "name"))
    var host: String?

    @Option(help: ArgumentHelp("The certificate has to be for this IP address.", valueName: "address"))
    var ip: String?

    @Option(help: ArgumentHelp("The certificate has to be for this mailbox.", valueName: "address"))
    var email: String?

    @Option(
        help: ArgumentHelp(
            "What it has to be good for: server, client, smime or any. Default: server with --host or --ip, else any.",
            valueName: "use"))
    var purpose: PurposeArgument?

    @Option(
        help: ArgumentHelp(
            "When everything has to be valid: 2026-11-23 or 2026-11-23T20:01:51Z. Default: now.", valueName: "time"))
    var at: TimeArgument?

    @Option(help: ArgumentHelp("So many CA certificates may stand between it and the root.", valueName: "number"))
    var depth: Int?

    /// Whether something is said of certificates in files alone.
    var isForFiles: Bool {
        let single: [Any?] = [host, ip, email, purpose, at, depth]
        return !chain.isEmpty || !crl.isEmpty || single.contains { $0 != nil }
    }

    var isUsed: Bool { isForFiles || !ca.isEmpty }

    /// For messages.
    static let names = "--chain, --crl, --host, --ip, --email, --purpose, --at and --depth"

    func validate() throws {
        let peers = [("--host", host), ("--ip", ip), ("--email", email)].filter { $1 != nil }.map(\.0)
        if peers.count > 1 {
            throw ValidationError(
                "\(peers.joined(separator: " and ")): give one of them, and verify again for the other")
        }
        if let purpose, email != nil && purpose.value == .server {
            throw ValidationError("--email is a user's, and --purpose server is not: give --purpose client or smime")
        }
        if let purpose, let peer = peers.first, email == nil && purpose.value == .smime {
            throw ValidationError("\(peer) is a server's, and --purpose smime is a user's: give --email ADDRESS")
        }
        if let depth, !(0...100).contains(depth) { throw ValidationError("--depth is a number from 0 to 100") }
        if let at, at.date.timeIntervalSince1970 < 0 { throw ValidationError("--at is a time from 1970 on") }
    }

    /// Whose the certificates have to be.
    /// - Throws: `MailCAError` with code `invalidName`.
    func peer() throws(MailCAError) -> PathValidation.Peer? {
        if let host {
            let name = try HostName(host)
            guard !name.isWildcard else {
                throw MailCAError(
                    .invalidName, "--host is \(host), and nobody connects to a wildcard",
                    hint: "Give the name of one host.")
            }
            return .server(.host(name))
        }
        if let ip { return .server(.address(try IPAddress(ip))) }
        return try email.map { (text) throws(MailCAError) in .mailbox(try EmailAddress(text)) }
    }

    var use: TrustStore.Purpose { purpose?.value ?? (host != nil || ip != nil ? .server : .any) }
}

/// A use of certificates on the command line.
struct PurposeArgument: ExpressibleByArgument {
    let value: TrustStore.Purpose

    static let allValueStrings = ["server", "client", "smime", "any"]

    init?(argument: String) {
        switch argument {
        case "server": value = .server
        case "client": value = .client
        case "smime": value = .smime
        case "any": value = .any
        default: return nil
        }
    }
}
