import Foundation
import TestSupport
import Testing

@Suite("mailca init-ca", .onThreads)
struct InitCACommandTests {
    /// The layout of a CA without an issuing one, its hash written as `HASH`.
    private static let certs = [
        "-> ca-1.pem HASH.0", "-> crl-1.pem HASH.r0", "0644 ca-1.pem", "0644 ca-crl.pem", "0644 cacert.pem",
        "0644 crl-1.pem",
        "0644 crl.pem", "0644 sendmail.access",
    ]

    private func listing(_ directory: String) -> [String] {
        Tree(directory).listing.map { $0.replacing(/[0-9a-f]{8}(?=\.r?\d)/, with: "HASH") }.sorted()
    }

    @Test("It makes a home for its owner alone and a directory that a mail server can read")
    func layout() throws {
        let place = try Place()
        let outcome = try place.run(["init-ca", "Example Mail CA", "--domain", "example.org", "--no-passphrase"])
        #expect(listing(place.home) == ["0600 ca/root.key", "0600 ledger.sqlite", "0644 ca/root.pem", "0700 ca/"])
        #expect(Tree(place.home).mode("") == 0o700)
        #expect(listing(place.certs) == Self.certs)
        #expect(Tree(place.certs).mode("") == 0o755)
        #expect(outcome.stderr == "")
        #expect(outcome.stdout.hasPrefix("Made the CA Example Mail CA\n"))
        for line in [
            "  0600  \(place.home)/ca/root.key", "  0644  \(place.certs)/crl.pem",
            "\ndefine(`confCRL', `\(place.certs)/crl.pem')dnl", "\ndefine(`confCRL_PATH', `\(place.certs)')dnl",
            "$@ \"Flags=R;\"", "  mailca issue-server HOST --home \(place.home) --certs \(place.certs)",
        ] { #expect(outcome.stdout.contains("\(line)\n"), "\(line) is not in \(outcome.stdout)") }
    }

    @Test("The access map names the CA that signs clients, and the list is signed by it and empty")
    func accessAndList() throws {
        let place = try Place(.open)
        let access = try String(contentsOfFile: "\(place.certs)/sendmail.access", encoding: .utf8)
        #expect(access.contains("\nCertIssuer:/CN=Example+20Mail+20CA\tRELAY\n"))
        let list = try CertificateFile.openssl(
            ["crl", "-in", "\(place.certs)/crl.pem", "-CAfile", "\(place.certs)/cacert.pem", "-noout", "-text"])
        #expect(list.contains("No Revoked Certificates."))
    }

    @Test("The key is encrypted with AES-256 and scrypt, and opens with the passphrase only")
    func encryptedKey() throws {
        let place = try Place(.locked)
        let key = "\(place.home)/ca/root.key"
        let structure = try CertificateFile.openssl(["asn1parse", "-in", key])
        #expect(structure.contains("scrypt"))
        #expect(structure.contains("aes-256-cbc"))
        try CertificateFile.openssl(["pkey", "-in", key, "-passin", "file:\(place.passphraseFile)", "-noout"])
        #expect(throws: CertificateFile.Failed.self) {
            try CertificateFile.openssl(["pkey", "-in", key, "-passin", "pass:other", "-noout"])
        }
    }

