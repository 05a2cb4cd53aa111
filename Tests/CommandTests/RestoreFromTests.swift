import Foundation
import TestSupport
import Testing

@Suite("mailca restore --from", .onThreads)
struct RestoreFromTests {
    private static let file = "mailca.backup"

    /// A place whose backup does not know: jiro's certificate, saburo's that was revoked, and that hanako's was.
    private func place(_ authority: Place.Authority = .open) throws -> Place {
        let place = try Place(authority)
        try place.run(["issue-server", "mx.example.org"])
        try issue("taro", in: place)
        try issue("hanako", in: place)
        try place.run(["backup", place.file(Self.file)])
        try issue("jiro", in: place)
        try issue("saburo", in: place)
        try place.run(["revoke", "hanako@example.org", "saburo@example.org", "--reason", "keyCompromise"])
        return place
    }

    private func issue(_ user: String, in place: Place) throws {
        try place.run(["issue-client", "\(user)@example.org", "--out", place.out, "--format", "pem"])
    }

    private func serial(_ user: String, _ place: Place) throws -> String {
        try CertificateFile.serials("\(place.out)/\(user)@example.org.pem")[0]
    }

    /// The numbers on the newest list in place.
    private func listed(_ place: Place) throws -> Set<String> {
        let text = try CertificateFile.openssl(["crl", "-in", "\(place.certs)/crl.pem", "-noout", "-text"])
        return Set(
            text.split(separator: "\n").compactMap { line in
                line.contains("Serial Number: ")
                    ? line.split(separator: " ").last.map { $0.lowercased() } : nil
            })
    }

