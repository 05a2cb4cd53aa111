import Foundation
import TestSupport
import Testing

@Suite("mailca rekey", .onThreads)
struct RekeyCommandTests {
    @Test("A server's pair is replaced by one that belongs together, and the old pair is kept beside it")
    func server() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "--days", "20"])
        let before = Tree(place.certs)
        let old = try Renewed.look("\(place.certs)/cert.pem")
        try place.run(["rekey", "mail.example.org"])
        let (key, certificate) = ("\(place.certs)/privkey.pem", "\(place.certs)/cert.pem")
        let new = try Renewed.look(certificate)
        #expect(new.key != old.key && new.names == old.names)
        #expect(try CertificateFile.belongTogether(key: key, certificate: certificate))
        let after = Tree(place.certs)
        let changes = after.changes(since: before)
        #expect(changes.contains("changed: cert.pem") && changes.contains("changed: privkey.pem"), "\(changes)")
        let kept = changes.filter { $0.hasPrefix("new: ") }.map { String($0.dropFirst(5)) }
        #expect(kept.count == 2, "\(changes)")
        #expect(Set(kept.map { after.content($0) }) == [before.content("cert.pem"), before.content("privkey.pem")])
        for name in kept where after.content(name) == before.content("privkey.pem") {
            #expect(after.mode(name) == 0o600)
        }
    }

    @Test("A user gets a new ADDRESS.p12, opened by a password that is shown once")
    func user() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out, "--device", "phone"])
        let outcome = try place.run(["rekey", "taro@example.org", "--out", place.file("users/1")])
        #expect(Tree(place.file("users/1")).listing == ["0600 taro@example.org.phone.p12"])
        let password = try #require(outcome.stdout.firstMatch(of: /[a-z2-9]{4}(-[a-z2-9]{4}){4}/)).output.0
        let pem = try CertificateFile.openssl([
            "pkcs12", "-in", place.file("users/1/taro@example.org.phone.p12"), "-passin", "pass:\(password)", "-nodes",
        ])
        try place.write(pem, to: "users/new.pem")
        let old = try Renewed.look("\(place.out)/taro@example.org.pem")
        #expect(pem.contains("BEGIN PRIVATE KEY"))
        #expect(try CertificateFile.openssl(["pkey", "-in", place.file("users/new.pem"), "-pubout"]) != old.key)
    }

    @Test("With --key it is of that kind, with --compat old programs can open it")
    func kinds() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        let json = try place.json([
            "rekey", "taro@example.org", "--key", "rsa-2048", "--compat", "--out", place.file("users/1"),
        ])
        let item = json["certificates"][0]
        #expect(item["certificate"]["key"].string?.lowercased().contains("rsa") == true)
        let info = try Command.run(
            "openssl",
            [
                "pkcs12", "-in", place.file("users/1/taro@example.org.p12"), "-passin",
                "pass:\(item["password"].string ?? "")", "-nodes", "-info", "-legacy",
            ])
        #expect(info.stderr.contains("pbeWithSHA1And3-KeyTripleDES-CBC"), "\(info.stderr)")
    }

    @Test("With --quiet the password alone is printed")
    func quiet() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        let outcome = try place.run(["rekey", "taro@example.org", "--quiet", "--out", place.file("users/1")])
        #expect(outcome.stdout.contains(/^taro@example\.org\t[a-z2-9]{4}(-[a-z2-9]{4}){4}\n$/))
    }

    @Test("With --revoke-old the old one no longer counts")
    func revokeOld() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
        let old = try Renewed.look("\(place.out)/taro@example.org.pem").serial
        try place.run(["rekey", "taro@example.org", "--revoke-old", "--out", place.file("users/1")])
        let list = try CertificateFile.openssl(["crl", "-in", "\(place.certs)/crl.pem", "-noout", "-text"]).lowercased()
        #expect(list.contains(old) && list.contains("superseded"))
    }

    @Test("Also one that was revoked gets no new key", arguments: ["superseded", "keyCompromise"])
    func revoked(_ reason: String) throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try place.run(["revoke", "taro@example.org", "--reason", reason])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["rekey", "taro@example.org", "--out", place.file("users/1")]), status: 77,
                saying: "revoked", "issue")
        }
    }
}
