import Foundation
import TestSupport
import Testing

@Suite("mailca renew", .onThreads)
struct RenewCommandTests {
    @Test("A server's new certificate is for the same key and names, and lies where the old one did")
    func server() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "smtp.example.org", "--days", "20"])
        let before = Tree(place.certs)
        let old = try Renewed.look("\(place.certs)/cert.pem")
        let json = try place.json(["renew", "mail.example.org"])
        let new = try Renewed.look("\(place.certs)/cert.pem")
        #expect(new.key == old.key && new.names == old.names && new.subject == old.subject)
        #expect(new.serial != old.serial)
        #expect(Tree(place.certs).changes(since: before) == ["changed: cert.pem"])
        #expect(json["certificates"][0]["certificate"]["serialNumber"].string == new.serial)
        #expect(json["files"].list.map { $0["path"].string } == ["\(place.certs)/cert.pem"])
        #expect(try place.verify().status == 0)
    }

    @Test(
        "Where another key or certificate lies, or the directory is gone, no certificate is made",
        arguments: [true, false])
    func foreign(_ isGone: Bool) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        if isGone {
            try FileManager.default.removeItem(atPath: place.certs)
        } else {
            let other = try Place()
            try other.run(["self-signed", "mail.example.org"])
            try place.write(other.read("etc/certs/privkey.pem"), to: "etc/certs/privkey.pem")
        }
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["renew", "mail.example.org"]), status: isGone ? 66 : 77, saying: place.certs)
        }
    }

    @Test("A user's new certificate is for the key that the user has, in ADDRESS.pem with the chain")
    func user() throws {
        let place = try Place(.offlineRoot)
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out, "--days", "20"])
        let outcome = try place.run(["renew", "taro@example.org", "--out", place.file("users/new")])
        #expect(Tree(place.file("users/new")).listing == ["0644 taro@example.org.pem"])
        let new = place.file("users/new/taro@example.org.pem")
        #expect(try CertificateFile.belongTogether(key: "\(place.out)/taro@example.org.key", certificate: new))
        #expect(try CertificateFile.serials(new).count == 2, "the issuing CA follows")
        #expect(try CertificateFile.serials(new)[0] != CertificateFile.serials("\(place.out)/taro@example.org.pem")[0])
        #expect(outcome.stdout.contains("  0644  \(new)\n"))
        #expect(!outcome.stdout.contains("password") && !outcome.stdout.contains("Revoked"))
    }

    @Test("It lives as long as the old one, or as --days says")
    func days() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--days", "20"])
        try place.run(["renew", "taro@example.org", "--out", place.file("users/1")])
        #expect(try Renewed.look(place.file("users/1/taro@example.org.pem")).days == 20)
        try place.run(["renew", "taro@example.org", "--out", place.file("users/2"), "--days", "40"])
        #expect(try Renewed.look(place.file("users/2/taro@example.org.pem")).days == 40)
    }

    @Test("With --due those that end within the time are renewed once, and others not")
    func due() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "--days", "20"])
        try place.run(["issue-client", "a@example.org", "--days", "20", "--out", place.out])
        try place.run(["issue-client", "b@example.org", "--out", place.out])
        let json = try place.json(["renew", "--due", "30d", "--out", place.file("users/1"), "--days", "60"])
        #expect(
            Set(json["certificates"].list.compactMap { $0["certificate"]["names"].strings?.first })
                == ["mail.example.org", "a@example.org"])
        #expect(Tree(place.file("users/1")).names == ["a@example.org.pem"])
        try expectNothingChanges(in: place) {
            let again = try place.run(["renew", "--due", "30d", "--out", place.file("users/2")])
            #expect(again.stdout == "Nothing is due.\n")
        }
    }

    @Test("With --revoke-old the old one is on the list as superseded, and the new one is not")
    func revokeOld() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "--days", "20"])
        let old = try Renewed.look("\(place.certs)/cert.pem").serial
        let json = try place.json(["renew", "mail.example.org", "--revoke-old"])
        #expect(json["revoked"].strings == [old])
        let list = try CertificateFile.openssl(["crl", "-in", "\(place.certs)/crl.pem", "-noout", "-text"]).lowercased()
        #expect(list.contains(old) && list.contains("superseded"), "\(list)")
        let new = try Renewed.look("\(place.certs)/cert.pem").serial
        #expect(new != old && !list.contains(new))
        #expect(try place.verify().status == 0)
    }

    @Test("The next renewal is of the renewed one")
    func nextIsOfTheNewest() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--days", "20"])
        try place.run(["renew", "taro@example.org", "--out", place.file("users/1"), "--days", "30"])
        let first = try Renewed.look(place.file("users/1/taro@example.org.pem")).serial
        let json = try place.json(["renew", "taro@example.org", "--out", place.file("users/2"), "--revoke-old"])
        #expect(json["revoked"].strings == [first])
        #expect(try Renewed.look(place.file("users/2/taro@example.org.pem")).days == 30)
    }

    @Test("One that was revoked is not renewed", arguments: ["superseded", "keyCompromise"])
    func revoked(_ reason: String) throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try place.run(["revoke", "taro@example.org", "--reason", reason])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["renew", "taro@example.org", "--out", place.file("users/1")]), status: 77,
                saying: "taro@example.org", "revoked")
        }
    }

    @Test("A key that was reported as compromised is in no new certificate, and rekey makes another")
    func compromised() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        let old = try place.json(["renew", "taro@example.org", "--out", place.file("users/1"), "--days", "400"])
        let serial = try #require(old["certificates"][0]["certificate"]["serialNumber"].string)
        let first = try CertificateFile.serials(place.file("users/1/taro@example.org.pem"))
        #expect(first == [serial])
        let earlier = try Ledger(home: place.home).sql(
            "SELECT hex(serial) FROM certificate WHERE state = 'issued' AND profile = 'client'"
        ).map { $0.lowercased() }.filter { $0 != serial }
        let revoked = try place.mailca(["revoke", try #require(earlier.first), "--reason", "keyCompromise"])
        #expect(revoked.stderr.contains("\(serial)") && revoked.stderr.contains("of the same key"), "\(revoked.stderr)")
        let list = try CertificateFile.openssl(["crl", "-in", "\(place.certs)/crl.pem", "-noout", "-text"]).lowercased()
        for number in earlier + [serial] { #expect(list.contains(number), "\(number) is not in \(list)") }

        // As an earlier version left it, which revoked the one alone.
        try Ledger(home: place.home).sql(
            "UPDATE certificate SET revoked_at = NULL, reason = NULL, revocation_act = NULL WHERE serial = x'\(serial)'"
        )
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["renew", serial, "--out", place.file("users/2")]), status: 77, saying: "compromised",
                "rekey")
        }
        // It keeps nobody else from being renewed.
        try place.run(["issue-client", "hanako@example.org", "--out", place.out])
        let due = try place.mailca(["renew", "--due", "1000d", "--out", place.file("users/2")])
        #expect(due.status == 0 && due.stderr.contains("it was left out"), "\(due.everything)")
        #expect(Tree(place.file("users/2")).names == ["hanako@example.org.pem"])
        try place.run(["rekey", serial, "--out", place.file("users/3")])
    }

    @Test("A server's certificate that lies revoked where it is served is replaced by none of before")
    func revokedServer() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        try place.run(["renew", "mail.example.org"])
        let serial = try #require(CertificateFile.serials("\(place.certs)/cert.pem").first)
        try place.run(["revoke", serial])
        let status = try place.mailca(["status"])
        #expect(
            status.status == 2 && status.stdout.contains("mailca issue-server mail.example.org --force"),
            "\(status.everything)")
        let remedy = status.stdout.split(separator: "\n").first { $0.contains("mend: mailca issue-server") } ?? ""
        #expect(
            remedy.hasSuffix("issue-server mail.example.org --force --certs \(place.certs) --home \(place.home)"),
            "\(status.stdout)")
        try expectNothingChanges(in: place) {
            for command in ["rekey", "renew"] {
                expectRefusal(
                    try place.mailca([command, "mail.example.org"]), status: 77,
                    saying: "issue-server mail.example.org --force")
            }
        }
        try place.run(["issue-server", "mail.example.org", "--force"])
        #expect(try place.mailca(["status"]).status == 0)
    }

    @Test("Nobody's name is not renewed", arguments: [["nobody@example.org"], ["mx.example.org"], ["00ff"]])
    func unknown(_ names: [String]) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["renew"] + names + ["--out", place.out])
            #expect(outcome.status == 66, "\(outcome.everything)")
            #expect(outcome.stderr.contains(names[0]))
        }
    }

    @Test("Of two devices none is guessed at: they are listed; --device takes one, --all both")
    func devices() throws {
        let place = try Place(.open)
        for device in ["phone", "laptop"] {
            try place.run([
                "issue-client", "taro@example.org", "--device", device, "--out", place.file("users/\(device)"),
            ])
        }
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["renew", "taro@example.org", "--out", place.out])
            #expect(outcome.status == 64)
            #expect(outcome.stderr.contains("phone") && outcome.stderr.contains("laptop"), "\(outcome.stderr)")
            #expect(outcome.stderr.contains("Nothing was done"))
        }
        try place.run(["renew", "taro@example.org", "--device", "phone", "--out", place.out])
        #expect(Tree(place.out).names == ["taro@example.org.phone.pem"])
        try place.run(["renew", "taro@example.org", "--all", "--out", place.file("users/all")])
        #expect(
            Tree(place.file("users/all")).names == ["taro@example.org.laptop.pem", "taro@example.org.phone.pem"])
    }

    @Test("A file of a user that is there is refused before anything is signed")
    func existing() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["renew", "taro@example.org", "--out", place.out])
            expectRefusal(outcome, status: 73, saying: "taro@example.org.pem", "--force")
        }
        try place.run(["renew", "taro@example.org", "--out", place.out, "--force"])
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.out)/taro@example.org.key", certificate: "\(place.out)/taro@example.org.pem"))
    }

    @Test("A dry run needs no passphrase, changes nothing, and says what it is about", arguments: ["renew", "rekey"])
    func dryRun(_ command: String) throws {
        let place = try Place(.locked)
        try place.run(
            ["issue-client", "taro@example.org", "--out", place.out],
            environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile])
        try expectNothingChanges(in: place) {
            let outcome = try place.run([command, "taro@example.org", "--out", place.file("users/1"), "--dry-run"])
            #expect(outcome.stdout.hasPrefix("Would make anew taro@example.org"))
        }
    }

    @Test(
        "Names and --due are one or the other",
        arguments: [[], ["taro@example.org", "--due", "30d"], ["--due", "soon"], ["--due", "-3d"], ["--due", "30"]])
    func usage(_ arguments: [String]) throws {
        let place = try Place(.open)
        expectRefusal(try place.mailca(["renew"] + arguments), status: 64)
    }

    @Test("The keys of renew and rekey are these")
    func keys() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--device", "phone", "--out", place.out])
        let certificate = ["device", "key", "names", "notAfter", "notBefore", "serialNumber", "sha256", "subject"]
        let expected = Set(
            certificate.map { "certificates[].certificate.\($0)" } + [
                "files[].mode", "files[].path", "dryRun", "revoked",
            ])
        let renewed = try place.json(["renew", "taro@example.org", "--out", place.file("users/1")])
        #expect(renewed.keys == expected)
        let rekeyed = try place.json(["rekey", "taro@example.org", "--device", "phone", "--out", place.file("users/2")])
        #expect(rekeyed.keys == expected.union(["certificates[].password"]))
    }
}

/// What is compared of an old and a new certificate.
struct Renewed {
    let serial: String
    let key: String
    let names: String
    let subject: String
    let days: Int

    static func look(_ path: String) throws -> Renewed {
        func ask(_ options: String...) throws -> String {
            try CertificateFile.openssl(["x509", "-in", path, "-noout"] + options)
        }
        let dates = try ask("-startdate", "-enddate", "-dateopt", "iso_8601").split(separator: "\n").compactMap {
            line in
            try? Date(
                line.split(separator: "=")[1].replacing(" ", with: "T"), strategy: .iso8601)
        }
        let seconds = dates.count == 2 ? dates[1].timeIntervalSince(dates[0]) : 0
        return Renewed(
            serial: try CertificateFile.serials(path)[0], key: try ask("-pubkey"),
            names: try ask("-ext", "subjectAltName"), subject: try ask("-subject"),
            days: Int((seconds / 86_400).rounded()))
    }
}
