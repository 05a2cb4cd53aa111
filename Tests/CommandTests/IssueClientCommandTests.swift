import Foundation
import TestSupport
import Testing

@Suite("mailca issue-client", .onThreads)
struct IssueClientCommandTests {
    /// What openssl finds in a PKCS #12 file.
    private func contents(_ path: String, password: String, legacy: Bool = false) throws -> String {
        try CertificateFile.openssl(
            ["pkcs12", "-in", path, "-passin", "pass:\(password)", "-nodes", "-info"] + (legacy ? ["-legacy"] : []))
    }

    @Test("It writes one file for its owner alone, and shows the password that opens it")
    func p12() throws {
        let place = try Place(.open)
        let homeBefore = place.homeTree.listing
        let outcome = try place.run([
            "issue-client", "taro@example.org", "--name", "Taro Yamada", "--device", "phone", "--out", place.out,
        ])
        #expect(Tree(place.out).listing == ["0600 taro@example.org.p12"])
        #expect(Tree(place.out).mode("") == 0o700)
        let password = try #require(outcome.stdout.firstMatch(of: /\n    ([a-z2-9]{4}(?:-[a-z2-9]{4}){4})\n/)).output.1
        let contents = try contents("\(place.out)/taro@example.org.p12", password: String(password))
        #expect(contents.contains("friendlyName: Taro Yamada <taro@example.org> (phone)"))
        #expect(contents.components(separatedBy: "BEGIN CERTIFICATE").count == 3, "its own and the CA's")
        #expect(contents.contains("BEGIN PRIVATE KEY"))
        #expect(outcome.stdout.contains("  0600  \(place.out)/taro@example.org.p12\n"))
        #expect(outcome.stdout.contains("taro@example.org (phone), EC P-256, until "))
        #expect(outcome.stderr == "")
        #expect(place.homeTree.listing == homeBefore, "a file more in the home: \(place.homeTree.listing)")
    }

    @Test("A password is another every time")
    func passwordsDiffer() throws {
        let place = try Place(.open)
        let users = try place.json(["issue-client"] + (0..<20).map { "user\($0)@example.org" } + ["--out", place.out])[
            "users"]
        let passwords = Set(users.list.compactMap { $0["password"].string })
        #expect(passwords.count == 20)
        #expect(passwords.allSatisfy { $0.contains(/^[a-z2-9]{4}(-[a-z2-9]{4}){4}$/) && !$0.contains(/[ilo01]/) })
    }

    @Test("With --password-file that password opens the file, and is not shown")
    func passwordFile() throws {
        let place = try Place(.open)
        let outcome = try place.run([
            "issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile,
        ])
        #expect(!outcome.everything.contains(Place.password))
        #expect(!outcome.stdout.contains("assword"))
        _ = try contents("\(place.out)/taro@example.org.p12", password: Place.password)
    }

    @Test("A password that some program cannot type is refused", arguments: ["", "käse", "tab\tbed", "nul\u{0}byte"])
    func badPassword(_ password: String) throws {
        let place = try Place(.open)
        try place.write(password + "\n", to: "password")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca([
                "issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile,
            ])
            expectRefusal(outcome, status: 64, saying: "password")
            if !password.isEmpty { #expect(!outcome.stderr.contains(password)) }
        }
    }

    @Test("With --compat the file opens for programs that know only the old encryption")
    func compat() throws {
        let place = try Place(.open)
        try place.run([
            "issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile, "--compat",
        ])
        let path = "\(place.out)/taro@example.org.p12"
        let old = try Command.run(
            "openssl", ["pkcs12", "-in", path, "-passin", "pass:\(Place.password)", "-nodes", "-info", "-legacy"])
        #expect(old.status == 0, "\(old.everything)")
        #expect(old.stderr.contains("pbeWithSHA1And3-KeyTripleDES-CBC"), "\(old.stderr)")
    }

    @Test("With --format pem certificate and key are apart, each with its mode")
    func pem() throws {
        let place = try Place(.offlineRoot)
        let outcome = try place.run(["issue-client", "taro@example.org", "--out", place.out, "--format", "pem"])
        #expect(Tree(place.out).listing == ["0600 taro@example.org.key", "0644 taro@example.org.pem"])
        let (key, certificate) = ("\(place.out)/taro@example.org.key", "\(place.out)/taro@example.org.pem")
        #expect(try CertificateFile.belongTogether(key: key, certificate: certificate))
        #expect(try CertificateFile.serials(certificate).count == 2, "the issuing CA follows")
        #expect(!outcome.stdout.contains("assword"))
        #expect(try place.mailca(["verify", certificate]).status == 0)
    }

