import Foundation
import TestSupport
import Testing

@Suite("What commands print for people and for programs", .onThreads)
struct OutputTests {
    static let commands =
        [
            "self-signed", "init-ca", "issue-server", "issue-client", "sign", "renew", "rekey", "revoke", "crl",
            "backup",
            "restore",
        ] + readers
    /// Those that change nothing.
    private static let readers = ["audit", "list", "show", "status", "tlsa", "verify"]
    /// Those that begin with nothing.
    private static let beginnings: Set = ["self-signed", "init-ca"]

    /// A command that goes well in a place with a CA, or in one without.
    static func example(_ command: String, in place: Place) -> [String] {
        switch command {
        case "self-signed": ["self-signed", "mail.example.org"]
        case "init-ca": ["init-ca", "--domain", "example.org", "--no-passphrase"]
        case "issue-server": ["issue-server", "mail.example.org"]
        case "issue-client": ["issue-client", "taro@example.org", "--out", place.out]
        case "backup": ["backup", place.file("users/mailca.backup")]
        case "restore": ["restore", place.file("mailca.backup")]
        case "sign": ["sign", place.file("users/request.csr"), "--profile", "server", "--out", place.out]
        case "renew", "rekey": [command, "taro@example.org", "--out", place.out]
        case "revoke", "show": [command, "taro@example.org"]
        case "tlsa": ["tlsa", "mail.example.org"]
        default: [command]
        }
    }

    private func place(for command: String) throws -> Place {
        guard !Self.beginnings.contains(command) else { return try Place() }
        let place = try Place(["backup", "restore"].contains(command) ? .locked : .open)
        if command == "restore" {
            for name in ["mailca.backup", "mailca-2026-11-23.backup"] { try place.run(["backup", place.file(name)]) }
            try FileManager.default.removeItem(atPath: "\(place.home)/ca/root.key")
        }
        if ["tlsa", "verify"].contains(command) { try place.run(["issue-server", "mail.example.org"]) }
        if command == "sign" { _ = try place.request("mx2.example.org") }
        if ["renew", "rekey", "revoke", "show"].contains(command) {
            try place.run(["issue-client", "taro@example.org", "--device", "phone", "--out", place.file("first")])
        }
        return place
    }

    private static let certificate = ["key", "names", "notAfter", "notBefore", "serialNumber", "sha256", "subject"]
    private static let server = Set(
        certificate.map { "certificate.\($0)" } + [
            "files[].mode", "files[].path", "files[].target", "kept", "sendmailMC", "tlsa",
        ])

    @Test("The keys of self-signed are these")
    func keysOfSelfSigned() throws {
        let json = try Place().json(["self-signed", "mail.example.org"])
        #expect(json.keys == Self.server)
        #expect(json["certificate"]["names"].strings == ["mail.example.org"])
        #expect(json["tlsa"][0].string?.hasPrefix("_25._tcp.mail.example.org. IN TLSA 3 1 1 ") == true)
    }

    @Test("The keys of init-ca are these, and of the root's key with --offline-root")
    func keysOfInitCA() throws {
        let expected = Set(
            Self.certificate.map { "certificates[].\($0)" }
                + [
                    "addressBlocks", "domains", "dryRun", "files[].mode", "files[].path", "files[].target", "kept",
                    "name", "sendmailMC", "unconstrained",
                ])
        let place = try Place()
        let json = try place.json(["init-ca", "--domain", "example.org", "--no-passphrase"])
        #expect(json.keys == expected)
        #expect(json["name"].string == "example.org Mail CA")
        let offline = try Place().json([
            "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key",
            place.file("root.key"),
        ])
        #expect(offline.keys == expected.union(["rootKey"]))
        #expect(offline["certificates"].count == 2)
    }

    @Test("The keys of issue-server are those of self-signed")
    func keysOfIssueServer() throws {
        let json = try Place(.open).json(["issue-server", "mail.example.org"])
        #expect(json.keys.union(["files[].target"]) == Self.server)
    }

    @Test("The keys of issue-client are these, the password's where one was made up")
    func keysOfIssueClient() throws {
        let place = try Place(.open)
        let expected = Set(
            Self.certificate.map { "users[].certificate.\($0)" } + [
                "users[].files[].mode", "users[].files[].path", "users[].otherLiveCertificates",
            ])
        let first = try place.json(["issue-client", "taro@example.org", "--out", place.out, "--device", "phone"])
        #expect(first.keys == expected.union(["users[].password", "users[].certificate.device"]))
        #expect(first["users"][0]["password"].string?.count == 24)
        let second = try place.json([
            "issue-client", "taro@example.org", "--out", place.file("2"), "--password-file", place.passwordFile,
        ])
        #expect(second["users"][0]["otherLiveCertificates"][0]["device"].string == "phone")
        #expect(!second.keys.contains("users[].password"))
    }

