import Foundation
import TestSupport
import Testing

@Suite("mailca deploy", .onThreads)
struct DeployCommandTests {
    private static let servers = ["sendmail", "postfix", "exim", "dovecot", "opensmtpd", "cyrus"]

    /// A CA, a server's certificate, and Exim's files beside it.
    private func place(_ arguments: [String] = []) throws -> Place {
        let place = try Place(.open)
        // Exim reads as a user of its own.
        chmod(place.path, 0o755)
        try place.run(["issue-server", "mx.example.org"])
        try place.run(["deploy", "exim"] + arguments)
        return place
    }

    private func fingerprint(_ path: String) throws -> String {
        let text = try CertificateFile.openssl(["x509", "-in", path, "-noout", "-fingerprint", "-sha256"])
        return (text.split(separator: "=").last ?? "").filter(\.isHexDigit).lowercased()
    }

    private func issue(_ user: String, in place: Place) throws -> String {
        try place.run(["issue-client", user, "--format", "pem", "--out", place.out])
        return try fingerprint("\(place.out)/\(user).pem")
    }

    private func clients(_ place: Place) throws -> [String] {
        try place.read("etc/certs/exim.clients").split(separator: "\n").map(String.init)
    }

    @Test(
        "For every server and purpose it prints lines that name the directory, and writes nothing", arguments: servers)
    func prints(server: String) throws {
        let place = try Place(.open)
        let before = place.tree
        var texts: Set<String> = []
        for purpose in ["encryption", "relay", "demand", "password-or-certificate"] {
            let text = try place.run(["deploy", server, "--print", "--purpose", purpose]).stdout
            #expect(text.contains("\(place.certs)/cert.pem"), "\(text)")
            #expect(text.contains("\(place.certs)/privkey.pem"), "\(text)")
            #expect(text.hasPrefix("# /etc/"), "\(text)")
            texts.insert(text)
        }
        #expect(texts.count == 4)
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("Who is issued a certificate is on the list at once, and who is revoked is not")
    func list() throws {
        let place = try place()
        #expect(try clients(place) == [])
        let taro = try issue("taro@example.org", in: place)
        let hanako = try issue("hanako@example.org", in: place)
        #expect(try clients(place) == [taro, hanako])
        try place.run(["revoke", "taro@example.org"])
        #expect(try clients(place) == [hanako])
        try place.write("jiro@example.org\nsabu@example.org\n", to: "users.csv")
        try place.run([
            "issue-client", "--from", place.file("users.csv"), "--format", "pem", "--out", place.file("users/more"),
        ])
        #expect(try clients(place).count == 3)
        // The key is for root alone, as nobody named a group.
        #expect(try place.errors() == ["exim.key.unreadable"])
    }

    @Test("With --relay listed --user only that one's certificates are on the list")
    func listed() throws {
        let place = try place(["--relay", "listed", "--user", "Taro@example.org"])
        let taro = try issue("taro@example.org", in: place)
        _ = try issue("hanako@example.org", in: place)
        #expect(try clients(place) == [taro])
        try place.run(["deploy", "exim", "--relay", "all"])
        #expect(try clients(place).count == 2)
    }

    @Test("Sendmail's access map names the listed users, as Sendmail looks them up")
    func sendmailListed() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        try place.run(["deploy", "sendmail", "--relay", "listed"])
        _ = try issue("taro@example.org", in: place)
        let map = try place.read("etc/certs/sendmail.access")
        #expect(map.contains("CertIssuer:/CN=Example+20Mail+20CA\tSUBJECT\n"), "\(map)")
        #expect(map.contains("CertSubject:/CN=taro@example.org"), "\(map)")
        try place.run(["revoke", "taro@example.org"])
        #expect(try !place.read("etc/certs/sendmail.access").contains("taro"))
    }

    @Test("A second time nothing is written; without a name everything that is missing comes back")
    func again() throws {
        let place = try place()
        let before = Tree(place.certs)
        #expect(try place.run(["deploy", "exim"]).stdout.hasPrefix("Everything is up to date.\n"))
        #expect(Tree(place.certs).changes(since: before) == [])
        for name in ["exim.clients", "crl.pem"] { try FileManager.default.removeItem(atPath: "\(place.certs)/\(name)") }
        #expect(try place.mailca(["verify"]).status == 1)
        let outcome = try place.run(["deploy"])
        #expect(outcome.stdout.contains("0644  \(place.certs)/exim.clients"), "\(outcome.stdout)")
        #expect(Tree(place.certs).listing == before.listing)
    }

