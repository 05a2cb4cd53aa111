import Foundation
import TestSupport
import Testing

@Suite("mailca verify, of certificates and their paths", .onThreads)
struct VerifyPathTests {
    /// A place with an issuing CA below a root, a server's certificate and a user's.
    private func place() throws -> Place {
        let place = try Place(.offlineRoot)
        try place.run(["issue-server", "mail.example.org"])
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--format", "pem"])
        let blocks = try CertificateFile.blocks(String(contentsOfFile: "\(place.certs)/cert.pem", encoding: .utf8))
        for (name, der) in zip(["server", "issuing"], blocks.map(\.der)) {
            try Data(der).write(to: URL(fileURLWithPath: place.file("\(name).der")))
            try CertificateFile.openssl(["x509", "-in", place.file("\(name).der"), "-out", place.file("\(name).pem")])
        }
        try FileManager.default.copyItem(atPath: "\(place.home)/ca/root.pem", toPath: place.file("root.pem"))
        try CertificateFile.openssl([
            "x509", "-in", place.file("root.pem"), "-outform", "DER", "-out", place.file("root.der"),
        ])
        return place
    }

    /// Runs `mailca verify` with no CA on this machine.
    private func verify(_ place: Place, _ arguments: [String]) throws -> Command.Outcome {
        try Command.mailca(
            ["verify"] + arguments, environment: Place.plain.merging(["MAILCA_HOME": place.file("none")]) { $1 },
            directory: place.path)
    }

    @Test("Every option can be given: PEM and DER, files beside each other and in one, and all agree")
    func good() throws {
        let place = try place()
        let certs = place.certs
        for arguments in [
            ["--ca", "root.pem", "\(certs)/cert.pem"],
            ["--ca", "root.pem", "--chain", "issuing.pem", "server.pem"],
            ["--ca", "issuing.pem", "server.pem"],
            ["--ca", "root.der", "--chain", "issuing.der", "server.der"],
            ["--ca", "\(certs)/cacert.pem", "server.pem", "users/out/taro@example.org.pem"],
            ["--ca", "root.pem", "--ca", "issuing.pem", "--host", "mail.example.org", "server.pem"],
            [
                "--ca", "\(certs)/cacert.pem", "--crl", "\(certs)/crl.pem", "--purpose", "server", "--depth", "1",
                "server.pem",
            ],
            ["--ca", "\(certs)/ca-crl.pem", "--crl", "\(certs)/ca-crl.pem", "server.pem"],
            [
                "--ca", "\(certs)/cacert.pem", "--email", "taro@example.org", "--purpose", "client",
                "users/out/taro@example.org.pem",
            ],
            ["--ca", "root.pem", "--purpose", "any", "issuing.pem"],
        ] {
            let outcome = try verify(place, arguments)
            #expect(outcome.status == 0, "\(arguments): \(outcome.everything)")
            #expect(outcome.stderr == "")
            #expect(outcome.stdout.hasSuffix("Nothing is wrong.\n"), "\(outcome.stdout)")
        }
    }

    @Test(
        "What is not valid ends with 1 and a finding that says which certificate, why and what to do",
        arguments: [
            (["--ca", "root.pem", "server.pem"], "path.no-issuer", "--chain FILE"),
            (
                ["--ca", "root.pem", "--host", "imap.example.org", "etc/certs/cert.pem"], "path.name",
                "mailca issue-server imap.example.org"
            ),
            (["--ca", "root.pem", "--ip", "192.0.2.7", "etc/certs/cert.pem"], "path.name", "DNS:mail.example.org"),
            (
                ["--ca", "etc/certs/cacert.pem", "--email", "hanako@example.org", "users/out/taro@example.org.pem"],
                "path.name", "email:taro@example.org"
            ),
            (["--ca", "etc/certs/cacert.pem", "--purpose", "client", "server.pem"], "path.purpose", "serverAuth"),
            (["--ca", "etc/certs/cacert.pem", "--purpose", "server", "issuing.pem"], "path.purpose", "a server"),
            (
                ["--ca", "etc/certs/cacert.pem", "--at", "2001-02-03", "server.pem"], "path.not-yet-valid",
                "2001-02-03 00:00:00 UTC"
            ),
            (
                ["--ca", "etc/certs/cacert.pem", "--at", "2099-01-01T00:00:00Z", "server.pem"], "path.expired",
                "ended on"
            ),
            (["--ca", "etc/certs/cacert.pem", "--depth", "0", "server.pem"], "path.too-long", "--depth N"),
            (
                ["--ca", "etc/certs/cacert.pem", "--crl", "etc/certs/crl-2.pem", "server.pem"], "path.no-list",
                "--crl FILE"
            ),
        ])
    func bad(_ arguments: [String], _ id: String, _ words: String) throws {
        let place = try place()
        let outcome = try verify(place, arguments)
        #expect(outcome.status == 1, "\(outcome.everything)")
        #expect(outcome.stdout.contains("[\(id)]"), "\(outcome.stdout)")
        #expect(outcome.stdout.contains(words), "\(outcome.stdout)")
        #expect(outcome.stdout.contains(/\n  mend: [^\n]/))
    }

