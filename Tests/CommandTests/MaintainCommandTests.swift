import Foundation
import TestSupport
import Testing

@Suite("mailca maintain", .onThreads)
struct MaintainCommandTests {
    private func place(_ authority: Place.Authority = .open) throws -> Place {
        let place = try Place(authority)
        try place.run(
            ["issue-server", "mail.example.org"], environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile])
        return place
    }

    /// All that a command that goes well prints.
    private func printed(_ place: Place, _ arguments: [String]) throws -> String {
        let outcome = try place.run(arguments)
        return outcome.stdout + outcome.stderr
    }

    /// How many days the list there counts.
    private func listDays(_ place: Place) throws -> Int {
        let dates = try CertificateFile.openssl([
            "crl", "-in", "\(place.certs)/crl.pem", "-noout", "-lastupdate", "-nextupdate", "-dateopt", "iso_8601",
        ]).split(separator: "\n").map { line in
            try Date(line.split(separator: "=")[1].replacing(" ", with: "T"), strategy: .iso8601)
        }
        return Int((dates[1].timeIntervalSince(dates[0]) / 86_400).rounded())
    }

    @Test("Where nothing is due it prints nothing and changes no file that a server reads")
    func nothingDue() throws {
        let place = try place()
        let before = Tree(place.certs)
        for _ in 0..<2 {
            let outcome = try place.run(["maintain"])
            #expect(outcome.stdout + outcome.stderr == "")
        }
        #expect(Tree(place.certs).changes(since: before) == [])
        #expect(try place.json(["maintain"]).keys == ["deeds", "dryRun", "problems"])
    }

    @Test("Files that are gone or were changed are put back, with one line for the directory")
    func putBack() throws {
        let place = try place()
        let before = Tree(place.certs)
        try FileManager.default.removeItem(atPath: "\(place.certs)/crl.pem")
        try place.write("garbage\n", to: "etc/certs/cacert.pem")
        try expectNothingChanges(in: place) {
            let dry = try place.run(["maintain", "--dry-run"])
            #expect(dry.stdout == "would write cacert.pem, crl.pem in \(place.certs)\n", "\(dry.stdout)")
        }
        let outcome = try place.run(["maintain"])
        #expect(outcome.stdout == "wrote cacert.pem, crl.pem in \(place.certs)\n", "\(outcome.stdout)")
        #expect(Tree(place.certs).changes(since: before) == [])
        #expect(try place.run(["maintain"]).stdout == "")
    }

    @Test("Every directory has its own line")
    func severalDirectories() throws {
        let place = try place()
        let other = place.file("etc/other")
        try place.run(["issue-server", "mx2.example.org", "--certs", other])
        try place.run(["maintain"])
        for directory in [place.certs, other] {
            try FileManager.default.removeItem(atPath: "\(directory)/crl.pem")
        }
        let lines = try place.run(["maintain"]).stdout.split(separator: "\n").map(String.init)
        #expect(Set(lines) == ["wrote crl.pem in \(place.certs)", "wrote crl.pem in \(other)"], "\(lines)")
    }

    @Test("A server's certificate that was taken away is laid out again, for the key that is there")
    func certificateGone() throws {
        let place = try place()
        let before = Tree(place.certs)
        try FileManager.default.removeItem(atPath: "\(place.certs)/cert.pem")
        #expect(try place.run(["maintain"]).stdout == "wrote cert.pem in \(place.certs)\n")
        #expect(Tree(place.certs).changes(since: before) == [])
    }

    @Test("A certificate and a key of somebody else are left alone, which is an error", arguments: ["cert", "privkey"])
    func foreign(_ name: String) throws {
        let place = try place()
        let other = try Place()
        try other.run(["self-signed", "mail.example.org"])
        let content = try other.read("etc/certs/\(name).pem")
        try place.write(content, to: "etc/certs/\(name).pem")
        let before = Tree(place.certs)
        let outcome = try place.mailca(["maintain"])
        #expect(outcome.status == 77, "\(outcome.everything)")
        #expect(outcome.stderr.contains("\(place.certs)/\(name).pem"))
        #expect(outcome.stderr.components(separatedBy: "mailca: error: ").count == 2, "told once: \(outcome.stderr)")
        #expect(Tree(place.certs).changes(since: before) == [])
    }

    @Test("A directory that is gone is an error each time, until it is dropped; the others are kept up to date")
    func directoryGone() throws {
        let place = try place()
        let other = place.file("etc/other")
        try place.run(["issue-server", "mx2.example.org", "--certs", other])
        try place.run(["maintain"])
        try FileManager.default.removeItem(atPath: other)
        try FileManager.default.removeItem(atPath: "\(place.certs)/crl.pem")
        for attempt in 0..<2 {
            let outcome = try place.mailca(["maintain"])
            #expect(outcome.status == 66, "\(outcome.everything)")
            #expect(outcome.stderr.contains("\(other) of a deployment is not there"), "\(outcome.stderr)")
            #expect(outcome.stderr.contains("--forget \(other)"))
            #expect(outcome.stdout == (attempt == 0 ? "wrote crl.pem in \(place.certs)\n" : ""))
            #expect(!FileManager.default.fileExists(atPath: other), "it was made anew")
        }
        let dropped = try place.run(["maintain", "--forget", other])
        #expect(dropped.stdout == "dropped the deployment \(other)\n")
        #expect(try printed(place, ["maintain"]) == "")
    }

    @Test("A directory that is no deployment cannot be dropped")
    func forgetNothing() throws {
        let place = try place()
        let outcome = try place.mailca(["maintain", "--forget", place.file("etc/none")])
        #expect(outcome.status == 66, "\(outcome.everything)")
        #expect(outcome.stdout == "")
    }

    @Test(
        "A passphrase that is wrong or missing is an error although nothing is due, and files are put back all the same"
    )
    func wrongPassphrase() throws {
        let place = try place(.locked)
        try place.write("not this one\n", to: "wrong")
        chmod(place.file("wrong"), 0o600)
        #expect(try printed(place, ["maintain", "--passphrase-file", place.passphraseFile]) == "")
        try FileManager.default.removeItem(atPath: "\(place.certs)/crl.pem")
        let outcome = try place.mailca(["maintain", "--passphrase-file", place.file("wrong")])
        #expect(outcome.status == 77, "\(outcome.everything)")
        #expect(outcome.stdout == "wrote crl.pem in \(place.certs)\n")
        let missing = try place.mailca(["maintain"])
        #expect(missing.status == 64, "\(missing.everything)")
        #expect(missing.stderr.contains("passphrase"))
        #expect(try printed(place, ["maintain", "--dry-run"]) == "", "a dry run needs none")
    }

    @Test("Once it ran, new lists count ten days; before that, a year")
    func lifeOfLists() throws {
        let place = try place()
        #expect(try listDays(place) == 365)
        try place.run(["maintain"])
        #expect(try listDays(place) == 365, "the list that is there is good")
        try place.run(["crl"])
        #expect(try listDays(place) == 10)
        try place.run(["crl", "--days", "30"])
        #expect(try listDays(place) == 30)
        #expect(try place.run(["maintain"]).stdout == "")
    }

    @Test("What a revocation could not bring to a directory, it brings")
    func completesRevocation() throws {
        let place = try place()
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
        let old = try Data(contentsOf: URL(fileURLWithPath: "\(place.certs)/crl.pem"))
        try place.run(["revoke", "taro@example.org"])
        let new = try Data(contentsOf: URL(fileURLWithPath: "\(place.certs)/crl.pem"))
        try old.write(to: URL(fileURLWithPath: "\(place.certs)/crl.pem"))
        #expect(try place.run(["maintain"]).stdout == "wrote crl.pem in \(place.certs)\n")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(place.certs)/crl.pem")) == new)
    }
}
