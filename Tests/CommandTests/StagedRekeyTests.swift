import Foundation
import TestSupport
import Testing

@Suite("mailca rekey --staged and --swap", .onThreads)
struct StagedRekeyTests {
    private static let stage = ["rekey", "mail.example.org", "--staged"]
    private static let swap = ["rekey", "mail.example.org", "--swap"]

    private func place(_ names: [String] = ["mail.example.org"]) throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server"] + names)
        return place
    }

    private func record(_ digest: String, host: String = "mail.example.org", port: Int = 25) -> String {
        "_\(port)._tcp.\(host). IN TLSA 3 1 1 \(digest)"
    }

    private func records(_ json: JSON, _ state: String) -> [String] {
        json["records"].list.filter { $0["state"].string == state }.compactMap { $0["record"].string }
    }

    @Test("It makes a pair beside the one that is served, and prints the records of both as openssl computes them")
    func staged() throws {
        let place = try place()
        let before = Tree(place.certs)
        let outcome = try place.run(Self.stage + ["--port", "25", "--port", "465"])
        let after = Tree(place.certs)
        #expect(after.changes(since: before) == ["new: cert.next.pem", "new: privkey.next.pem"])
        #expect(after.mode("privkey.next.pem") == 0o600 && after.mode("cert.next.pem") == 0o644)
        let (key, certificate) = ("\(place.certs)/privkey.next.pem", "\(place.certs)/cert.next.pem")
        #expect(try CertificateFile.belongTogether(key: key, certificate: certificate))
        let digests = try ["cert", "cert.next"].map { try CertificateFile.keyDigest("\(place.certs)/\($0).pem") }
        #expect(digests[0] != digests[1])
        for digest in digests {
            for port in [25, 465] { #expect(outcome.stdout.contains("\n\(record(digest, port: port))\n")) }
        }
        #expect(outcome.stdout.contains("\n  mailca rekey mail.example.org --swap"))
        let printed = try place.run(["tlsa", "mail.example.org", "--next"]).stdout
        #expect(printed == digests.map { "\(record($0))\n" }.joined())
        #expect(try place.run(["tlsa", "mail.example.org"]).stdout == "\(record(digests[0]))\n")
        #expect(try place.verify().status == 0)
    }

    @Test("Again, it makes no second key, and prints the same records; a dry run makes none at all")
    func twice() throws {
        let place = try place(["mail.example.org", "smtp.example.org", "*.example.org"])
        try expectNothingChanges(in: place) {
            let dry = try place.run(Self.stage + ["--dry-run"])
            #expect(dry.stdout.contains("\(place.certs)/privkey.next.pem"))
        }
        let first = try place.json(Self.stage)
        #expect(records(first, "next").count == 2, "of each host that is none for many")
        try expectNothingChanges(in: place) {
            let second = try place.json(Self.stage)
            for state in ["served", "next"] { #expect(records(second, state) == records(first, state)) }
            #expect(second["printed"].string == first["printed"].string && second["due"].string == first["due"].string)
            #expect(second["ttl"].number == 3_600 && second["files"].count == 0)
            #expect(try place.run(Self.stage).stdout.contains("The next key of mail.example.org is there"))
            #expect(try place.run(Self.stage + ["--quiet"]).stdout.split(separator: "\n").count == 4)
        }
    }

    @Test("Before the TTL has passed it is not put in place, and the time that is left is told")
    func early() throws {
        let place = try place()
        try place.run(Self.stage)
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(Self.swap), status: 75, saying: "minutes more", "--now")
            #expect(try place.mailca(["status"]).stdout.contains("; the next key may be put in place from 20"))
            let json = try JSON(try place.mailca(Self.swap + ["--json"]).stdout)
            #expect(json["error"]["code"].string == "tooEarly")
            #expect(try place.mailca(Self.swap + ["--ttl", "2h"]).status == 75)
        }
    }

    @Test(
        "After the TTL it is put in place, and the served pair is kept beside it",
        arguments: ["ledger", "swap", "staged"])
    func due(_ way: String) throws {
        let place = try place()
        let json = try place.json(Self.stage + (way == "staged" ? ["--ttl", "0"] : []))
        // An hour goes by.
        if way == "ledger" {
            try Ledger(home: place.home).sql("UPDATE deployment SET staged_printed = staged_printed - 3600")
        }
        let before = Tree(place.certs)
        let done = try place.json(Self.swap + (way == "swap" ? ["--ttl", "0s"] : []))
        let after = Tree(place.certs)
        #expect(after.content("privkey.pem") == before.content("privkey.next.pem"))
        #expect(after.content("cert.pem") == before.content("cert.next.pem"))
        #expect(after.mode("privkey.pem") == 0o600)
        #expect(!after.names.contains { $0.contains(".next.") })
        let kept = after.names.filter { before.nodes[$0] == nil }
        #expect(Set(kept.map { after.content($0) }) == [before.content("cert.pem"), before.content("privkey.pem")])
        #expect(done["kept"].strings?.count == 2)
        #expect(records(done, "served") == records(json, "next") && records(done, "old") == records(json, "served"))
        #expect(try place.run(["tlsa", "mail.example.org"]).stdout == "\(records(json, "next")[0])\n")
        #expect(try place.verify().status == 0)
        if way != "ledger" { #expect(try place.run(["audit", "--verify"]).status == 0) }
        try expectNothingChanges(in: place) { expectRefusal(try place.mailca(Self.swap), status: 66, saying: "staged") }
    }

    @Test("With --now it does not wait, and with --revoke-old the old certificate is on the list at once")
    func now() throws {
        let place = try place()
        let old = try CertificateFile.serials("\(place.certs)/cert.pem")[0]
        try place.run(Self.stage)
        try expectNothingChanges(in: place) { try place.run(Self.swap + ["--now", "--dry-run"]) }
        try place.run(Self.swap + ["--now", "--revoke-old"])
        #expect(try CertificateFile.listed("\(place.certs)/crl.pem") == [old])
        #expect(try place.verify().status == 0)
    }

    @Test("renew means the key that is served, before the next one is in place and after it")
    func renewed() throws {
        let place = try place()
        try place.run(Self.stage)
        let served = try CertificateFile.keyDigest("\(place.certs)/cert.pem")
        try place.run(["renew", "mail.example.org"])
        #expect(try CertificateFile.keyDigest("\(place.certs)/cert.pem") == served)
        #expect(try place.run(["maintain"]).stdout == "")
        try place.run(Self.swap + ["--now"])
        let next = try CertificateFile.keyDigest("\(place.certs)/cert.pem")
        let before = place.tree
        try place.run(["renew", "mail.example.org"])
        #expect(try CertificateFile.keyDigest("\(place.certs)/cert.pem") == next && next != served)
        #expect(place.tree.changes(since: before).filter { !$0.contains("ledger") } == ["changed: etc/certs/cert.pem"])
    }

    @Test("While a key is staged, rekey makes no other one")
    func other() throws {
        let place = try place()
        try place.run(Self.stage)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["rekey", "mail.example.org"]), status: 73, saying: "--swap", "--drop")
        }
    }

    @Test("A key whose certificate was revoked is not put in place; the next one is another, and takes none away")
    func revoked() throws {
        let place = try place()
        try place.run(Self.stage)
        let key = Tree(place.certs).content("privkey.next.pem")
        try place.run(["revoke", try CertificateFile.serials("\(place.certs)/cert.next.pem")[0]])
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(Self.swap + ["--now"]), status: 77, saying: "revoked", "--staged")
        }
        try place.run(Self.stage)
        let tree = Tree(place.certs)
        #expect(tree.content("privkey.next.pem") != key)
        #expect(tree.names.contains { $0.hasPrefix("privkey.next.pem.") && tree.content($0) == key })
        try place.run(Self.swap + ["--now"])
        #expect(try place.verify().status == 0)
    }

    @Test("A key that somebody took away is missed; another one is made, and the certificate of the first revoked")
    func lost() throws {
        let place = try place()
        try place.run(Self.stage)
        let lost = try CertificateFile.serials("\(place.certs)/cert.next.pem")
        try FileManager.default.removeItem(atPath: "\(place.certs)/privkey.next.pem")
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(Self.swap + ["--now"]), status: 66, saying: "privkey.next.pem")
        }
        try place.run(Self.stage)
        #expect(try CertificateFile.listed("\(place.certs)/crl.pem") == lost)
        expectRefusal(try place.mailca(Self.swap), status: 75, saying: "more")
        try place.run(Self.swap + ["--now"])
        #expect(try place.verify().status == 0)
    }

    @Test("With --drop the key goes, its certificate is revoked, and what is served stays")
    func dropped() throws {
        let place = try place()
        let before = Tree(place.certs)
        try place.run(Self.stage)
        let next = try CertificateFile.serials("\(place.certs)/cert.next.pem")
        try expectNothingChanges(in: place) { try place.run(["rekey", "mail.example.org", "--drop", "--dry-run"]) }
        try place.run(["rekey", "mail.example.org", "--drop"])
        #expect(Tree(place.certs).changes(since: before).allSatisfy { $0.contains("crl") })
        #expect(try CertificateFile.listed("\(place.certs)/crl.pem") == next)
        #expect(try place.mailca(["rekey", "mail.example.org", "--drop"]).status == 66)
        try place.run(["rekey", "mail.example.org"])
        #expect(try place.verify().status == 0)
        // Also where nothing is left to be removed.
        try place.run(Self.stage)
        for name in ["cert", "privkey"] {
            try FileManager.default.removeItem(atPath: "\(place.certs)/\(name).next.pem")
        }
        try place.run(["rekey", "mail.example.org", "--drop"])
        #expect(try CertificateFile.listed("\(place.certs)/crl.pem").count == 2)
    }

    @Test(
        "A swap that was stopped before the ledger knew of it is ended by the same command, or by any that signs",
        arguments: ["--swap", "crl"])
    func stopped(_ way: String) throws {
        let place = try place()
        let old = try CertificateFile.serials("\(place.certs)/cert.pem")
        try place.run(Self.stage)
        let staged = place.homeTree
        try place.run(Self.swap + ["--now"])
        let swapped = Tree(place.certs)
        try FileManager.default.removeItem(atPath: place.home)
        try staged.write(to: place.home)
        let outcome = try place.run(way == "crl" ? ["crl"] : Self.swap + ["--now", "--revoke-old"])
        if way == "crl" {
            #expect(outcome.stderr.contains("stopped after it had put a new key in \(place.certs) in place"))
        } else {
            #expect(try CertificateFile.listed("\(place.certs)/crl.pem") == old)
        }
        for name in ["cert.pem", "privkey.pem"] { #expect(Tree(place.certs).nodes[name] == swapped.nodes[name]) }
        #expect(try place.mailca(Self.swap).status == 66)
        #expect(try place.run(["maintain"]).stderr == "")
    }

    @Test(
        "A rekey that was stopped before the ledger knew of it is noted by any command that signs, and by deploy",
        arguments: ["crl", "deploy"])
    func stoppedRekey(_ command: String) throws {
        let place = try place()
        let ledger = Ledger(home: place.home)
        let before = try ledger.sql("SELECT certificate FROM deployment")[0]
        try place.run(["rekey", "mail.example.org"])
        let after = try ledger.sql("SELECT certificate FROM deployment")[0]
        try #require(after != before)
        let pair = Tree(place.certs)
        try ledger.sql("UPDATE deployment SET certificate = x'\(before)'")
        let outcome = try place.run([command])
        #expect(outcome.stderr.contains("stopped after it had put a new key in \(place.certs) in place"))
        #expect(try ledger.sql("SELECT certificate FROM deployment") == [after])
        for name in ["cert.pem", "privkey.pem"] { #expect(Tree(place.certs).nodes[name] == pair.nodes[name]) }
        #expect(try place.run(["maintain"]).stderr == "")
    }

    @Test("Records that nobody could read were not printed, so the time does not run")
    func unprinted() throws {
        let place = try place()
        let outcome = try place.mailca(Self.stage, under: ["sh", "-c", "exec \"$@\" > /dev/full", "sh"])
        #expect(outcome.status == 74, "\(outcome.everything)")
        let key = Tree(place.certs).content("privkey.next.pem")
        expectRefusal(try place.mailca(Self.swap + ["--ttl", "0"]), status: 75, saying: "not printed")
        try place.run(Self.stage)
        #expect(Tree(place.certs).content("privkey.next.pem") == key)
        try place.run(Self.swap + ["--ttl", "0"])
    }

    @Test("Of a host in two directories, --certs says which is meant; the other keeps its pair")
    func directories() throws {
        let place = try place()
        let (one, other) = (place.file("etc/one"), place.file("etc/other"))
        for directory in [one, other] { try place.run(["issue-server", "mx.example.org", "--certs", directory]) }
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["rekey", "mx.example.org", "--staged"]), status: 64, saying: one, other, "--certs")
            expectRefusal(try place.mailca(["rekey", "mx2.example.org", "--staged"]), status: 66, saying: "mx2")
        }
        let before = Tree(other)
        try place.run(["rekey", "mx.example.org", "--staged", "--certs", one])
        try place.run(["rekey", "mx.example.org", "--swap", "--now", "--certs", one])
        #expect(Tree(other).changes(since: before) == [])
    }

    @Test(
        "What does not go together is refused",
        arguments: [
            ["--staged", "--swap"], ["--now"], ["--ttl", "1h"], ["--drop", "--ttl", "1h"], ["--staged", "--now"],
            ["--staged", "--revoke-old"], ["--staged", "--out", "."], ["--staged", "--ttl", "x"],
            ["--staged", "--ttl", "-1"], ["--staged", "mx.example.org"], ["--port", "25"], ["--swap", "--days", "3"],
        ])
    func usage(_ options: [String]) throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["rekey", "mail.example.org"] + options)
            #expect(outcome.status == 64, "\(outcome.everything)")
        }
    }
}
