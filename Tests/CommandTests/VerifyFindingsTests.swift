import Foundation
import TestSupport
import Testing

@Suite("mailca verify: which findings count", .onThreads)
struct VerifyFindingsTests {
    /// A place whose key the group can read.
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        chmod("\(place.certs)/privkey.pem", 0o640)
        return place
    }

    @Test("What is ignored is kept with its reason, is no error any more, and is until it is heeded again")
    func ignoring() throws {
        let place = try place()
        let id = "sendmail.key.group-readable"
        #expect(try place.mailca(["verify"]).status == 1)
        let first = try place.mailca(["verify", "--ignore", id, "--reason", "Exim reads it"])
        #expect(first.status == 0, "\(first.everything)")
        #expect(first.stdout.contains("1 ignored (\(id): Exim reads it)"), "\(first.stdout)")
        #expect(first.stderr.contains("\(place.home)/settings.json"), "\(first.stderr)")
        let kept = try place.read("var/home/settings.json")
        #expect(kept.contains("Exim reads it") && kept.contains(id) && kept.contains("\"user\""), "\(kept)")

        let second = try place.mailca(["verify", "--json"])
        #expect(second.status == 0)
        struct Result: Decodable {
            struct Item: Decodable { let id: String }
            struct Ignored: Decodable { let id, severity, subject, reason, date, user: String }
            let findings: [Item]
            let ignored: [Ignored]
        }
        let result = try JSONDecoder().decode(Result.self, from: Data(second.stdout.utf8))
        #expect(result.findings.map(\.id) == ["home.key-not-encrypted"])
        #expect(result.ignored.map(\.id) == [id])
        #expect(result.ignored.first?.severity == "error" && result.ignored.first?.reason == "Exim reads it")

        let third = try place.mailca(["verify", "--no-ignore", id])
        #expect(third.status == 1 && third.stdout.contains("[\(id)]"), "\(third.everything)")
        #expect(try place.mailca(["verify"]).status == 1)
    }

    @Test("A dry run ignores once, and keeps nothing")
    func dryRun() throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca([
                "verify", "--dry-run", "--ignore", "sendmail.key.group-readable", "--reason", "to see",
            ])
            #expect(outcome.status == 0, "\(outcome.everything)")
        }
    }

    @Test("Only what was asked for is shown and counts")
    func only() throws {
        let place = try place()
        for group in ["links.", "live.*", "pair.mismatch"] {
            let outcome = try place.mailca(["verify", "--only", group])
            #expect(outcome.status == 0 && outcome.stdout.contains("for \(group) alone"), "\(outcome.everything)")
        }
        let outcome = try place.mailca(["verify", "--only", "links.", "--only", "sendmail.key.*"])
        #expect(
            outcome.status == 1 && outcome.stdout.contains("1 error, 0 warnings, 0 notes."), "\(outcome.everything)")
    }

    @Test("--fail-on says from where on the status is 1")
    func failOn() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org", "--days", "20"])
        let sound = try place.mailca(["verify", place.certs])
        #expect(sound.status == 0 && sound.stdout.contains("certificate.expires-soon"), "\(sound.everything)")
        #expect(try place.mailca(["verify", place.certs, "--fail-on", "warning"]).status == 1)
        #expect(try place.mailca(["verify", place.certs, "--fail-on", "error"]).status == 0)
        // The CA's key is not encrypted, which is a note.
        let home = try place.mailca(["verify", "--only", "home.", "--fail-on", "warning"])
        #expect(home.status == 0, "\(home.everything)")
        let note = try place.mailca(["verify", "--only", "home.", "--fail-on", "note", "--quiet"])
        #expect(note.status == 1 && note.stdout.contains("home.key-not-encrypted"), "\(note.everything)")
    }

    @Test(
        "What cannot be meant is refused, and nothing is looked at or kept",
        arguments: [
            (["--only", "sendmail.key.ownr"], "sendmail.key.owner"),
            (["--ignore", "pair.mismach", "--reason", "x"], "pair.mismatch"),
            (["--ignore", "sendmail.*", "--reason", "x"], "whole id"),
            (["--ignore", "pair.mismatch"], "--reason"),
            (["--ignore", "pair.mismatch", "--reason", " "], "--reason"),
            (["--ignore", "pair.mismatch", "--reason", "a\nb"], "one line"),
            (["--reason", "x"], "--ignore"),
            (["--ignore", "pair.mismatch", "--reason", "x", "--no-ignore", "pair.mismatch"], "not ignored"),
            (["--fail-on", "fatal"], "fail-on"),
            (["--only", ""], "no finding"),
        ])
    func refusals(_ options: [String], _ words: String) throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["verify"] + options), status: 64, saying: words)
        }
    }

    @Test("A damaged file of settings is an error that names it")
    func damagedSettings() throws {
        let place = try place()
        try place.write("ignored: all", to: "var/home/settings.json")
        chmod("\(place.home)/settings.json", 0o600)
        expectRefusal(try place.mailca(["verify"]), status: 65, saying: "settings.json")
    }

    @Test("All findings are listed without anything being looked at, as the page has them")
    func list() throws {
        let outcome = try Command.mailca(["verify", "--list-findings", "--home", "/nowhere"], environment: Place.plain)
        #expect(outcome.status == 0 && outcome.stdout.hasPrefix("# Findings\n"), "\(outcome.everything)")
        let json = try Command.mailca(["verify", "--list-findings", "--json"], environment: Place.plain)
        struct Result: Decodable {
            struct Kind: Decodable {
                let id, meaning, mending: String
                let severities: [String]
            }
            let kinds: [Kind]
        }
        let result = try JSONDecoder().decode(Result.self, from: Data(json.stdout.utf8))
        #expect(result.kinds.contains { $0.id == "live.name" && $0.severities == ["error"] })
        for kind in result.kinds { #expect(outcome.stdout.contains("\n### \(kind.id)\n")) }
    }
}