    @Test("With --csr only the certificate is written")
    func request() throws {
        let place = try Place(.open)
        let request = try place.request("whoever")
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--csr", request.path])
        #expect(Tree(place.out).listing == ["0644 taro@example.org.pem"])
        let certificate = "\(place.out)/taro@example.org.pem"
        #expect(try CertificateFile.belongTogether(key: request.key, certificate: certificate))
        let text = try CertificateFile.openssl([
            "x509", "-in", certificate, "-noout", "-subject", "-ext", "subjectAltName",
        ])
        #expect(
            text.contains("email:taro@example.org") && !text.contains("whoever"),
            "nothing else of it is believed: \(text)")
    }

    @Test("Several users get a file each")
    func several() throws {
        let place = try Place(.open)
        let outcome = try place.run([
            "issue-client", "a@example.org", "b@sub.example.org", "ü@example.org", "--out", place.out,
        ])
        #expect(
            Tree(place.out).listing == [
                "0600 %c3%bc@example.org.p12", "0600 a@example.org.p12", "0600 b@sub.example.org.p12",
            ])
        #expect(outcome.stdout.components(separatedBy: "shown this once").count == 4)
    }

    @Test("One bad address among several makes none of them")
    func severalOneBad() throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-client", "a@example.org", "b@example.net", "--out", place.out]), status: 77,
                saying: "b@example.net")
        }
    }

    @Test(
        "An address that OpenSSL would refuse under the CA's constraints is refused, wherever it stands",
        arguments: [
            ["tarō@sub.example.org"], ["hanako@example.org", "tarō@sub.example.org"],
            ["a@example.org", "b@example.org", "c@example.org", "tarō@sub.example.org"],
        ])
    func internationalBelow(addresses: [String]) throws {
        let place = try Place(.open)
        let outcome = try place.mailca(["issue-client", "--out", place.out] + addresses)
        #expect(outcome.status == 77, "\(outcome.everything)")
        #expect(outcome.stderr.contains("tarō@sub.example.org"))
        #expect(Tree(place.out).names.isEmpty)
    }

    @Test("The same address twice in one command is refused, or gets one certificate")
    func twiceInOne() throws {
        let place = try Place(.open)
        let outcome = try place.mailca(["issue-client", "a@example.org", "a@example.org", "--out", place.out])
        let issued = try Ledger(home: place.home).states().count - 1
        let files = Tree(place.out).names.count
        #expect(issued == files, "\(issued) certificates, of which \(files) can be had: \(outcome.everything)")
        #expect([0, 64, 65, 73].contains(outcome.status))
    }

    @Test(
        "The name of the file is safe for every legal address",
        arguments: [
            ("a/b@example.org", "a%2fb@example.org.p12"), ("../../etc/passwd@example.org", nil),
            ("-rf@example.org", "%2drf@example.org.p12"), ("con@example.org", "con@example.org.p12"),
            ("a%2fb@example.org", "a%252fb@example.org.p12"),
            ("$(id)`@example.org", nil), ("{a|b}~'x'@example.org", "%7ba%7cb%7d%7e%27x%27@example.org.p12"),
        ])
    func fileNames(_ address: String, _ name: String?) throws {
        let place = try Place(.open)
        let outcome = try place.mailca(["issue-client", "--out", place.out, "--", address])
        guard let name else {
            #expect(outcome.status == 65, "\(outcome.everything)")
            return
        }
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(Tree(place.out).names == [name])
        #expect(place.tree.names.filter { $0.hasPrefix("users/") } == ["users/out/\(name)"])
    }

    @Test("A second certificate for a user is made, and the first, which stays valid, is shown")
    func second() throws {
        let place = try Place(.open)
        let first = try place.json([
            "issue-client", "taro@example.org", "--device", "laptop", "--out", place.file("users/1"),
        ])
        let second = try place.run([
            "issue-client", "Taro@example.org", "--device", "phone", "--out", place.file("users/2"),
        ])
        let serial = try #require(first["users"][0]["certificate"]["serialNumber"].string)
        #expect(second.stdout.contains("taro@example.org (laptop)"))
        #expect(second.stdout.contains(serial))
    }

    @Test("A file that is there is refused before anything is signed; --force replaces it")
    func existing() throws {
        let place = try Place(.open)
        try place.run(["issue-client", "taro@example.org", "--out", place.out])
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(["issue-client", "taro@example.org", "--out", place.out]), status: 73,
                saying: "\(place.out)/taro@example.org.p12", "--force")
        }
        try place.run([
            "issue-client", "taro@example.org", "--out", place.out, "--force", "--password-file", place.passwordFile,
        ])
        _ = try contents("\(place.out)/taro@example.org.p12", password: Place.password)
    }

    @Test("Without --out the file goes where one is, and the mode of that directory stays")
    func here() throws {
        let place = try Place(.open)
        let mode = place.tree.mode("")
        try place.run(["issue-client", "taro@example.org"])
        #expect(place.tree.mode("taro@example.org.p12") == 0o600)
        #expect(place.tree.mode("") == mode)
    }

    @Test(
        "Options that contradict each other are refused with status 64",
        arguments: [
            ["a@example.org", "b@example.org", "--name", "Two"], ["a@example.org", "--compat", "--format", "pem"],
            ["a@example.org", "--password-file", "password", "--format", "pem"], [],
            ["a@example.org", "--days", "many"],
            ["a@example.org", "--key", "rsa-512"], ["a@example.org", "--days", "0"],
            ["a@example.org", "--days", "99999999999"],
        ])
    func contradictions(_ arguments: [String]) throws {
        let place = try Place(.open)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["issue-client"] + arguments)
            #expect(outcome.status == 64, "\(outcome.everything)")
            #expect(outcome.stdout == "")
        }
    }

    @Test("What cannot be shown is not lost in silence: a standard output that is full is an error")
    func fullOutput() throws {
        let place = try Place(.open)
        let outcome = try place.mailca(
            ["issue-client", "taro@example.org", "--out", place.out],
            under: ["sh", "-c", "exec \"$@\" >/dev/full", "sh"])
        #expect(outcome.status == 74, "\(outcome.everything)")
        #expect(outcome.stderr.contains("mailca: error: "))
    }
}
