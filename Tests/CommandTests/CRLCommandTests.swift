import Foundation
import TestSupport
import Testing

@Suite("mailca crl, and when a revocation counts from", .onThreads)
struct CRLCommandTests {
    private func list(_ path: String) throws -> String {
        try CertificateFile.openssl(["crl", "-in", path, "-noout", "-text"]).lowercased()
    }

    @Test(
        "Lists of an offline root are signed for times to come, each beginning in the last one's, and its key is not kept"
    )
    func periods() throws {
        let place = try Place(.offlineRoot)
        let key = place.file("root.key")
        try place.run(["issue-server", "mail.example.org"])
        let json = try place.json(["crl", "--root", "--periods", "3", "--root-key", key])
        let lists = json["lists"].list
        #expect(lists.count == 3)
        let starts = lists.compactMap { $0["thisUpdate"].string }
        let ends = lists.compactMap { $0["nextUpdate"].string }
        #expect(starts == starts.sorted() && Set(starts).count == 3)
        for (next, end) in zip(starts.dropFirst(), ends) { #expect(next < end) }
        let secret = try CertificateFile.privateValue(ofKey: key)
        for name in place.homeTree.names {
            let content = place.homeTree.content(name) ?? Data()
            #expect(content.range(of: Data(secret)) == nil, "the root's key is in \(name)")
        }
        #expect(try place.mailca(["verify"]).status == 0)
    }

    @Test("Without the root's key, or with a wrong one, no list of the root is made")
    func noRootKey() throws {
        let place = try Place(.offlineRoot)
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(["crl", "--root"]), status: 66)
            #expect(try place.mailca(["crl", "--root", "--root-key", place.file("none.key")]).status == 66)
            #expect(try place.mailca(["crl", "--periods", "3"]).status == 64)
            #expect(
                try place.mailca(["crl", "--root", "--periods", "0", "--root-key", place.file("root.key")]).status == 64
            )
        }
    }

    @Test("The file of --out is new, or holds lists: nothing else is replaced")
    func out() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        try place.write("a note", to: "note.txt")
        symlink(place.file("gone"), place.file("link"))
        try expectNothingChanges(in: place) {
            for path in [
                "\(place.home)/ca/root.key", "\(place.home)/ledger.sqlite", "\(place.certs)/privkey.pem",
                "\(place.certs)/cert.pem", place.file("note.txt"), place.file("link"), "/dev/stdout",
            ] {
                expectRefusal(try place.mailca(["crl", "--out", path]), status: 73, saying: path)
            }
            expectRefusal(try place.mailca(["crl", "--out", place.file("none/crl.pem")]), status: 66, saying: "none")
            expectRefusal(try place.mailca(["crl", "--out", place.out + "/.."]), status: 64, saying: "is a directory")
            expectRefusal(try place.mailca(["crl", "--days", "9000"]), status: 64, saying: "the CA ends on")
            for days in ["0", "90000", "9223372036854775807"] {
                #expect(try place.mailca(["crl", "--days", days]).status == 64)
            }
        }
        for _ in 0..<2 { try place.run(["crl", "--out", place.file("all.pem")]) }
        _ = try CertificateFile.openssl(
            ["crl", "-in", place.file("all.pem"), "-outform", "DER", "-out", place.file("all.der")])
        try place.run(["crl", "--out", place.file("all.der")])
        #expect(try list(place.file("all.pem")).contains("example mail ca"))
    }

    @Test("With --root a dry run says how many of whom; without the key, how to bring it")
    func dryRoot() throws {
        let place = try Place(.offlineRoot)
        try expectNothingChanges(in: place) {
            let plan = try place.run(["crl", "--root", "--periods", "24", "--dry-run"]).stdout
            #expect(plan.hasPrefix("Would make 24 revocation lists of CN=Example Mail CA"), "\(plan)")
            #expect(!plan.contains("Issuing"))
            expectRefusal(try place.mailca(["crl", "--root"]), status: 66, saying: "--root-key")
            let key = ["--root-key", place.file("root.key")]
            for periods in ["-3", "0", "1001"] {
                #expect(try place.mailca(["crl", "--root", "--periods=\(periods)", "--dry-run"] + key).status == 64)
            }
            expectRefusal(
                try place.mailca(["crl", "--root", "--periods", "200"] + key), status: 64, saying: "the CA ends on")
        }
    }

    @Test("With --at the list says since when; a time to come is refused")
    func at() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try expectNothingChanges(in: place) {
            for time in ["2999-01-01", "yesterday", ""] {
                expectRefusal(try place.mailca(["revoke", "taro@example.org", "--at", time]), status: 64)
            }
        }
        let past = Date().addingTimeInterval(-600)
        let text = past.formatted(.iso8601)
        let outcome = try place.mailca(["revoke", "taro@example.org", "--reason", "keyCompromise", "--at", text])
        #expect(outcome.status == 0, "\(outcome.everything)")
        let list = try list("\(place.certs)/crl.pem")
        #expect(list.contains("revocation date:") || list.contains("invalidity date"), "\(list)")
        #expect(list.contains(text.dropFirst(11).dropLast(1)), "\(text) is not in \(list)")
    }

    @Test("One revocation brings the list into every directory")
    func everyDirectory() throws {
        let place = try Place(.open)
        let directories = [place.certs, place.file("etc/second"), place.file("etc/third")]
        for (number, directory) in directories.enumerated() {
            try place.run(["issue-server", "mx\(number).example.org", "--certs", directory])
        }
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
        let serial = try CertificateFile.serials("\(place.out)/taro@example.org.pem")[0]
        let json = try place.json(["revoke", "taro@example.org"])
        let written = Set(json["files"].list.compactMap { $0["path"].string })
        for directory in directories {
            #expect(try list("\(directory)/crl.pem").contains(serial), "not in \(directory)")
            #expect(written.contains("\(directory)/crl.pem"))
        }
    }
}
