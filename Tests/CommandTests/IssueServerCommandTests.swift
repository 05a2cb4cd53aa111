import Foundation
import TestSupport
import Testing

@Suite("mailca issue-server", .onThreads)
struct IssueServerCommandTests {
    @Test("It lays certificate, chain and key out, and openssl verifies them for every name")
    func pair() throws {
        let place = try Place(.open)
        let outcome = try place.run(["issue-server", "mail.example.org", "*.example.org", "--days", "100"])
        let tree = Tree(place.certs)
        #expect(tree.mode("cert.pem") == 0o644)
        #expect(tree.mode("privkey.pem") == 0o600)
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
        for name in ["mail.example.org", "mx.example.org"] {
            try CertificateFile.openssl([
                "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-CAfile",
                "\(place.certs)/cacert.pem",
                "\(place.certs)/cert.pem",
            ])
        }
        #expect(outcome.stderr == "")
        #expect(outcome.stdout.contains("  0600  \(place.certs)/privkey.pem\n"))
        #expect(outcome.stdout.contains("\n_25._tcp.mail.example.org. IN TLSA 3 1 1 "))
        #expect(!outcome.stdout.contains("_tcp.*"), "a wildcard has no DANE record")
        #expect(outcome.stdout.contains("define(`confCRL_PATH', `\(place.certs)')dnl\n"))
        #expect(try place.mailca(["verify"]).status == 0)
    }

    @Test("With --csr only the certificate is written, and the key stays where it is")
    func request() throws {
        let place = try Place(.open)
        let request = try place.request("mx2.example.org")
        let outcome = try place.run(["issue-server", "mx2.example.org", "--csr", request.path])
        #expect(!Tree(place.certs).names.contains("privkey.pem"))
        #expect(try CertificateFile.belongTogether(key: request.key, certificate: "\(place.certs)/cert.pem"))
        #expect(!outcome.stdout.contains("  0600  "))
    }

    @Test("With --csr and --force a key that is there stays as it is")
    func requestBesideKey() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let old = Tree(place.certs)
        let request = try place.request("mx.example.org")
        expectRefusal(
            try place.mailca(["issue-server", "mx.example.org", "--csr", request.path]), status: 73, saying: "cert.pem")
        try place.run(["issue-server", "mx.example.org", "--csr", request.path, "--force"])
        #expect(Tree(place.certs).nodes["privkey.pem"] == old.nodes["privkey.pem"])
        #expect(try CertificateFile.belongTogether(key: request.key, certificate: "\(place.certs)/cert.pem"))
    }

    @Test("A file that is no request, or none at all, is refused", arguments: [("garbage", Int32(65)), ("gone", 66)])
    func badRequest(_ name: String, _ status: Int32) throws {
        let place = try Place(.open)
        try place.write("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", to: "garbage")
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-server", "mx.example.org", "--csr", place.file(name)]), status: status,
                saying: name)
        }
    }

    @Test("A request whose signature does not fit its key is refused")
    func forgedRequest() throws {
        let place = try Place(.open)
        let request = try place.request("mx.example.org")
        var der = try #require(try CertificateFile.blocks(String(contentsOfFile: request.path, encoding: .utf8)).first)
            .der
        der[der.count - 1] ^= 1
        try Data(der).write(to: URL(fileURLWithPath: request.path))
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["issue-server", "mx.example.org", "--csr", request.path]), status: 65)
        }
    }

    @Test("An existing pair is refused; --force keeps the old one and nothing else")
    func force() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let old = Tree(place.certs)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-server", "mx.example.org"]), status: 73, saying: "\(place.certs)/cert.pem",
                "--force")
        }
        let outcome = try place.run(["issue-server", "mx.example.org", "--force"])
        let new = Tree(place.certs)
        let kept = new.names.filter { !old.names.contains($0) }
        #expect(kept.count == 2 && kept.allSatisfy { $0.contains(/^(cert|privkey)\.pem\.\d{8}T\d{6}Z$/) }, "\(kept)")
        for name in kept {
            #expect(new.nodes[name] == old.nodes[String(name.prefix { $0 != "." } + ".pem")])
            #expect(outcome.stdout.contains("  kept  \(place.certs)/\(name)\n"))
        }
        #expect(try place.mailca(["verify"]).status == 0)
    }

    @Test("What somebody removed of the CA's files beside it is put back")
    func restoresTheRest() throws {
        let place = try Place(.open)
        try FileManager.default.removeItem(atPath: place.certs)
        try place.run(["issue-server", "mx.example.org"])
        #expect(try place.mailca(["verify"]).status == 0)
        #expect(Tree(place.certs).names.contains("sendmail.access"))
    }

    @Test(
        "Without a CA it says how to make one",
        arguments: [["issue-server", "mx.example.org"], ["issue-client", "taro@example.org"]])
    func noAuthority(_ arguments: [String]) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(arguments), status: 66, saying: place.home, "mailca init-ca")
        }
    }
}

extension Place {
    /// A request made by openssl, with a key of its own.
    func request(_ name: String) throws -> (path: String, key: String) {
        let (path, key) = (file("users/request.csr"), file("users/request.key"))
        try CertificateFile.openssl([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", key,
            "-out", path,
        ])
        return (path, key)
    }
}