    @Test("With the CA of this machine nothing has to be named, and what it took back is not valid")
    func ownAuthority() throws {
        let place = try place()
        #expect(try place.mailca(["verify", "--host", "mail.example.org", "server.pem"]).status == 0)
        #expect(try place.mailca(["verify", "--purpose", "client", "users/out/taro@example.org.pem"]).status == 0)
        try place.run(["revoke", "taro@example.org"])
        let revoked = try place.mailca(["verify", "--purpose", "client", "users/out/taro@example.org.pem"])
        #expect(revoked.status == 1 && revoked.stdout.contains("[certificate.revoked]"), "\(revoked.everything)")
        let listed = try verify(
            place,
            ["--ca", "\(place.certs)/cacert.pem", "--crl", "\(place.certs)/crl.pem", "users/out/taro@example.org.pem"])
        #expect(listed.status == 1 && listed.stdout.contains("[path.revoked]"), "\(listed.everything)")
        let none = try verify(place, ["--host", "mail.example.org", "--certs", place.file("none"), "server.pem"])
        expectRefusal(none, status: 66, saying: "no CA here", "--ca FILE")
    }

    @Test(
        "Options that make no sense together, or stand alone, are refused with what to do",
        arguments: [
            (["--host", "a.example.org", "--email", "a@example.org", "server.pem"], "--host and --email"),
            (["--host", "a.example.org", "--ip", "192.0.2.7", "server.pem"], "--host and --ip"),
            (["--email", "a@example.org", "--purpose", "server", "server.pem"], "--purpose client or smime"),
            (["--host", "a.example.org", "--purpose", "smime", "server.pem"], "--email ADDRESS"),
            (["--purpose", "web", "server.pem"], "purpose"),
            (["--depth", "-1", "server.pem"], "depth"),
            (["--depth", "x", "server.pem"], "depth"),
            (["--at", "tomorrow", "server.pem"], "tomorrow"),
            (["--at", "1960-01-01", "server.pem"], "1970"),
            (["--crl", "etc/certs/crl.pem"], "the file of a certificate"),
            (["--ca", "root.pem"], "the file of a certificate"),
            (["--host", "mail.example.org", "smtp://mail.example.org"], "the file of a certificate"),
        ])
    func usage(_ arguments: [String], _ words: String) throws {
        let place = try place()
        let outcome = try verify(place, arguments)
        #expect(outcome.status == 64, "\(outcome.everything)")
        #expect(outcome.stdout == "")
        #expect(outcome.stderr.contains(words), "\(outcome.stderr)")
    }

    @Test(
        "A file that is not there, and one that holds something else, is named",
        arguments: [
            (["--ca", "gone.pem", "server.pem"], Int32(66), "gone.pem"),
            (["--ca", "passphrase", "server.pem"], 65, "passphrase"),
            (["--ca", "etc/certs/crl.pem", "server.pem"], 65, "etc/certs/crl.pem"),
            (["--ca", "root.pem", "--chain", "gone.pem", "server.pem"], 66, "gone.pem"),
            (["--ca", "root.pem", "--crl", "root.pem", "server.pem"], 65, "no revocation list in root.pem"),
            (["--ca", "root.pem", "--crl", "root.der", "server.pem"], 65, "root.der is not a revocation list"),
            (["--ca", "root.pem", "gone.pem"], 66, "gone.pem"),
            (["--ca", "root.pem", "etc/certs/privkey.pem"], 65, "etc/certs/privkey.pem"),
            (["--ca", "root.pem", "/dev/null"], 65, "/dev/null"),
            (["--ca", "root.pem", "--host", "mail_1.example.org", "server.pem"], 65, "underscore"),
            (["--ca", "root.pem", "--host", "*.example.org", "server.pem"], 65, "wildcard"),
            (["--ca", "root.pem", "--ip", "mail.example.org", "server.pem"], 65, "IP address"),
            (["--ca", "root.pem", "--email", "mail.example.org", "server.pem"], 65, "@"),
        ])
    func badFiles(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let place = try place()
        let outcome = try verify(place, arguments)
        expectRefusal(outcome, status: status, saying: words)
    }
}