    @Test("What the mail server has is looked at: nothing that was revoked becomes valid again")
    func places() throws {
        let place = try place()
        try place.run(["issue-server", "mx.example.org", "--force"])
        let server = try CertificateFile.serials("\(place.certs)/cert.pem")[0]
        truncate("\(place.home)/ledger.sqlite", 9_000)
        let json = try place.json(["restore", place.file(Self.file)])
        #expect(json["searched"].strings == [place.certs])
        #expect(
            try Ledger(home: place.home).sql("SELECT directory, certificate FROM deployment") == [
                "\(place.certs)\t\(server)"
            ], "the certificate that lies there is the one to be kept up to date")
        #expect(json["recovered"].list.compactMap { $0["serialNumber"].string } == [server])
        #expect(json["revoked"].list.compactMap { $0["serialNumber"].string } == [try serial("hanako", place)])
        #expect(json["revokedNumbers"].strings == [try serial("saburo", place)])
        try place.run(["crl"])
        #expect(try listed(place) == [try serial("hanako", place), try serial("saburo", place)])
        let verified = try place.mailca(["verify"])
        #expect(verified.status == 0, "\(verified.everything)")
        // When its certificate is found, it is known and stays revoked.
        let later = try place.json(["restore", "--from", place.out])
        #expect(
            Set(later["recovered"].list.compactMap { $0["names"][0].string }) == [
                "jiro@example.org", "saburo@example.org",
            ])
        try place.run(["crl"])
        #expect(try listed(place) == [try serial("hanako", place), try serial("saburo", place)])
        #expect(try place.mailca(["verify"]).status == 0)
        try place.run(["backup", place.file("again")])
    }

    @Test("Certificates in every form are found, at any depth; what is known or of another CA is told")
    func forms() throws {
        let place = try place()
        let copies = place.file("copies")
        try FileManager.default.createDirectory(atPath: "\(copies)/a/b", withIntermediateDirectories: true)
        let script = """
            openssl x509 -in "$out/jiro@example.org.pem" -outform DER -out "$copies/a/b/jiro.der"
            cat "$certs/cacert.pem" "$out/saburo@example.org.pem" "$out/taro@example.org.pem" >"$copies/a/chain.txt"
            openssl crl -in "$certs/crl.pem" -outform DER -out "$copies/list"
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout "$copies/x.key" -out "$copies/x.pem"
            printf 'x' >"$copies/jiro.p12"; head -c 300 "$certs/cert.pem" >"$copies/half.pem"; mkfifo "$copies/pipe"
            ln -s /nonexistent "$copies/broken"; ln -s .. "$copies/a/loop"; head -c 100000 /dev/urandom >"$copies/noise"
            """
        let made = try Command.run(
            "sh", ["-e", "-c", script], environment: ["out": place.out, "certs": place.certs, "copies": copies])
        #expect(made.status == 0, "\(made.everything)")
        try FileManager.default.removeItem(atPath: "\(place.home)/ledger.sqlite")
        try FileManager.default.removeItem(atPath: place.certs)
        let before = Tree(copies)
        let outcome = try place.run(["restore", place.file(Self.file), "--from", copies])
        #expect(Tree(copies) == before)
        for words in [
            "2 entered, ", ", 1 not of this CA", "jiro@example.org, EC P-256", "saburo@example.org, EC P-256",
            "as revoked, because they are on a list", "  \(copies)/jiro.p12: its certificate is behind a password",
            "  \(copies)/half.pem: ",
        ] { #expect(outcome.stdout.contains(words), "\(words) is not in \(outcome.stdout)") }
        #expect(outcome.stdout.contains("hanako@example.org"))
        try place.run(["crl"])
        #expect(try listed(place) == [try serial("hanako", place), try serial("saburo", place)])
        // As if they had never been away.
        let ledger = Ledger(home: place.home)
        #expect(
            try ledger.sql(
                "SELECT name FROM certificate_name JOIN certificate ON id = certificate WHERE profile = 'client' AND state = 'issued' ORDER BY name"
            )
                == ["hanako@example.org", "jiro@example.org", "saburo@example.org", "taro@example.org"])
        try place.run(["revoke", "jiro@example.org"])
        #expect(try place.mailca(["restore", "--from", place.out]).stdout.contains("0 entered, "))
    }

    @Test("Servers and international names are entered by the names that they are found by")
    func names() throws {
        let place = try Place(.open)
        try place.run(["backup", place.file(Self.file)])
        let users = ["Tarō@example.org", "Hanako@example.org", "jiro@例え.example.org"]
        try place.run(["issue-server", "mx.example.org", "*.mail.example.org", "xn--r8jz45g.example.org"])
        for user in users { try place.run(["issue-client", user, "--out", place.out, "--format", "pem"]) }
        let query = """
            SELECT name, position, profile, state, not_before, not_after, key_fingerprint, der FROM certificate_name
            JOIN certificate ON id = certificate ORDER BY name
            """
        let before = try Ledger(home: place.home).sql(query)
        truncate("\(place.home)/ledger.sqlite", 100)
        try place.run(["restore", place.file(Self.file), "--from", place.out])
        #expect(try Ledger(home: place.home).sql(query) == before)
        for user in users { #expect(try place.mailca(["revoke", user]).status == 0) }
    }

    @Test("With a ledger that is whole it only enters what is new, and a dry run only says it")
    func alone() throws {
        let place = try place()
        try place.run(["restore", place.file(Self.file), "--force", "--certs", place.file("none")])
        try expectNothingChanges(in: place) {
            let outcome = try place.run(["restore", "--from", place.out, "--dry-run"])
            #expect(outcome.stdout.contains("2 entered, 2 known, 0 not of this CA\n"), "\(outcome.everything)")
        }
        let outcome = try place.run(["restore", "--from", place.out])
        #expect(outcome.stdout.contains("2 entered, 2 known, 0 not of this CA\n"))
        try expectNothingChanges(in: place) {
            let again = try place.run(["restore", "--from", place.out])
            #expect(again.stdout.contains("0 entered, 4 known, 0 not of this CA\n"))
        }
    }

    @Test("A list of another CA takes nothing back")
    func foreignList() throws {
        let place = try place()
        let other = try Place()
        try other.run(["init-ca", "Example Mail CA", "--domain", "example.org", "--no-passphrase"])
        try place.run(["restore", place.file(Self.file), "--force", "--certs", place.file("none")])
        try other.run(["issue-client", "taro@example.org", "--out", other.out, "--format", "pem"])
        try other.run(["revoke", "taro@example.org"])
        try expectNothingChanges(in: place) {
            let outcome = try place.run(["restore", "--from", other.certs, "--from", other.out])
            #expect(outcome.stdout.contains("0 entered, 0 known, 2 not of this CA\n"), "\(outcome.everything)")
        }
    }

    @Test(
        "A directory that is not there, or may not be read, is said, and nothing changes",
        arguments: ["nowhere", "closed"])
    func noDirectory(_ name: String) throws {
        let place = try place()
        try FileManager.default.createDirectory(atPath: place.file("closed"), withIntermediateDirectories: false)
        chmod(place.file("closed"), 0)
        defer { chmod(place.file("closed"), 0o700) }
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(
                ["restore", place.file(Self.file), "--force", "--from", name], under: Machine.boundByModes)
            expectRefusal(outcome, status: name == "nowhere" ? 66 : 77, saying: name)
        }
    }

    @Test("Without a backup, and with a ledger that is damaged, it is said that one is needed")
    func damagedLedger() throws {
        let place = try place()
        truncate("\(place.home)/ledger.sqlite", 9_000)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["restore", "--from", place.out]), status: 65, saying: "damaged", "mailca restore FILE"
            )
        }
    }
}
