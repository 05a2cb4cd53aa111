import Foundation
import TestSupport
import Testing

@Suite("mailca tlsa --usage 2", .onThreads)
struct IssuerInChainTests {
    private static let arguments = ["tlsa", "mail.example.org", "--usage", "2"]

    private func place(_ authority: Place.Authority) throws -> Place {
        let place = try Place(authority)
        try place.run(["issue-server", "mail.example.org"])
        return place
    }

    /// What the server sends, and the digest in the record, as OpenSSL sees them: a client that trusts nothing but the
    /// certificate whose key the record names verifies the server by what it was sent.
    private func expectHolds(_ place: Place, count: Int, at location: SourceLocation = #_sourceLocation) throws {
        let blocks = try CertificateFile.blocks(place.read("etc/certs/cert.pem"))
        try #require(blocks.count == count, sourceLocation: location)
        for (number, block) in blocks.enumerated() {
            let pem =
                "-----BEGIN CERTIFICATE-----\n\(Data(block.der).base64EncodedString(options: .lineLength64Characters))\n-----END CERTIFICATE-----\n"
            try place.write(pem.replacing("\r\n", with: "\n"), to: "sent-\(number).pem")
        }
        let last = place.file("sent-\(count - 1).pem")
        #expect(
            try place.run(Self.arguments).stdout
                == "_25._tcp.mail.example.org. IN TLSA 2 1 1 \(CertificateFile.keyDigest(last))\n",
            sourceLocation: location)
        try CertificateFile.openssl([
            "verify", "-x509_strict", "-partial_chain", "-no-CApath", "-no-CAstore", "-purpose", "sslserver",
            "-verify_hostname", "mail.example.org", "-CAfile", last, place.file("sent-0.pem"),
        ])
    }

    @Test("Without --dry-run the root is put at the end of cert.pem, once, and the record is that of its key")
    func root() throws {
        let place = try place(.open)
        try expectNothingChanges(in: place) {
            let dry = try place.run(Self.arguments + ["--dry-run"])
            #expect(
                dry.stdout.contains(" IN TLSA 2 1 1 ") && dry.stderr.contains("would write \(place.certs)/cert.pem"))
        }
        let before = Tree(place.certs)
        let outcome = try place.run(Self.arguments)
        #expect(Tree(place.certs).changes(since: before) == ["changed: cert.pem"])
        #expect(outcome.stderr.contains("\(place.certs)/cert.pem") && outcome.stderr.contains("reload"))
        try expectHolds(place, count: 2)
        try expectNothingChanges(in: place) {
            let again = try place.run(Self.arguments)
            #expect(again.stderr == "")
        }
        #expect(try place.verify().status == 0)
        #expect(try place.run(["audit", "--verify"]).status == 0)
    }

    @Test("Where an issuing CA signs, its certificate is there already, and nothing changes")
    func issuing() throws {
        let place = try place(.offlineRoot)
        try expectHolds(place, count: 2)
        try expectNothingChanges(in: place) {
            let again = try place.run(Self.arguments)
            #expect(again.stderr == "")
        }
    }

    @Test("It stays there through all that writes cert.pem anew")
    func stays() throws {
        let place = try place(.open)
        try place.run(Self.arguments)
        for arguments in [
            ["renew", "mail.example.org"], ["rekey", "mail.example.org"],
            ["issue-server", "mail.example.org", "--force"], ["crl"], ["maintain"],
        ] {
            try place.run(arguments)
            try expectHolds(place, count: 2)
        }
        try FileManager.default.removeItem(atPath: "\(place.certs)/cert.pem")
        try place.run(["maintain"])
        try expectHolds(place, count: 2)
        try place.run(["rekey", "mail.example.org", "--staged"])
        #expect(try CertificateFile.serials("\(place.certs)/cert.next.pem").count == 2)
        try place.run(["rekey", "mail.example.org", "--swap", "--now"])
        try expectHolds(place, count: 2)
        let status = try place.run(["status"])
        #expect(status.stdout.contains("all as laid out"), "\(status.stdout)")
    }

    @Test("With --withdraw it goes again")
    func withdrawn() throws {
        let place = try place(.open)
        let before = Tree(place.certs)
        try place.run(Self.arguments)
        let outcome = try place.run(Self.arguments + ["--withdraw"])
        #expect(outcome.stdout == "")
        #expect(Tree(place.certs).changes(since: before) == [])
        try place.run(["renew", "mail.example.org"])
        #expect(try CertificateFile.serials("\(place.certs)/cert.pem").count == 1)
    }
}
