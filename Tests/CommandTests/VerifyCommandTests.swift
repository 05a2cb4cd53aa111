import Foundation
import TestSupport
import Testing

@Suite("mailca verify", .onThreads)
struct VerifyCommandTests {
    /// A place with a CA and a server's pair that has nothing wrong with it.
    private func sound() throws -> Place {
        let place = try Place(.locked)
        try place.run(["issue-server", "mx.example.org", "--passphrase-file", place.passphraseFile])
        return place
    }

    @Test("A sound directory and a sound CA have nothing wrong, and are not changed by looking")
    func nothingWrong() throws {
        let place = try sound()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["verify"])
            #expect(outcome.status == 0)
            #expect(outcome.stdout.hasPrefix("Looked at \(place.certs), \(place.home).\n"), "\(outcome.everything)")
            #expect(outcome.stderr == "")
        }
    }

    @Test(
        "What is wrong is said with its place and what mends it, and the status is 1",
        arguments: [
            ("chmod 0640 \"$certs/privkey.pem\"", "sendmail.key.group-readable", "chmod 0600 "),
            ("chmod 0777 \"$certs\"", "sendmail.directory.world-writable", "chmod go-w "),
            ("rm \"$certs/crl.pem\"", "crl.pem", "mailca "),
            (
                "openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out \"$certs/privkey.pem\"",
                "pair.mismatch", "--force"
            ),
            ("rm \"$certs/\"*.r0", ".r0", "mailca "),
            ("chmod 0644 \"$home/ca/root.key\"", "home.key-mode", "chmod 0600 "),
            ("chmod 0755 \"$home\"", "home.mode", "chmod 0700 "),
            (
                "cp \"$home/ca/root.key\" \"$certs/copy.pem\"; openssl pkey -in \"$certs/copy.pem\" -passin \"file:$passphrase\" -out \"$certs/copy.pem.open\"; chmod 0644 \"$certs/copy.pem.open\"",
                "key.stray", "chmod 0600 "
            ),
        ])
    func findings(_ script: String, _ id: String, _ remedy: String) throws {
        let place = try sound()
        let damage = try Command.run(
            "sh", ["-c", script],
            environment: ["certs": place.certs, "home": place.home, "passphrase": place.passphraseFile])
        #expect(damage.status == 0, "\(damage.everything)")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["verify"])
            #expect(outcome.status == 1, "\(outcome.everything)")
            #expect(outcome.stdout.contains("\nerror: "))
            #expect(outcome.stdout.contains(id), "\(outcome.stdout)")
            #expect(outcome.stdout.contains(/\n  mend: [^\n]/))
            #expect(outcome.stdout.contains(remedy), "\(outcome.stdout)")
            #expect(outcome.stderr == "")
        }
    }

    @Test("A directory is looked at as the servers read it that are named, or else that it is deployed for")
    func servers() throws {
        let place = try sound()
        let sendmail = try place.mailca(["verify", place.certs])
        #expect(sendmail.stdout.contains("\nDirectories as Sendmail would read them.\n"), "\(sendmail.everything)")
        let both = try place.mailca(["verify", place.certs, "--for", "postfix", "--for", "dovecot"])
        #expect(both.status == 1)
        #expect(both.stdout.contains("\nDirectories as Postfix, Dovecot would read them.\n"), "\(both.everything)")
        #expect(both.stdout.contains("[postfix.map.missing]"), "\(both.everything)")
        #expect(!both.stdout.contains("Sendmail"), "\(both.everything)")
        try place.run(["deploy", "dovecot"])
        let deployed = try place.mailca(["verify", place.certs])
        #expect(deployed.stdout.contains("\nDirectories as Dovecot would read them.\n"), "\(deployed.everything)")
        #expect(deployed.status == 0, "\(deployed.everything)")
        let unknown = try place.mailca(["verify", place.certs, "--for", "qmail"])
        #expect(unknown.status == 64)
        #expect(unknown.stderr.contains("sendmail") && unknown.stderr.contains("opensmtpd"), "\(unknown.everything)")
    }

    @Test("Only what was asked for is looked at")
    func targets() throws {
        let place = try sound()
        chmod(place.home, 0o755)
        #expect(try place.mailca(["verify"]).status == 1)
        let directory = try place.mailca(["verify", place.certs])
        #expect(directory.status == 0, "\(directory.everything)")
        let files = try place.mailca(["verify", "\(place.certs)/cert.pem", "\(place.certs)/crl.pem"])
        #expect(files.status == 0, "\(files.everything)")
        #expect(files.stdout.hasPrefix("Looked at \(place.certs)/cert.pem, \(place.certs)/crl.pem.\n"))
    }

    @Test(
        "A target that is not there, or is nothing of the kind, is an error of its own",
        arguments: [
            ("gone.pem", Int32(66)), ("passphrase", 65), ("var", 1), ("/dev/null", 65), ("half.pem", 65),
        ])
    func badTargets(_ name: String, _ status: Int32) throws {
        let place = try sound()
        let certificate = try String(contentsOfFile: "\(place.certs)/cert.pem", encoding: .utf8)
        try place.write(String(certificate.prefix(300)), to: "half.pem")
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(["verify", name])
            #expect(outcome.status == status, "\(outcome.everything)")
            #expect(outcome.everything.contains(name))
            if status != 1 { expectRefusal(outcome, status: status, saying: name) }
        }
    }

    @Test("An ordinary user without a CA can check a directory")
    func withoutAuthority() throws {
        let place = try sound()
        let outcome = try Command.mailca(
            ["verify", "--certs", place.certs],
            environment: Place.plain.merging(["MAILCA_HOME": place.file("none")]) { $1 })
        #expect(outcome.status == 0, "\(outcome.everything)")
    }

    @Test("A home that was named and has no CA is said")
    func namedHomeIsNotThere() throws {
        let place = try Place()
        try place.run(["self-signed", "mail.example.org"])
        expectRefusal(try place.mailca(["verify"]), status: 66, saying: place.home)
    }
}