    @Test("The keys of verify are these, and its status is the same")
    func keysOfVerify() throws {
        let place = try Place(.open)
        chmod(place.home, 0o755)
        let outcome = try place.mailca(["verify", "--json"])
        #expect(outcome.status == 1)
        let json = try JSON(outcome.stdout)
        #expect(
            json.keys == [
                "findings[].id", "findings[].message", "findings[].remedy", "findings[].severity", "findings[].subject",
                "ignored", "servers", "subjects",
            ])
        #expect(json["findings"].list.contains { $0["id"].string == "home.mode" && $0["severity"].string == "error" })
    }

    @Test("The keys of revoke are these")
    func keysOfRevoke() throws {
        let json = try place(for: "revoke").json(["revoke", "taro@example.org", "--reason", "superseded"])
        #expect(
            json.keys
                == Set(
                    Self.certificate.map { "revoked[].\($0)" } + [
                        "revoked[].device", "dryRun", "files[].mode", "files[].path", "reason", "warnings",
                    ]))
        #expect(json["reason"].string == "superseded")
    }

    @Test("The keys of crl are these")
    func keysOfCRL() throws {
        let json = try place(for: "crl").json(["crl"])
        let list = ["issuer", "nextUpdate", "number", "revoked", "thisUpdate"].map { "lists[].\($0)" }
        #expect(json.keys == Set(list + ["dryRun", "files[].mode", "files[].path"]))
    }

    @Test(
        "An error is JSON too, with the same words as on standard error",
        arguments: commands.filter { !(["crl", "revoke"] + readers).contains($0) })
    func jsonError(_ command: String) throws {
        let place = try place(for: command)
        try place.run(Self.example(command, in: place))
        let outcome = try place.mailca(Self.example(command, in: place) + ["--json"])
        #expect(outcome.status == 73)
        let json = try JSON(outcome.stdout)
        #expect(json.keys == ["error.code", "error.hint", "error.message"])
        #expect(json["error"]["code"].string == "alreadyExists")
        #expect(outcome.stderr.contains("mailca: error: \(json["error"]["message"].string ?? "none")\n"))
        #expect(outcome.stderr.contains("mailca: hint: \(json["error"]["hint"].string ?? "none")\n"))
    }

    @Test(
        "A wrong usage is an error like others: our form, a hint, status 64",
        arguments: [
            ["issue-client", "a@example.org", "--format", "zip"], ["issue-client"], ["self-signed", "--frobnicate"],
            ["frobnicate"],
        ])
    func usageErrors(_ arguments: [String]) throws {
        let outcome = try Command.mailca(arguments)
        expectRefusal(outcome, status: 64, saying: "--help")
    }

    @Test(
        "A dry run of every command changes nothing, needs no passphrase, and shows the files that a real one writes",
        arguments: commands)
    func dryRun(_ command: String) throws {
        let place =
            command == "issue-server" || command == "issue-client" || command == "crl"
            ? try Place(.locked) : try place(for: command)
        let arguments = Self.example(command, in: place)
        let before = place.tree
        let dry = try place.mailca(arguments + ["--dry-run", "--json"])
        #expect(dry.status == 0, "\(dry.everything)")
        let text = try place.mailca(arguments + ["--dry-run"])
        #expect(place.tree.changes(since: before) == [])
        guard !Self.readers.contains(command) else { return }
        #expect(text.stdout.hasPrefix("Would "))
        let json = try JSON(dry.stdout)
        #expect(json["dryRun"].bool == true)
        let planned = json["files"].list.compactMap { $0["path"].string }
        #expect(!planned.isEmpty, "it does not say what it would write: \(text.stdout)")
        try place.run(arguments, environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile])
        let after = Set(place.tree.names.map { place.file($0) })
        for path in planned { #expect(after.contains(path), "\(path) was planned and not written") }
    }

    @Test(
        "A dry run refuses what the command would refuse",
        arguments: [
            ["issue-client", "taro@example.net"], ["issue-server", "mail.example.net"],
            ["init-ca", "--domain", "example.net"],
        ])
    func dryRunRefuses(_ arguments: [String]) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(arguments + ["--dry-run"])
            expectRefusal(outcome, status: arguments[0] == "init-ca" ? 73 : 77)
        }
    }

    @Test(
        "With --quiet nothing is printed but a password, which cannot be seen again, and what was looked for",
        arguments: commands)
    func quiet(_ command: String) throws {
        let place = try place(for: command)
        let outcome = try place.run(Self.example(command, in: place) + ["--quiet"])
        #expect(outcome.stderr == "")
        if command == "issue-client" || command == "rekey" {
            #expect(outcome.stdout.contains(/^taro@example\.org\t[a-z2-9]{4}(-[a-z2-9]{4}){4}\n$/))
        } else if command == "list" {
            // A row for the CA, without the heading.
            #expect(outcome.stdout.contains(/^valid .* example\.org\n$/))
        } else if command == "audit" {
            #expect(outcome.stdout.hasPrefix("1 "))
        } else if command == "show" {
            #expect(outcome.stdout.hasPrefix("Certificate "))
        } else if command == "tlsa" {
            #expect(outcome.stdout.hasPrefix("_25._tcp.mail.example.org. IN TLSA 3 1 1 "))
        } else if command == "verify" {
            // Whoever is not root is warned that the files are not root's.
            #expect(!outcome.stdout.contains("Looked at") && !outcome.stdout.contains("note: "))
        } else {
            #expect(outcome.stdout == "")
        }
    }

    @Test("The version is one line")
    func version() throws {
        let outcome = try Command.mailca(["--version"])
        #expect(outcome.status == 0)
        #expect(outcome.stdout.contains(/^mailca \d+\.\d+\.\d+\n$/))
    }

    @Test(
        "The help of every command has a summary, an example that is whole on its line, and the exit statuses",
        arguments: [nil] + commands)
    func help(_ command: String?) throws {
        let outcome = try Command.mailca([command, "--help"].compactMap { $0 }, environment: ["COLUMNS": "80"])
        #expect(outcome.status == 0)
        #expect(outcome.stdout.hasPrefix("OVERVIEW: "))
        let examples = outcome.stdout.split(separator: "\n").filter { $0.hasPrefix("  mailca \(command ?? "")") }
        #expect(!examples.isEmpty)
        #expect(outcome.stdout.contains("Exit status:"))
        for status in ["0", "1", "64", "65", "66", "70", "73", "74", "75", "77", "78"] {
            #expect(outcome.stdout.contains(try Regex("\\b\(status)\\b")), "status \(status) is not explained")
        }
        // A line that is filled up to the last column was broken there, and what follows it is not part of the example.
        let lines = outcome.stdout.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("  mailca ") {
            #expect(next.isEmpty || next.hasPrefix("  "), "an example goes on in the next line: \(line) / \(next)")
        }
    }

    @Test("The examples in the help work as they stand", arguments: commands)
    func helpExamples(_ command: String) throws {
        let help = try Command.mailca([command, "--help"], environment: ["COLUMNS": "200"]).stdout
        // A serial number is somebody else's, and so is a running server.
        for example in help.replacing("\\\n   ", with: "").split(separator: "\n")
        where example.hasPrefix("  mailca \(command)") && !example.contains(/[0-9a-f]{32}/) && !example.contains("://")
        {
            let place =
                try example.contains("--root-key") && command == "crl" ? Place(.offlineRoot) : place(for: command)
            let request = try place.request(command == "sign" ? "mx2.example.org" : "whoever").path
            try place.write("address,name,device\ntaro@example.org,Taro Yamada,phone\n", to: "users.csv")
            for name in ["mx2.csr", "hanako.csr", "taro.csr"] {
                try FileManager.default.copyItem(atPath: request, toPath: place.file(name))
            }
            try FileManager.default.copyItem(atPath: place.passphraseFile, toPath: place.file("secret"))
            if command == "verify" {
                try place.run(["issue-client", "taro@example.org"])
                try FileManager.default.copyItem(atPath: "\(place.home)/ca/root.pem", toPath: place.file("root.pem"))
                try FileManager.default.copyItem(atPath: "\(place.certs)/cert.pem", toPath: place.file("cert.pem"))
            }
            if ["show", "renew", "rekey"].contains(command) { try place.run(["issue-server", "mail.example.org"]) }
            // The directories of another machine.
            let elsewhere = [
                ("/media/usb", place.path), ("/root/handover", place.out), ("/etc/mail/certs", place.certs),
                ("/srv/www", place.path), ("/srv/backup", place.path), ("/srv/copies-of-certificates", place.certs),
            ]
            let line = elsewhere.reduce(String(example)) { $0.replacing($1.0, with: $1.1) }
            let outcome = try place.mailca(
                [], environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile],
                under: ["sh", "-c", line.replacing("mailca ", with: "\"$0\" ", maxReplacements: 1) + " \"$@\""])
            #expect(outcome.status == 0, "\(line): \(outcome.everything)")
        }
    }
}
