import Foundation
import TestSupport
import Testing

@Suite("mailca audit", .onThreads)
struct AuditCommandTests {
    /// A CA that issued to a server and a user, and took the user's certificate back.
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try place.run(["revoke", "taro@example.org", "--reason", "superseded"], environment: ["SUDO_USER": "hanako"])
        return place
    }

    @Test("A line for each act, the oldest first: who did what, when and with which command")
    func table() throws {
        let outcome = try place().run(["audit"])
        #expect(outcome.stderr == "")
        let lines = outcome.stdout.split(separator: "\n").map(String.init)
        #expect(lines.first == "ACT     TIME (UTC)           BY            COMMAND       WHAT")
        for (number, line) in lines.dropFirst().enumerated() {
            #expect(
                line.contains(try Regex("^\(number + 1) +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  \\S")), "\(line)")
        }
        let user = NSUserName()
        for what in [
            "\(user) +init-ca +issued [0-9a-f]{32} \\(example\\.org\\)",
            "\(user) +issue-client +issued [0-9a-f]{32} \\(taro@example\\.org\\)",
            "hanako as \(user) +revoke +revoked [0-9a-f]{32} \\(superseded\\)",
            "hanako as \(user) +revoke +listed [0-9a-f]{32} \\(number 3, 1 revoked\\)",
        ] { #expect(try lines.contains { $0.contains(try Regex(what)) }, "\(what): \(outcome.stdout)") }
    }

    @Test("The keys of its JSON are these, and each digest is that of the log")
    func keys() throws {
        let place = try place()
        let json = try place.json(["audit"])
        #expect(
            json.keys == [
                "[].command", "[].date", "[].digest", "[].kind", "[].note", "[].number", "[].subject", "[].sudoUser",
                "[].user", "[].userID",
            ])
        let digests = try Ledger(home: place.home).sql("SELECT digest FROM act ORDER BY id")
        #expect(json.list.compactMap { $0["digest"].string } == digests)
    }

    @Test("The last so many are shown, and that there are more; on a terminal a hundred, and elsewhere all")
    func limit() throws {
        let place = try place()
        let all = try place.run(["audit", "--quiet"]).stdout.split(separator: "\n")
        let two = try place.run(["audit", "--limit", "2"]).stdout.split(separator: "\n")
        #expect(two.dropFirst().prefix(2) == all.suffix(2))
        #expect(two.last == "These are the last 2 of \(all.count): --limit shows more.")
        #expect(try place.run(["audit", "--limit", "1000"]).stdout.split(separator: "\n").count == all.count + 1)
        #expect(try place.json(["audit", "--limit", "3"]).count == 3)

        let users = (1...110).map { "user\($0)@example.org" }
        try place.run(["issue-client", "--out", place.out, "--password-file", place.passwordFile] + users)
        #expect(try place.run(["audit"]).stdout.split(separator: "\n").count == all.count + 111)
        let session = try TerminalSession([Command.mailcaPath, "audit"] + place.places, directory: place.path)
        #expect(try session.end().status == 0)
        #expect(session.screen.contains("These are the last 100 of \(all.count + 110)"), "\(session.screen)")
    }

    @Test("A log that nobody touched is whole")
    func whole() throws {
        let place = try place()
        let count = try place.json(["audit"]).count ?? 0
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["audit", "--verify"])
            #expect(outcome.status == 0)
            #expect(outcome.stdout == "The audit log is whole: \(count) acts, 3 lists signed.\n")
        }
        #expect(try place.run(["audit", "--verify", "--quiet"]).stdout == "")
        let json = try place.json(["audit", "--verify"])
        #expect(json.keys == ["acts", "faults", "lists", "whole"])
        #expect(json["whole"].bool == true)
    }

    @Test(
        "What was changed behind its back is found, said, and the status is 1",
        arguments: [
            ("UPDATE act SET note = 'hanako@example.org' WHERE note = 'taro@example.org'", "was changed"),
            ("UPDATE act SET uid = 1234 WHERE kind = 'revoked'", "(revoked "),
            ("DELETE FROM act WHERE kind = 'revoked'", "missing from the audit log"),
            ("DELETE FROM act WHERE id = (SELECT max(id) FROM act)", "was cut short or changed"),
            ("UPDATE certificate SET device = 'phone' WHERE profile = 'client'", "in the ledger is not what act"),
            ("UPDATE certificate SET revoked_at = NULL, reason = NULL", "the revocation of the certificate"),
            ("UPDATE certificate SET revoked_at = 1, reason = 1 WHERE profile = 'server'", "as revoked, and no act"),
            ("DELETE FROM certificate WHERE profile = 'client'", "is missing from the ledger"),
            ("UPDATE revocation_list SET signature = x'00'", "did not sign the audit log"),
            ("DELETE FROM revocation_list WHERE number = 1", "the revocation list that act"),
        ])
    func tampering(_ statement: String, _ words: String) throws {
        let place = try place()
        try Ledger(home: place.home).sql(statement)
        let outcome = try place.mailca(["audit", "--verify"])
        #expect(outcome.status == 1, "\(outcome.everything)")
        let lines = outcome.stdout.split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("fault: ") }, "\(outcome.stdout)")
        #expect(outcome.stdout.contains(words), "\(outcome.stdout)")
        let json = try place.mailca(["audit", "--verify", "--json"])
        #expect(json.status == 1)
        #expect(try JSON(json.stdout)["faults"].count == lines.count)
        #expect(try JSON(json.stdout)["whole"].bool == false)
    }

    @Test("A ledger that was put back is betrayed by the lists outside, wherever they are deployed")
    func restored() throws {
        let place = try place()
        let other = place.file("etc/other")
        try place.run(["crl", "--certs", other])
        let old = Tree(place.home)
        try place.run(["crl"])
        #expect(try place.mailca(["audit", "--verify"]).status == 0)
        try FileManager.default.removeItem(atPath: place.home)
        try old.write(to: place.home)
        let outcome = try place.mailca(["audit", "--verify"])
        #expect(outcome.status == 1)
        for directory in [place.certs, other] {
            #expect(
                outcome.stdout.contains(
                    try Regex("list number 5 of CN=Example Mail CA in \(directory)/ca-crl.pem is newer than the last")),
                "\(outcome.stdout)")
        }
        #expect(outcome.stdout.contains("the ledger was cut short, or put back from a backup"))

        // It goes on from there, and gives the same number to another list.
        try FileManager.default.copyItem(atPath: "\(place.certs)/crl.pem", toPath: "\(place.certs)/crl.pem.old")
        try place.run(["crl", "--days", "20"])
        let forked = try place.mailca(["audit", "--verify"])
        #expect(forked.status == 1)
        #expect(forked.stdout.contains("crl.pem.old is not the one that the ledger has under this number"))
        #expect(forked.stdout.split(separator: "\n").count == 1, "\(forked.stdout)")
    }

    @Test("An older list of the CA, and one of somebody else's, are no fault")
    func otherLists() throws {
        let place = try place()
        try FileManager.default.copyItem(atPath: "\(place.certs)/crl.pem", toPath: "\(place.certs)/crl-old.pem")
        try place.run(["crl"])
        let stranger = try Place()
        try stranger.run(["init-ca", "--domain", "example.net", "--no-passphrase"])
        try FileManager.default.copyItem(
            atPath: "\(stranger.certs)/crl.pem", toPath: "\(place.certs)/crl-stranger.pem")
        try place.write("nothing", to: "etc/certs/crl-nothing.pem")
        let outcome = try place.mailca(["audit", "--verify"])
        #expect(outcome.status == 0, "\(outcome.everything)")
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [["--limit", "0"], ["--limit", "x"], ["--verify", "--limit", "3"]])
    func refusals(_ arguments: [String]) throws {
        expectRefusal(try Place(.open).mailca(["audit"] + arguments), status: 64, saying: "--limit")
    }

    @Test("Without a CA it says so")
    func withoutAuthority() throws {
        expectRefusal(try Place().mailca(["audit"]), status: 66, saying: "there is no CA")
    }
}
