import Foundation
import TestSupport
import Testing

@Suite("mailca show", .onThreads)
struct ShowCommandTests {
    /// A CA with a server's certificate, and a user's two, of which the phone's was revoked.
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "smtp.example.org"])
        for device in ["phone", "laptop"] {
            try place.run([
                "issue-client", "taro@example.org", "--name", "Taro Yamada", "--device", device, "--format", "pem",
                "--out", place.file(device),
            ])
        }
        try place.run(["revoke", "taro@example.org", "--device", "phone", "--reason", "keyCompromise"])
        return place
    }

    private static let user = NSUserName()
    private static let act = ["command", "date", "digest", "kind", "note", "number", "subject", "user", "userID"]
    private static let keys = Set(
        [
            "createdAt", "issuer", "issuerSerialNumber", "key", "keySHA256", "ledger", "names", "notAfter",
            "notBefore", "profile", "serialNumber", "sha256", "state", "subject",
        ] + act.map { "act.\($0)" })

    @Test("All that is known of a user's certificates is shown, the newest first")
    func user() throws {
        let outcome = try place().run(["show", "Taro@example.org"], environment: ["SUDO_USER": "hanako"])
        #expect(outcome.stderr == "")
        let parts = outcome.stdout.split(separator: "\n\n").map(String.init)
        #expect(parts.count == 2)
        #expect(parts[0].contains(/^Certificate [0-9a-f]{32}: valid\n  Profile       client\n/))
        #expect(parts[0].contains("\n  Device        laptop\n"))
        #expect(!parts[0].contains("Revoked"))
        #expect(parts[1].contains(/^Certificate [0-9a-f]{32}: revoked\n/))
        for line in [
            "Subject       CN=taro@example.org", "Names         taro@example.org", "Full name     Taro Yamada",
            "Device        phone", "Issuer        CN=Example Mail CA", "Key           EC P-256",
        ] { #expect(parts[1].contains("\n  \(line)\n"), "\(line)") }
        #expect(
            parts[1].contains(try Regex("\n  Issued        \\S+ \\S+ UTC by \(Self.user) with issue-client\n")))
        #expect(
            parts[1].contains(
                try Regex("\n  Revoked       \\S+ \\S+ UTC \\(keyCompromise\\) by \(Self.user) with revoke\n")))
        #expect(parts[1].contains("\n  Listed        on revocation list number 3"))
    }

    @Test("The keys of its JSON are these, and the digests are OpenSSL's")
    func json() throws {
        let place = try place()
        let json = try place.json(["show", "smtp.example.org"])
        #expect(json.keys == Set(Self.keys.map { "certificates[].\($0)" }))
        let shown = json["certificates"][0]
        let certificate = "\(place.certs)/cert.pem"
        let fingerprint = try CertificateFile.openssl(["x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"])
        #expect(
            fingerprint.filter(\.isHexDigit).lowercased().hasSuffix(shown["sha256"].string ?? "none"), "\(fingerprint)")
        let key = try Command.run(
            "sh",
            [
                "-c", "openssl x509 -in \"$0\" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
                certificate,
            ])
        #expect(key.stdout.hasPrefix(shown["keySHA256"].string ?? "none"))
        #expect(shown["ledger"].string == "known" && shown["act"]["kind"].string == "issued")

        let users = try place.json(["show", "taro@example.org"])
        let revocation = ["date", "isListed", "listNumber", "reason"] + Self.act.map { "act.\($0)" }
        #expect(
            users.keys
                == Set(
                    Self.keys.union(["device", "fullName"] + revocation.map { "revocation.\($0)" })
                        .map { "certificates[].\($0)" }))
        #expect(users["certificates"][1]["revocation"]["isListed"].bool == true)
    }

    @Test("Somebody who went through sudo is named")
    func sudo() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"], environment: ["SUDO_USER": "hana\u{1B}ko"])
        let outcome = try place.run(["show", "mail.example.org"])
        #expect(outcome.stdout.contains(" by hana\\u{1B}ko as \(Self.user) with issue-server\n"), "\(outcome.stdout)")
    }

    @Test("One that is revoked and on no list yet is said to be that")
    func unlisted() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try Ledger(home: place.home).sql(
            "UPDATE certificate SET revoked_at = created_at, reason = 1 WHERE profile = 'client'")
        let outcome = try place.run(["show", "taro@example.org"])
        #expect(outcome.stdout.contains("\n  Listed        not on revocation list number 1: "), "\(outcome.stdout)")
    }

    @Test("A certificate is found by its number, in any form, and a CA's by its name")
    func number() throws {
        let place = try place()
        let number = try #require(
            try place.json(["show", "mail.example.org"])["certificates"][0]["serialNumber"].string)
        let colons = String(number.uppercased().enumerated().flatMap { $0 > 0 && $0 % 2 == 0 ? [":", $1] : [$1] })
        for form in [number, number.uppercased(), colons] {
            #expect(try place.json(["show", form])["certificates"][0]["serialNumber"].string == number)
        }
        #expect(try place.json(["show", "example.org"])["certificates"][0]["profile"].string == "root")
    }

    @Test("A file is shown in PEM or DER with what the ledger knows of it, by the words of OpenSSL with --text")
    func file() throws {
        let place = try place()
        let pem = "laptop/taro@example.org.pem"
        try CertificateFile.openssl([
            "x509", "-in", place.file(pem), "-outform", "DER", "-out", place.file("c.der"),
        ])
        for name in [pem, "c.der"] {
            let json = try place.json(["show", name, "--text"])
            #expect(json.keys.isSuperset(of: ["certificates[].text", "certificates[].pem", "certificates[].device"]))
            let shown = json["certificates"][0]
            #expect(shown["ledger"].string == "known")
            #expect(
                try shown["text"].string
                    == CertificateFile.openssl(["x509", "-in", place.file(pem), "-noout", "-text"]))
            #expect(try shown["pem"].string == CertificateFile.openssl(["x509", "-in", place.file(pem)]))
            let text = try place.run(["show", name, "--text"]).stdout
            #expect(text.contains("\n\nCertificate:\n    Data:\n") && text.hasSuffix("-----END CERTIFICATE-----\n"))
        }
    }

    @Test("What could be a name and a file is taken as a name; a file without a slash is found where it is no name")
    func nameOrFile() throws {
        let place = try place()
        try place.run(["self-signed", "mail.example.net", "--force"])
        for name in ["mail.example.org", "no name"] {
            try FileManager.default.copyItem(atPath: "\(place.certs)/cert.pem", toPath: place.file(name))
        }
        func subject(_ target: String) throws -> String? {
            try place.json(["show", target])["certificates"][0]["subject"].string
        }
        #expect(try subject("mail.example.org") == "CN=mail.example.org")
        #expect(try subject("./mail.example.org") == "CN=mail.example.net")
        #expect(try subject("no name") == "CN=mail.example.net")
    }

    @Test("A certificate that the ledger does not have is a stranger, lost, or another one with that number")
    func unknown() throws {
        let place = try place()
        let certificate = place.file("laptop/taro@example.org.pem")
        func ledger() throws -> String? { try place.json(["show", certificate])["certificates"][0]["ledger"].string }
        let database = Ledger(home: place.home)
        try database.sql(
            "UPDATE certificate SET der = (SELECT der FROM certificate WHERE profile = 'server') WHERE device = 'laptop'"
        )
        #expect(try ledger() == "other")
        #expect(try place.run(["show", certificate]).stdout.contains("\n  Ledger        it has another certificate"))
        try database.sql("UPDATE certificate SET serial = x'0102' WHERE device = 'laptop'")
        #expect(try ledger() == "lost")
        #expect(try place.run(["show", certificate]).stdout.contains("\n  Ledger        this CA signed"))
        try place.run(["self-signed", "mail.example.net", "--force"])
        let stranger = try place.json(["show", "\(place.certs)/cert.pem"])["certificates"][0]
        #expect(stranger["ledger"].string == "stranger")
        #expect(stranger["names"].strings == ["mail.example.net"])
        #expect(!stranger.keys.contains("profile") && stranger["state"].string == "valid")
    }

    @Test("A file can be looked at where there is no CA")
    func withoutAuthority() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.net"])
        let outcome = try Command.mailca(
            ["show", "\(place.certs)/cert.pem"],
            environment: Place.plain.merging(["MAILCA_HOME": place.file("none")]) { $1 })
        #expect(outcome.status == 0 && outcome.stdout.contains("CN=mail.example.net"), "\(outcome.everything)")
        #expect(!outcome.stdout.contains("Ledger"))
        expectRefusal(try place.mailca(["show", "mail.example.net"]), status: 66, saying: "there is no CA")
    }

    @Test(
        "What is not there, or is no certificate, is refused",
        arguments: [
            ("nobody@example.org", Int32(66), "nobody@example.org"), ("01020304", 66, "01020304"),
            ("01:02:03:04", 66, "01:02:03:04"),
            ("./gone.pem", 66, "gone.pem"), ("gone.pem", 66, "gone.pem"), ("a@b@example.org", 65, "a@b"),
            ("./passphrase", 65, "passphrase"), ("passphrase", 65, "passphrase"),
            ("var/home/ca/root.key", 65, "root.key"),
            ("half.pem", 65, "half.pem"), ("half.der", 65, "half.der"),
        ])
    func refusals(_ target: String, _ status: Int32, _ word: String) throws {
        let place = try place()
        let pem = try String(contentsOfFile: "\(place.certs)/cert.pem", encoding: .utf8)
        try place.write(String(pem.prefix(300)), to: "half.pem")
        try place.write("0\u{3}\u{2}\u{1}", to: "half.der")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["show", target]), status: status, saying: word)
        }
    }
}