    @Test("A dry run shows the same files and makes none")
    func dryRun() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let before = place.tree
        let planned = try place.run(["deploy", "exim", "--dry-run"]).stdout
        #expect(planned.hasPrefix("Would write:\n  0644  \(place.certs)/exim.clients\n"), "\(planned)")
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("A group may read the key where it was asked for, also the next one")
    func keyGroup() throws {
        let group = try #require(Self.otherGroup)
        let place = try place(["--key-group", group])
        #expect(Tree(place.certs).mode("privkey.pem") == 0o640)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(place.certs)/privkey.pem")
        #expect(attributes[.groupOwnerAccountName] as? String == group)
        let verified = try place.verify()
        #expect(verified.status == 0, "\(verified.everything)")
        try place.run(["rekey", "mx.example.org"])
        #expect(Tree(place.certs).mode("privkey.pem") == 0o640)
        let beside = try place.run(["deploy", "sendmail"]).stdout
        #expect(beside.contains("GroupReadableKeyFile"), "\(beside)")
        #expect(try place.verify().stdout.contains("[sendmail.key.shared]"))
    }

    /// A group that a key may be given to: any for root, and for others one of their own.
    private static var otherGroup: String? {
        geteuid() == 0 ? "mail" : getgrgid(getegid()).map { String(cString: $0.pointee.gr_name) }
    }

    @Test("A group that is not there is refused with what to do, and nothing changes")
    func missingGroup() throws {
        let place = try place()
        let before = Tree(place.certs)
        let outcome = try place.mailca(["deploy", "exim", "--key-group", "nosuchgroup"])
        #expect(outcome.status == 66)
        #expect(outcome.stderr.contains("groupadd --system nosuchgroup"), "\(outcome.stderr)")
        #expect(Tree(place.certs).changes(since: before) == [])
    }

