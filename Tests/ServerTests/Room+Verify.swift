import Foundation
import TestSupport
import Testing

extension Room {
    /// Runs `mailca verify` on a server in the room, with the CA's certificates and the server's own file as they lie
    /// there. It is the system's `mailca`, which has nothing of the room but its network.
    /// - Parameters:
    ///   - ca: the CA's certificates, where they do not lie there.
    ///   - source: where to come from: 127.0.0.1 may always relay.
    ///   - more: other options.
    func verify(
        _ url: String, certs: String, ca: String? = nil, client: Credentials? = nil, refused: Credentials? = nil,
        source: String = "127.0.0.2", more: [String] = []
    ) throws -> Command.Outcome {
        let scratch = try TemporaryDirectory()
        try scratch.write("a password\n", to: "password")
        chmod(scratch.file("password"), 0o600)
        var line = ["verify", url, "--connect", "127.0.0.1", "--source", source, "--recipient", SendmailTests.outsider]
        line += ["--certs", certs, "--ca", ca ?? "\(certs)/cacert.pem"] + more
        for (option, credentials) in [("--client", client), ("--expect-refused", refused)] {
            guard let credentials else { continue }
            let file = scratch.file("\(option).p12")
            let made = try Command.run(
                "openssl",
                [
                    "pkcs12", "-export", "-in", credentials.certificate, "-inkey", credentials.key, "-out", file,
                    "-passout", "file:\(scratch.file("password"))",
                ])
            try #require(made.status == 0, "\(made.everything)")
            line += [option, file]
        }
        if client != nil || refused != nil { line += ["--client-password-file", scratch.file("password")] }
        return try beside(Command.mailcaPath, line, environment: ["MAILCA_HOME": scratch.file("none")])
    }
}
