import Foundation
import TestSupport
import Testing

@Suite("mailca self-signed", .onThreads)
struct SelfSignedCommandTests {
    @Test("It writes certificate, key and hash link, and says where, with what mode, and what comes next")
    func writesThePair() throws {
        let place = try Place()
        let outcome = try place.run(["self-signed", "mail.example.org", "192.0.2.7", "--days", "90"])
        let hash = try CertificateFile.openssl(["x509", "-in", "\(place.certs)/cert.pem", "-noout", "-subject_hash"])
            .trimmingCharacters(in: .newlines)
        #expect(
            Tree(place.certs).listing
                == ["-> cert.pem \(hash).0", "0644 cert.pem", "0600 privkey.pem"].sorted(by: byName))
        #expect(Tree(place.certs).mode("") == 0o755)
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
        #expect(outcome.stderr == "")
        for line in [
            "  0600  \(place.certs)/privkey.pem", "  0644  \(place.certs)/cert.pem",
            "  link  \(place.certs)/\(hash).0 -> cert.pem",
            "\ndefine(`confCACERT_PATH', `\(place.certs)')dnl", "\ndefine(`confCACERT', `\(place.certs)/cert.pem')dnl",
            "\ndefine(`confSERVER_CERT', `\(place.certs)/cert.pem')dnl",
            "\ndefine(`confSERVER_KEY', `\(place.certs)/privkey.pem')dnl",
        ] { #expect(outcome.stdout.contains("\(line)\n"), "\(line) is not in \(outcome.stdout)") }
    }

    private func byName(_ one: String, _ other: String) -> Bool {
        (one.split(separator: " ").last ?? "") < (other.split(separator: " ").last ?? "")
    }

    @Test("The next command that is printed finds nothing wrong")
    func nextCommand() throws {
        let place = try Place()
        let made = try place.run(["self-signed", "mail.example.org"])
        let next = try #require(made.stdout.firstMatch(of: /\n  mailca (verify.*)\n/)).output.1
        let outcome = try Command.run(
            "sh", ["-c", "\"$0\" \(next)", Command.mailcaPath], environment: Place.plain, directory: place.path)
        #expect(outcome.status == 0, "mailca \(next): \(outcome.everything)")
    }

    @Test("Its DANE record is the SHA-256 of the key that openssl finds in the certificate")
    func daneRecord() throws {
        let place = try Place()
        let outcome = try place.run(["self-signed", "mail.example.org"])
        let digest = try Command.run(
            "sh",
            [
                "-c", "openssl x509 -in \"$1\" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum", "sh",
                "\(place.certs)/cert.pem",
            ])
        let hexadecimal = digest.stdout.prefix(64)
        #expect(outcome.stdout.contains("\n_25._tcp.mail.example.org. IN TLSA 3 1 1 \(hexadecimal)\n"))
    }

    @Test("A server that is known by an address only gets no DANE record")
    func addressOnly() throws {
        let outcome = try Place().run(["self-signed", "2001:db8::7"])
        #expect(!outcome.stdout.contains("TLSA"))
    }

