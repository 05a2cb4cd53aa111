import Foundation
import TestSupport
import Testing

@Suite("mailca verify --fix", .onThreads)
struct VerifyFixTests {
    /// A place with several things wrong that can be mended, and one that cannot.
    private func broken() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        chmod("\(place.certs)/privkey.pem", 0o644)
        chmod("\(place.certs)/crl.pem", 0o664)
        chmod(place.home, 0o755)
        unlink("\(place.certs)/cacert.pem")
        try place.write("x", to: "etc/certs/.mailca-begun")
        return place
    }

    @Test("The plan is shown, carried out, and what is left is found again")
    func mends() throws {
        let place = try broken()
        let outcome = try place.mailca(["verify", "--fix", "--yes"])
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stdout.hasPrefix("To be mended:\n"), "\(outcome.stdout)")
        for name in [
            "privkey.pem: mode 0644", "crl.pem: mode 0664", "cacert.pem: not there becomes as the ledger has it",
        ] {
            #expect(outcome.stdout.contains("\(place.certs)/\(name)"), "\(outcome.stdout)")
        }
        #expect(outcome.stdout.contains("  \(place.home): mode 0755"), "\(outcome.stdout)")
        #expect(!outcome.stdout.contains("\nerror: "), "\(outcome.stdout)")
        let again = try place.mailca(["verify", "--fix", "--yes"])
        #expect(again.status == 0 && again.stderr.contains("nothing that --fix could mend"), "\(again.everything)")
    }

    @Test("A dry run shows the plan and changes nothing, and so does whoever does not say yes")
    func dryRun() throws {
        let place = try broken()
        unlink("\(place.certs)/.mailca-begun")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["verify", "--fix", "--dry-run"])
            #expect(outcome.status == 1 && outcome.stdout.hasPrefix("Would be mended:\n"), "\(outcome.everything)")
            let json = try place.mailca(["verify", "--fix", "--dry-run", "--json"])
            #expect(json.stdout.contains("\"mended\"") && json.stdout.contains("mode 0600"), "\(json.everything)")
            let asked = try place.mailca(["verify", "--fix"])
            #expect(asked.status == 64 && asked.stderr.contains("--yes"), "\(asked.everything)")
            let session = try TerminalSession(
                [Command.mailcaPath, "verify", "--fix"] + place.places, directory: place.path)
            try session.expect("[y/N]")
            session.type("n\n")
            let end = try session.end()
            #expect(end.status == 1, "\(session.screen)")
            #expect(session.screen.contains("nothing was mended"))
        }
    }

    @Test("Who says yes at the terminal gets it mended")
    func terminal() throws {
        let place = try broken()
        let session = try TerminalSession(
            [Command.mailcaPath, "verify", "--fix"] + place.places, directory: place.path)
        try session.expect("[y/N]")
        session.type("y\n")
        let end = try session.end()
        #expect(end.status == 0, "\(session.screen)")
        #expect(try place.verify().status == 0)
    }

    @Test("What is ignored is not mended")
    func ignored() throws {
        let place = try broken()
        try place.run([
            "verify", "--ignore", "sendmail.key.group-readable", "--reason", "Exim reads it", "--fix", "--yes",
        ])
        let mode = try FileManager.default.attributesOfItem(atPath: "\(place.certs)/privkey.pem")[.posixPermissions]
        #expect(mode as? Int == 0o644)
    }

    @Test(
        "What does not go together is refused",
        arguments: [(["--yes"], "--fix"), (["--fix", "--only", "links."], "--only")])
    func refusals(_ options: [String], _ words: String) throws {
        let place = try Place(.open)
        expectRefusal(try place.mailca(["verify"] + options), status: 64, saying: words)
    }
}