    @Test("A server that cannot be told: status 69, and the files are what they were, to the byte and the file")
    func rollback() throws {
        let place = try place()
        _ = try issue("taro@example.org", in: place)
        try FileManager.default.removeItem(atPath: "\(place.certs)/exim.clients")
        let before = Tree(place.certs)
        // Neither runs here; Sendmail's would be found by the number in a file.
        let outcome = try place.mailca(["deploy", "cyrus", "exim", "--reload"])
        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains("the files are as they were before"), "\(outcome.stderr)")
        #expect(Tree(place.certs).changes(since: before) == [])
        #expect(try !place.run(["audit"]).stdout.contains("cyrus"))
    }

    @Test("OpenSMTPD cannot be told of a revocation: it is said when deploying and when revoking")
    func openSMTPD() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        #expect(try place.run(["deploy", "opensmtpd"]).stdout.contains("cannot be told of a revocation"))
        _ = try issue("taro@example.org", in: place)
        let outcome = try place.run(["revoke", "taro@example.org"])
        #expect(outcome.stdout.contains("OpenSMTPD cannot be told of a revocation"), "\(outcome.stdout)")
        #expect(!outcome.stdout.contains("Sendmail"))
    }

    @Test("With --prefix a tree is made for another machine, and kept up to date")
    func prefix() throws {
        let place = try Place(.open)
        let image = place.file("users/image")
        try place.run(["deploy", "exim", "--prefix", image])
        let there = image + place.certs
        #expect(FileManager.default.fileExists(atPath: "\(there)/cacert.pem"))
        let lines = try place.run(["deploy", "exim", "--prefix", image, "--print"]).stdout
        #expect(lines.contains(" \(place.certs)/cert.pem"), "\(lines)")
        _ = try issue("taro@example.org", in: place)
        #expect(try String(contentsOfFile: "\(there)/exim.clients", encoding: .utf8).count == 65)
    }

    @Test("Where two truths meet in an image it is said when deploying: policy, chroot, key, demand, user's name")
    func warnings() throws {
        let place = try Place(.open)
        let image = place.file("users/image")
        try place.run(["deploy", "exim", "--prefix", image])
        func write(_ text: String, to path: String) throws {
            let url = URL(fileURLWithPath: "\(image)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: false, encoding: .utf8)
        }
        func warnings() throws -> String {
            try place.run(["deploy", "opensmtpd", "dovecot", "--prefix", image, "--json"]).stdout
        }
        // Of a policy that only the DNS knows it is said once.
        #expect(try warnings().contains("if your domain publishes an MTA-STS policy"))
        let quiet = try warnings()
        #expect(!quiet.contains("MTA-STS") && !quiet.contains("chroot") && !quiet.contains("on port 25"), "\(quiet)")
        try write("mode: enforce\n", to: "var/www/html/.well-known/mta-sts.txt")
        try write(
            try String(contentsOfFile: image + place.certs + "/cacert.pem", encoding: .utf8),
            to: "var/empty/etc/ssl/cert.pem")
        try write("listen on egress tls verify pki x\n", to: "etc/smtpd.conf")
        try write("ssl_cert_username_field = emailAddress\n", to: "etc/dovecot/local.conf")
        try write(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            to: "\(place.certs)/privkey.pem")
        let said = try warnings().replacing("\\/", with: "/")
        for text in [
            "mta-sts.txt publishes an MTA-STS policy (mode: enforce)", "var/empty/etc/ssl/cert.pem is a copy",
            "OpenSMTPD demands a certificate of everybody on port 25", "ssl_cert_username_field = emailAddress",
            "privkey.pem is encrypted",
        ] {
            #expect(said.contains(text), "\(text): \(said)")
        }
    }

    @Test("The kind of Postfix's maps is what an image's main.cf names, or what was asked for")
    func mapType() throws {
        let place = try Place(.open)
        try FileManager.default.createDirectory(
            atPath: place.file("users/image/etc/postfix"), withIntermediateDirectories: true)
        func lines(_ arguments: [String] = []) throws -> String {
            try place.run(["deploy", "postfix", "--print", "--prefix", place.file("users/image")] + arguments).stdout
        }
        #expect(try lines().contains("check_ccert_access hash:"))
        try place.write("alias_maps = lmdb:/etc/aliases\n", to: "users/image/etc/postfix/main.cf")
        #expect(try lines().contains("check_ccert_access lmdb:"))
        try place.write("default_database_type = cdb\n", to: "users/image/etc/postfix/main.cf")
        #expect(try lines().contains("check_ccert_access cdb:"))
        #expect(try place.mailca(["deploy", "exim", "--map-type", "cdb"]).status == 64)
        #expect(try place.mailca(["deploy", "postfix", "--map-type", "dbm"]).status == 64)
    }

    @Test("For an image of another system the lines are for the files that it has")
    func places() throws {
        let place = try Place(.open)
        for folder in ["usr/local/etc/postfix", "etc/exim"] {
            try FileManager.default.createDirectory(
                atPath: place.file("users/image/\(folder)"), withIntermediateDirectories: true)
        }
        try place.write("", to: "users/image/etc/exim/exim.conf")
        let arguments = ["--print", "--prefix", place.file("users/image")]
        #expect(
            try place.run(["deploy", "postfix"] + arguments).stdout.hasPrefix("# /usr/local/etc/postfix/main.cf\n"))
        #expect(try place.run(["deploy", "exim"] + arguments).stdout.hasPrefix("# /etc/exim/exim.conf\n"))
    }

    @Test(
        "A configuration that mailca cannot change is not touched, and it is said what to do",
        arguments: ["exim", "opensmtpd", "cyrus"])
    func notConfigurable(server: String) throws {
        let place = try Place(.open)
        let before = place.tree
        let outcome = try place.mailca(["deploy", server, "--apply-config"])
        #expect(outcome.status == 64)
        #expect(outcome.stderr.contains("mailca deploy \(server) --print"), "\(outcome.stderr)")
        #expect(place.tree.changes(since: before) == [])
    }

    @Test(
        "What cannot be meant is refused with status 64",
        arguments: [
            ["deploy", "qmail"], ["deploy", "--print"], ["deploy", "exim", "--user", "a@example.org"],
            ["deploy", "--apply-config"], ["deploy", "postfix", "--apply-config", "--print"],
            ["deploy", "postfix", "--apply-config", "--prefix", "/mnt"], ["undeploy"], ["undeploy", "qmail"],
            ["undeploy", "exim", "--prefix", "/mnt", "--reload"],
            ["deploy", "exim", "--prefix", "/mnt", "--reload"], ["deploy", "exim", "--purpose", "spam"],
        ])
    func usage(arguments: [String]) throws {
        let place = try Place(.open)
        #expect(try place.mailca(arguments).status == 64)
    }
}