    @Test(
        "Every kind of key makes a pair that verifies",
        arguments: ["ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "ed25519"])
    func keys(_ key: String) throws {
        let place = try Place()
        let outcome = try place.run(["self-signed", "mail.example.org", "--key", key])
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
        #expect(outcome.stderr.hasPrefix("mailca: warning: ") == (key == "ed25519"))
        #expect(try place.verify().status == 0)
    }

    @Test("An existing pair is refused and left alone")
    func refusesExisting() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.org"])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["self-signed", "mail.example.org"]), status: 73, saying: "\(place.certs)/cert.pem",
                "--force")
        }
    }

    @Test("A key alone is refused too: it is nobody's to overwrite")
    func refusesExistingKey() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.org"])
        try FileManager.default.removeItem(atPath: "\(place.certs)/cert.pem")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["self-signed", "mail.example.org"]), status: 73, saying: "privkey.pem")
        }
    }

    @Test("With --force the old pair is kept beside the new one under a name with the time in it")
    func forceKeepsTheOld() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.org"])
        let old = Tree(place.certs)
        let outcome = try place.run(["self-signed", "mail.example.org", "--force"])
        let new = Tree(place.certs)
        for name in ["cert.pem", "privkey.pem"] {
            let kept = new.names.filter {
                $0.wholeMatch(of: /(cert|privkey)\.pem\.\d{8}T\d{6}Z/) != nil && $0.hasPrefix(name)
            }
            try #require(kept.count == 1)
            #expect(new.nodes[kept[0]] == old.nodes[name], "the old \(name) is kept as it was, mode and all")
            #expect(new.content(name) != old.content(name))
            #expect(outcome.stdout.contains("  kept  \(place.certs)/\(kept[0])\n"))
        }
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
    }

    @Test("Twice with --force in one second keeps both old pairs")
    func forceTwice() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.org"])
        var keys: Set<Data> = []
        for _ in 0..<3 {
            keys.insert(try #require(Tree(place.certs).content("privkey.pem")))
            try place.run(["self-signed", "mail.example.org", "--force"])
        }
        let tree = Tree(place.certs)
        #expect(Set(tree.names.filter { $0.hasPrefix("privkey.pem.") }.compactMap { tree.content($0) }) == keys)
    }

    @Test("Without a host it is made for this machine's full name")
    func machineName() throws {
        let place = try Place()
        let outcome = try place.mailca(["self-signed"], under: Machine.named("mx.example.net"))
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stdout.hasPrefix("Made a certificate for mx.example.net, EC P-256, until "))
    }

    @Test("Without a host, on a machine with a short name, it says how to give one")
    func shortMachineName() throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["self-signed"], under: Machine.named("mx")), status: 65, saying: "\"mx\"",
                "mailca self-signed mail.example.org")
        }
    }

    @Test("A path that m4 could not take is refused")
    func quotationMarkInPath() throws {
        let place = try Place()
        let outcome = try Command.mailca(["self-signed", "mail.example.org", "--certs", place.file("it's")])
        #expect(outcome.status == 64)
        #expect(!FileManager.default.fileExists(atPath: place.file("it's")))
    }

    @Test("A directory that others made for something else is not taken for one of certificates' own")
    func foreignFilesStay() throws {
        let place = try Place()
        try FileManager.default.createDirectory(atPath: place.certs, withIntermediateDirectories: true)
        chmod(place.certs, 0o750)
        try place.write("notes", to: "etc/certs/README")
        try place.run(["self-signed", "mail.example.org"])
        let tree = Tree(place.certs)
        #expect(tree.content("README") == Data("notes".utf8))
        #expect(tree.mode("") == 0o750, "the mode of a directory that was there is its owner's choice")
    }

    /// The commonest form is read without the parser; an option with its default value goes through it.
    @Test("Both ways of reading the arguments make the same files and say the same")
    func plainForm() throws {
        let hosts = ["mx.example.org", "192.0.2.7"]
        let place = try Place()
        func shape(_ arguments: [String], _ certs: String) throws -> [String] {
            let outcome = try Command.mailca(["self-signed"] + arguments)
            #expect(outcome.status == 0, "\(outcome.everything)")
            let lines = outcome.stdout.split(separator: "\n").map(String.init)
            let kept = lines.filter { line in !["Made a", "_25._tcp"].contains { line.hasPrefix($0) } }
            let names = try FileManager.default.contentsOfDirectory(atPath: certs).sorted()
            return kept.map { $0.replacing(certs, with: "CERTS") } + names
        }
        let (one, two, three) = (place.file("one"), place.file("two"), place.file("three"))
        let plain = try shape(hosts + ["--certs", one], one)
        #expect(try plain == shape(["--days", "365"] + hosts + ["--certs", two], two))
        #expect(try plain == shape(hosts + ["--certs=\(three)"], three))
        #expect(plain.contains("cert.pem") && plain.contains("privkey.pem"))
        expectRefusal(try Command.mailca(["self-signed", "mx.example.org", "--certs"]), status: 64, saying: "--certs")
        expectRefusal(
            try Command.mailca(["self-signed", "mx.example.org", "--certs", one]), status: 73, saying: "cert.pem")
    }
}
