import Foundation
import TestSupport
import Testing

@Suite("mailca list", .onThreads)
struct ListCommandTests {
    /// A CA with a server for ten days and one for a year, a user with two devices of which one is revoked, and one
    /// whose certificate has ended.
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "smtp.example.org", "--days", "10"])
        try place.run(["issue-server", "mx2.example.org", "--force"])
        for device in ["phone", "laptop"] {
            try place.run([
                "issue-client", "taro@example.org", "--name", "Taro Yamada", "--device", device, "--out",
                place.file(device),
            ])
        }
        try place.run(["revoke", "taro@example.org", "--device", "phone", "--reason", "keyCompromise"])
        try place.run(["issue-client", "old@example.org", "--out", place.out])
        try Ledger(home: place.home).sql(
            """
            UPDATE certificate SET not_after = not_after - 366 * 86400 WHERE id =
                (SELECT certificate FROM certificate_name WHERE name = 'old@example.org')
            """)
        return place
    }

    /// The first name, and the device, of each row.
    private func rows(_ place: Place, _ arguments: String...) throws -> [String] {
        try place.json(["list"] + arguments).list.map { row in
            let device = row["device"].string.map { " \($0)" } ?? ""
            return (row["names"].strings?.first ?? "?") + device
        }
    }

    @Test("A line for each certificate, the newest first, under a heading")
    func table() throws {
        let outcome = try place().run(["list"])
        #expect(outcome.stderr == "")
        let lines = outcome.stdout.split(separator: "\n").map(String.init)
        #expect(lines.count == 7)
        #expect(lines[0] == "STATE      ENDS        PROFILE  SERIAL NUMBER                     NAMES")
        #expect(lines[1].contains(/^expired    \d{4}-\d\d-\d\d  client   [0-9a-f]{32}  old@example\.org$/))
        #expect(lines[2].contains(/^valid .* taro@example\.org \(laptop\)$/))
        #expect(lines[3].contains(/^revoked .* taro@example\.org \(phone\)$/))
        #expect(lines[5].hasSuffix("  mail.example.org, smtp.example.org"))
        #expect(lines[6].contains(/^valid .*  root  .*  example\.org$/))
    }

    @Test("The keys of its JSON are these")
    func keys() throws {
        let place = try place()
        let json = try place.json(["list"])
        #expect(
            json.keys == [
                "[].device", "[].fullName", "[].names", "[].notAfter", "[].notBefore", "[].profile", "[].reason",
                "[].revokedAt", "[].serialNumber", "[].sha256", "[].state",
            ])
        #expect(json.count == 6)
        let server = try #require(json.list.first { $0["names"].strings == ["mx2.example.org"] })
        let file = try String(contentsOfFile: "\(place.certs)/cert.pem", encoding: .utf8)
        #expect(try [server["serialNumber"].string] == CertificateFile.serials(pem: file).prefix(1).map { $0 })
        #expect(server["state"].string == "valid")
    }

    @Test("Each filter shows what it is for, in its order")
    func filters() throws {
        let place = try place()
        let phone = "taro@example.org phone"
        let laptop = "taro@example.org laptop"
        #expect(try rows(place, "--user", "TARO@Example.org") == [laptop, phone])
        #expect(try rows(place, "--host", "MX2.example.org.") == ["mx2.example.org"])
        #expect(try rows(place, "--host", "smtp.example.org") == ["mail.example.org"])
        #expect(try rows(place, "--host", "example.org") == [])
        #expect(try rows(place, "--profile", "server") == ["mx2.example.org", "mail.example.org"])
        #expect(try rows(place, "--profile", "root") == ["example.org"])
        #expect(
            try rows(place, "--state", "valid") == ["mail.example.org", "mx2.example.org", laptop, "example.org"])
        #expect(try rows(place, "--state", "expired") == ["old@example.org"])
        #expect(try rows(place, "--state", "revoked") == [phone])
        #expect(try rows(place, "--state", "pending") == [])
        #expect(try rows(place, "--expiring", "2w") == ["mail.example.org"])
        #expect(try rows(place, "--expiring", "9d") == [])
        #expect(try rows(place, "--expiring", "52w", "--state", "valid") == ["mail.example.org"])
        #expect(try rows(place, "--expiring", "8784h", "--profile", "client") == [laptop])
        #expect(try rows(place, "--user", "taro@example.org", "--state", "valid") == [laptop])
        #expect(try rows(place, "--limit", "2") == ["old@example.org", laptop])
    }

    @Test("What was given up is shown only when it is asked for")
    func abandoned() throws {
        let place = try Place(.open)
        let ledger = Ledger(home: place.home)
        try ledger.sql(
            """
            INSERT INTO certificate (serial, issuer, profile, state, not_before, not_after, key_fingerprint, created_at)
            SELECT x'01020304', serial, 'client', 'pending', not_before, not_after, x'00', created_at FROM certificate
            """)
        let outcome = try place.run(["list", "--state", "abandoned"])
        #expect(outcome.stderr.contains("mailca: note: a command was stopped"))
        #expect(outcome.stdout.contains("\nabandoned "))
        #expect(try rows(place, "--profile", "client") == [])
    }

    @Test("No row is said in words, and in JSON as an empty array; --quiet leaves out everything but rows")
    func empty() throws {
        let place = try place()
        #expect(try place.run(["list", "--user", "nobody@example.org"]).stdout == "There is none.\n")
        #expect(try place.run(["list", "--user", "nobody@example.org", "--quiet"]).stdout == "")
        #expect(try place.run(["list", "--user", "nobody@example.org", "--json"]).stdout == "[]\n")
        #expect(try place.run(["list", "--quiet"]).stdout.split(separator: "\n").count == 6)
        let limited = try place.run(["list", "--limit", "2"]).stdout.split(separator: "\n")
        #expect(limited.count == 4 && limited.last == "There are more than 2.")
        #expect(try place.run(["list", "--limit", "6"]).stdout.split(separator: "\n").count == 7)
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            (["--user", "taro"], Int32(65), "no @"), (["--host", "mx..example.org"], 65, "mx..example.org"),
            (["--profile", "self-signed"], 64, "client"), (["--state", "lost"], 64, "abandoned"),
            (["--expiring", "30"], 64, "30d"), (["--expiring", "d"], 64, "30d"),
            (["--expiring", "-3d"], 64, "--expiring"),
            (["--expiring", "3 d"], 64, "30d"), (["--expiring", "99999999999999999999d"], 64, "30d"),
            (["--expiring", "9999999999999999d"], 64, "hundred years"), (["--limit", "0"], 64, "--limit"),
            (["--user", "a@example.org", "--host", "mx.example.org"], 64, "--user and --host"),
            (["--expiring", "3d", "--state", "revoked"], 64, "--expiring"),
        ])
    func refusals(_ arguments: [String], _ status: Int32, _ word: String) throws {
        expectRefusal(try Place(.open).mailca(["list"] + arguments), status: status, saying: word)
    }

    @Test("Without a CA it says so, and looking changes nothing")
    func withoutAuthority() throws {
        expectRefusal(try Place().mailca(["list"]), status: 66, saying: "there is no CA")
        let place = try place()
        try expectNothingChanges(in: place) { try place.run(["list"]) }
    }
}
