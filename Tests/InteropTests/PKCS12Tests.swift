import Foundation
import TestSupport
import Testing

@Suite("A PKCS #12 file", .onThreads)
struct PKCS12Tests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let key: String
        let compat: Bool
        var authority = Authority.issuingP256
        var testDescription: String { "\(key), \(compat ? "--compat" : "default"), \(authority.testDescription)" }

        static let all: [Kind] = [
            Kind(key: "ec-p256", compat: false), Kind(key: "ec-p256", compat: true),
            Kind(key: "rsa-2048", compat: false), Kind(key: "rsa-2048", compat: true),
            Kind(key: "ec-p256", compat: false, authority: .rootP256),
            Kind(key: "ec-p256", compat: true, authority: .rootRSA),
        ]

        var claim: Claim { get throws { try authority.files.bundle(key, compat: compat) } }
    }

    let folder: TemporaryDirectory
    let password: String
    let wrong: String

    init() throws {
        folder = try TemporaryDirectory()
        password = try folder.write(AuthorityFiles.password + "\n", to: "password")
        wrong = try folder.write("kudo-4nev-ta6o-9wip-zumi\n", to: "wrong")
    }

    @Test("is read by OpenSSL without its legacy algorithms", arguments: Kind.all)
    func openSSL(kind: Kind) throws {
        let file = try kind.claim.chain
        func info(_ password: String) throws -> Command.Outcome {
            try OpenSSL.run(["pkcs12", "-info", "-noout", "-in", file, "-passin", "file:\(password)"])
        }
        let outcome = try info(password)
        #expect(outcome.status == 0, "\(outcome.everything)")
        let expected =
            kind.compat
            ? ["MAC: sha1,", "pbeWithSHA1And3-KeyTripleDES-CBC"]
            : ["MAC: sha256,", "PBES2, PBKDF2, AES-256-CBC", "PRF hmacWithSHA256"]
        for words in expected { #expect(outcome.stderr.contains(words), "\(words)\n\(outcome.everything)") }
        #expect(!outcome.stderr.contains("RC2"), "\(outcome.everything)")
        #expect(try info(wrong).status != 0)
    }

    @Test("is read by GnuTLS", arguments: Kind.all)
    func gnuTLS(kind: Kind) throws {
        let file = try kind.claim.chain
        func info(_ password: String) throws -> Command.Outcome {
            let text = try folder.read(password).trimmingCharacters(in: .newlines)
            return try GnuTLS.certtool(["--p12-info", "--inder", "--password", text, "--infile", file])
        }
        let outcome = try info("password")
        #expect(outcome.status == 0, "\(outcome.everything)")
        let said = outcome.everything
        for words in ["BEGIN CERTIFICATE", "BEGIN ENCRYPTED PRIVATE KEY"] { #expect(said.contains(words), "\(said)") }
        #expect(try info("wrong").status != 0)
    }

    @Test("is imported by NSS, which then logs in with it", arguments: Kind.all)
    func nss(kind: Kind) throws {
        let claim = try kind.claim
        let nss = try NSS()
        let refused = try nss.run("pk12util", ["-i", claim.chain, "-w", wrong, "-K", ""])
        #expect(refused.status != 0, "\(refused.everything)")
        let outcome = try nss.run("pk12util", ["-i", claim.chain, "-w", password, "-K", ""])
        #expect(outcome.status == 0, "\(outcome.everything)")
        // Its own is the one that has a key: "user@example.org      u,u,u".
        let list = try nss.run("certutil", ["-L"]).stdout
        let line = try #require(list.split(separator: "\n").first { $0.hasSuffix("u,u,u") }, "\(list)")
        let name = line.dropLast("u,u,u".count).trimmingCharacters(in: .whitespaces)
        // The chain came with the file; only the root has to be trusted.
        try nss.add(try kind.authority.files.root, as: "root", trust: .authority)
        let valid = try nss.certutil(name, usage: "C")
        #expect(valid.accepted, "\(valid)")
        let server = try kind.authority.files.server()
        let connected = try nss.connect(server, identity: name)
        #expect(connected.accepted && connected.said.contains("the client is \(claim.name)"), "\(connected)")
    }

    @Test("is imported by Java", arguments: Kind.all)
    func java(kind: Kind) throws {
        let file = try kind.claim.chain
        func list(_ password: String) throws -> Command.Outcome {
            try Java.keytool(
                ["-list", "-v", "-storetype", "PKCS12", "-keystore", file, "-storepass:file", password])
        }
        let listed = try list(password)
        #expect(listed.status == 0, "\(listed.everything)")
        #expect(listed.stdout.contains("Entry type: PrivateKeyEntry"), "\(listed.everything)")
        #expect(listed.stdout.contains("Owner: CN=user@example.org"), "\(listed.everything)")
        if kind.authority.hasIssuing {
            #expect(!listed.stdout.contains("Certificate chain length: 1"), "\(listed.everything)")
        }
        #expect(try list(wrong).status != 0)
        let imported = try Java.keytool(
            ["-importkeystore", "-noprompt", "-srcstoretype", "PKCS12", "-srckeystore", file]
                + ["-srcstorepass:file", password, "-deststoretype", "PKCS12", "-deststorepass:file", password]
                + ["-destkeystore", folder.file("imported.p12")])
        #expect(imported.status == 0, "\(imported.everything)")
        #expect(imported.stderr.contains("1 entries successfully imported, 0 entries failed"), "\(imported.everything)")
    }

    @Test("holds key, certificate and chain, says Python", arguments: Kind.all)
    func python(kind: Kind) throws {
        let claim = try kind.claim
        func read(_ password: String, trusting authority: Authority) throws -> Verdict {
            try PythonTools.check(
                ["pkcs12", "--file", claim.chain, "--password-file", password, "--address", claim.name]
                    + ["--trust", try authority.files.root])
        }
        let verdict = try read(password, trusting: kind.authority)
        #expect(verdict.accepted, "\(verdict)")
        #expect(verdict.said.contains(kind.key == "ec-p256" ? "secp256r1" : "rsa 2048"), "\(verdict)")
        let otherPassword = try read(wrong, trusting: kind.authority)
        #expect(!otherPassword.accepted, "\(otherPassword)")
        let otherRoot = try read(password, trusting: .namesake)
        #expect(!otherRoot.accepted, "\(otherRoot)")
    }
}