    @Test("A CA for a single label names users of exactly that label, and refuses others")
    func singleLabel() throws {
        let place = try Place()
        try place.run(["init-ca", "--domain", "example", "--no-passphrase"])
        try place.run(["issue-client", "user@example", "--out", place.out])
        #expect(Tree(place.out).names == ["user@example.p12"])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-client", "user@other", "--out", place.out]), status: 77, saying: "user@other",
                "example")
        }
    }

    @Test("Without a domain it is made for the domain of this machine, and says so")
    func machineDomain() throws {
        let place = try Place()
        let outcome = try place.mailca(["init-ca", "--no-passphrase"], under: Machine.named("mx.example.net"))
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stderr.contains("mailca: note: no --domain was given: the CA is made for example.net"))
        #expect(outcome.stdout.hasPrefix("Made the CA example.net Mail CA\n"))
        #expect(outcome.stdout.contains("It can sign for example.net and what is below, and for nobody else.\n"))
    }

    @Test("Without a domain, on a machine with a short name, it says how to give init-ca one")
    func shortMachineName() throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["init-ca", "--no-passphrase"], under: Machine.named("mx"))
            expectRefusal(outcome, status: 65, saying: "\"mx\"", "--domain")
            #expect(!outcome.stderr.contains("self-signed"), "the hint is of another command")
        }
    }

    @Test(
        "An existing CA is never touched, whatever is asked for",
        arguments: [[], ["--offline-root", "--root-key", "new.key"]])
    func existing(_ options: [String]) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["init-ca", "Another", "--domain", "example.net", "--no-passphrase"] + options),
                status: 73,
                saying: place.home, "Example Mail CA")
        }
    }

    @Test("Where there is a CA, that is what is said, not that the file for its root's key is there too")
    func existingWithRootKey() throws {
        let place = try Place(.offlineRoot)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca([
                "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key",
                place.file("root.key"),
            ])
            expectRefusal(outcome, status: 73, saying: "there is a CA in \(place.home)")
        }
    }

    @Test(
        "The files of a CA whose ledger is gone, empty or another's are never touched",
        arguments: ["gone", "empty", "foreign"])
    func existingWithoutLedger(_ ledger: String) throws {
        let place = try Place(.open)
        let path = "\(place.home)/ledger.sqlite"
        try FileManager.default.removeItem(atPath: path)
        if ledger == "empty" { try Data().write(to: URL(fileURLWithPath: path)) }
        if ledger == "foreign" { try Ledger(home: place.home).sql("CREATE TABLE note (text TEXT)") }
        let before = place.tree
        let outcome = try place.mailca(["init-ca", "--domain", "example.net", "--no-passphrase"])
        #expect([65, 73].contains(outcome.status), "\(outcome.everything)")
        expectRefusal(outcome, status: outcome.status, saying: place.home)
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("With --offline-root the root's key goes to its file, and the issuing CA does the daily work")
    func offlineRoot() throws {
        let place = try Place()
        let rootKey = place.file("users/root.key")
        let outcome = try place.run([
            "init-ca", "--domain", "example.org", "--passphrase-file", place.passphraseFile, "--offline-root",
            "--root-key", rootKey,
        ])
        #expect(
            listing(place.home)
                == ["0600 ca/issuing.key", "0600 ledger.sqlite", "0644 ca/issuing.pem", "0644 ca/root.pem", "0700 ca/"])
        #expect(Tree(place.file("users")).listing == ["0600 root.key"])
        #expect(try String(contentsOfFile: rootKey, encoding: .utf8).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        #expect(outcome.stdout.contains("Take \(rootKey) away now"))
        try FileManager.default.removeItem(atPath: rootKey)
        try place.run(["issue-server", "mx.example.org", "--passphrase-file", place.passphraseFile])
        #expect(try CertificateFile.serials("\(place.certs)/cert.pem").count == 2, "the issuing CA follows")
        try CertificateFile.openssl([
            "verify", "-x509_strict", "-crl_check_all", "-CAfile", "\(place.certs)/ca-crl.pem", "-untrusted",
            "\(place.certs)/cert.pem",
            "\(place.certs)/cert.pem",
        ])
    }

    @Test("A file that is there already is not overwritten with the root's key")
    func rootKeyExists() throws {
        let place = try Place()
        try place.write("mine", to: "root.key")
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca([
                    "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key",
                    place.file("root.key"),
                ]), status: 73, saying: "root.key")
        }
    }

    @Test("A root key that cannot be written leaves no CA behind")
    func rootKeyNowhere() throws {
        let place = try Place()
        let target = "/proc/nowhere/root.key"
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca([
                "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key", target,
            ])
            #expect([66, 74, 77].contains(outcome.status), "\(outcome.everything)")
            expectRefusal(outcome, status: outcome.status, saying: "/proc/nowhere")
        }
    }

    @Test(
        "Options that contradict each other are refused with status 64",
        arguments: [
            ["--offline-root"], ["--root-key", "root.key"], ["--no-passphrase", "--passphrase-file", "passphrase"],
            ["--passphrase-file", "passphrase", "--passphrase-fd", "0"],
        ])
    func contradictions(_ options: [String]) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["init-ca", "--domain", "example.org"] + options)
            #expect(outcome.status == 64)
            #expect(outcome.stdout == "")
            #expect(outcome.stderr.contains("--help"))
        }
    }

    @Test("A CA for IP addresses names servers by them; one without does not")
    func addresses() throws {
        let place = try Place()
        let outcome = try place.run([
            "init-ca", "--domain", "example.org", "--permit-ip", "192.0.2.0/24", "--permit-ip", "2001:db8::/32",
            "--no-passphrase",
        ])
        #expect(
            outcome.stdout.contains(
                "It can sign for example.org, 192.0.2.0/24, 2001:db8::/32 and what is below, and for nobody else.\n"))
        try place.run(["issue-server", "mx.example.org", "192.0.2.7", "2001:db8::7"])
        expectRefusal(
            try place.mailca(["issue-server", "198.51.100.7", "--force"]), status: 77, saying: "198.51.100.7",
            "192.0.2.0/24")
        expectRefusal(try Place(.open).mailca(["issue-server", "192.0.2.7"]), status: 77, saying: "192.0.2.7")
    }

    @Test("An unconstrained CA says so")
    func unconstrained() throws {
        let place = try Place()
        let outcome = try place.run(["init-ca", "Any", "--unconstrained", "--no-passphrase"])
        #expect(outcome.stdout.contains("It can sign for every host and user there is.\n"))
        try place.run(["issue-client", "user@example.net", "--out", place.out])
    }

    @Test(
        "A name that Sendmail could not match, or that reads other than it is, is refused",
        arguments: [
            String(repeating: "é", count: 30), String(repeating: "x", count: 65), "", " Example", "Example\u{202E}AC",
            "Example\nCA",
        ])
    func badNames(_ name: String) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["init-ca", name, "--domain", "example.org", "--no-passphrase"]), status: 65,
                saying: "name")
        }
    }

    @Test("A home that was there with other files in it keeps them, whether a CA comes of it or not")
    func usedHome() throws {
        let place = try Place()
        try FileManager.default.createDirectory(atPath: place.home, withIntermediateDirectories: true)
        try place.write("notes", to: "var/home/README")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca([
                "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key",
                "/proc/nowhere/root.key",
            ])
            #expect(outcome.status != 0)
        }
        try place.run(["init-ca", "--domain", "example.org", "--no-passphrase"])
        #expect(Tree(place.home).content("README") == Data("notes".utf8))
    }
}
