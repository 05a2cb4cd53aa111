import Foundation
import TestSupport
import Testing

@Suite("mailca tlsa", .onThreads)
struct TLSACommandTests {
    private func place(_ authority: Place.Authority = .open, _ names: [String] = ["mail.example.org"]) throws -> Place {
        let place = try Place(authority)
        try place.run(["issue-server"] + names)
        return place
    }

    private func lines(_ place: Place, _ arguments: [String]) throws -> [String] {
        try place.run(["tlsa"] + arguments).stdout.split(separator: "\n").map(String.init)
    }

    @Test(
        "It prints a line for each port, and the digest is that of the key that openssl finds in cert.pem",
        arguments: ["ec-p256", "rsa-2048"])
    func ports(_ key: String) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org", "--key", key])
        let digest = try CertificateFile.keyDigest("\(place.certs)/cert.pem")
        try expectNothingChanges(in: place) {
            let one = try lines(place, ["mail.example.org"])
            #expect(one == ["_25._tcp.mail.example.org. IN TLSA 3 1 1 \(digest)"])
            let two = try lines(place, ["Mail.Example.ORG.", "--port", "25", "--port", "587", "--port", "25"])
            #expect(two == [25, 587].map { "_\($0)._tcp.mail.example.org. IN TLSA 3 1 1 \(digest)" })
        }
    }

    @Test("As JSON every part of a record has its own key")
    func json() throws {
        let place = try place()
        let json = try place.json(["tlsa", "mail.example.org", "--port", "465"])
        let record = json["records"][0]
        #expect(
            record.keys == ["digest", "host", "matchingType", "port", "record", "selector", "state", "usage"])
        #expect(record["host"].string == "mail.example.org" && record["port"].number == 465)
        #expect(record["usage"].number == 3 && record["selector"].number == 1 && record["matchingType"].number == 1)
        #expect(try record["digest"].string == CertificateFile.keyDigest("\(place.certs)/cert.pem"))
        #expect(json["files"].count == 0 && json["dryRun"].bool == false)
    }

    @Test("renew keeps the record as it is, and rekey does not")
    func renewed() throws {
        let place = try place()
        let before = try lines(place, ["mail.example.org"])
        try place.run(["renew", "mail.example.org"])
        #expect(try lines(place, ["mail.example.org"]) == before)
        try place.run(["rekey", "mail.example.org"])
        let after = try lines(place, ["mail.example.org"])
        #expect(after != before && after.count == 1)
        #expect(try after[0].hasSuffix(CertificateFile.keyDigest("\(place.certs)/cert.pem")))
    }

    @Test("A host may be named by a wildcard, and in Unicode; the record has A-labels")
    func names() throws {
        let place = try place(.open, ["*.example.org", "\u{90F5}\u{4FBF}.example.org"])
        #expect(try lines(place, ["mx7.example.org"])[0].hasPrefix("_25._tcp.mx7.example.org. IN TLSA 3 1 1 "))
        let records = try lines(place, ["\u{90F5}\u{4FBF}.example.org"])
        #expect(records[0].hasPrefix("_25._tcp.xn--"), "\(records)")
        #expect(records[0].contains(/^_25\._tcp\.xn--[a-z0-9]+\.example\.org\. IN TLSA 3 1 1 [0-9a-f]{64}$/))
        #expect(try place.mailca(["tlsa", "a.b.example.org"]).status == 66, "a wildcard is one label")
    }

    @Test("An address, a wildcard, a host without a certificate and what is no port are refused")
    func refused() throws {
        let place = try place()
        try expectNothingChanges(in: place) {
            for (host, status, word) in [
                ("192.0.2.7", Int32(65), "address"), ("[2001:db8::7]", 65, "address"), ("*.example.org", 65, "many"),
                ("mx2.example.org", 66, "no certificate"),
            ] {
                expectRefusal(try place.mailca(["tlsa", host]), status: status, saying: word)
            }
            for port in ["0", "65536", "-1", "smtp"] {
                #expect(try place.mailca(["tlsa", "mail.example.org", "--port", port]).status == 64)
            }
            for options in [["--usage", "1"], ["--usage", "2", "--next"], ["--withdraw"]] {
                #expect(try place.mailca(["tlsa", "mail.example.org"] + options).status == 64, "\(options)")
            }
        }
    }

    @Test("Where nothing was laid out, it is the key of the certificate that is valid")
    func elsewhere() throws {
        let place = try Place(.open)
        let request = try place.request("mx2.example.org")
        try place.run(["sign", request.path, "--profile", "server", "--out", place.out])
        let digest = try CertificateFile.keyDigest("\(place.out)/mx2.example.org.pem")
        #expect(try lines(place, ["mx2.example.org"]) == ["_25._tcp.mx2.example.org. IN TLSA 3 1 1 \(digest)"])
        let outcome = try place.run(["tlsa", "mx2.example.org", "--usage", "2"])
        #expect(outcome.stderr.contains("\(place.home)/ca/root.pem"), "\(outcome.stderr)")
        try place.run(["revoke", "mx2.example.org"])
        #expect(try place.mailca(["tlsa", "mx2.example.org"]).status == 66)
    }

    @Test("Of a host in two directories both keys have a record; a foreign certificate is told of, with its own key")
    func directories() throws {
        let place = try place()
        let other = place.file("etc/other")
        try place.run(["issue-server", "mail.example.org", "--certs", other])
        let digests = try [place.certs, other].map { try CertificateFile.keyDigest("\($0)/cert.pem") }
        #expect(try lines(place, ["mail.example.org"]).map { String($0.suffix(64)) } == digests)
        let stranger = try Place()
        try stranger.run(["self-signed", "mail.example.org"])
        try place.write(stranger.read("etc/certs/cert.pem"), to: "etc/certs/cert.pem")
        let outcome = try place.run(["tlsa", "mail.example.org"])
        #expect(outcome.stdout.contains(try CertificateFile.keyDigest("\(stranger.certs)/cert.pem")))
        #expect(!outcome.stdout.contains(digests[0]) && outcome.stdout.contains(digests[1]))
        #expect(outcome.stderr.contains("mailca: warning: \(place.certs)/cert.pem"))
    }
}
