import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Where the CA's passphrase comes from", .onThreads)
struct PassphraseTests {
    /// Whether the CA's key opens with the passphrase of the place.
    private func opens(_ place: Place) throws -> Bool {
        try Command.run(
            "openssl",
            ["pkey", "-in", "\(place.home)/ca/root.key", "-noout", "-passin", "file:\(place.passphraseFile)"]
        ).status == 0
    }

    private let start = ["init-ca", "--domain", "example.org"]

    @Test("From the first line of a file, whatever ends it", arguments: ["\n", "", "\r\n", "\nsecond line\n"])
    func file(_ ending: String) throws {
        let place = try Place()
        try place.write(Place.passphrase + ending, to: "own")
        chmod(place.file("own"), 0o600)
        let outcome = try place.run(start + ["--passphrase-file", place.file("own")])
        #expect(outcome.stderr == "")
        #expect(try opens(place))
    }

    @Test("From a descriptor, which may be a pipe")
    func descriptor() throws {
        let place = try Place()
        let script = "printf '%s\\n' '\(Place.passphrase)' | \"$@\" --passphrase-fd 0"
        let outcome = try place.mailca(start, under: ["sh", "-c", script, "sh"])
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(try opens(place))
    }

    @Test("From the file that MAILCA_PASSPHRASE_FILE names")
    func environment() throws {
        let place = try Place()
        try place.run(start, environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile])
        #expect(try opens(place))
        try place.run(
            ["issue-client", "taro@example.org", "--out", place.out],
            environment: ["MAILCA_PASSPHRASE_FILE": place.passphraseFile])
    }

    @Test("From the credential that systemd gives a service")
    func credential() throws {
        let place = try Place()
        try FileManager.default.createDirectory(atPath: place.file("credentials"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: place.passphraseFile, toPath: place.file("credentials/mailca-passphrase"))
        try place.run(start, environment: ["CREDENTIALS_DIRECTORY": place.file("credentials")])
        #expect(try opens(place))
    }

    @Test("From a terminal, twice and without echo, and again until both are the same")
    func terminal() throws {
        let place = try Place()
        let terminal = try TerminalSession([Command.mailcaPath] + start + place.places, directory: place.path)
        try terminal.expect("passphrase for the CA's key: ")
        terminal.type("\n")
        try terminal.expect("empty")
        try terminal.expect("passphrase for the CA's key: ")
        terminal.type(Place.passphrase + "\n")
        try terminal.expect("again: ")
        terminal.type("mistyped-\u{7f}\n")
        try terminal.expect("not the same")
        try terminal.expect("passphrase for the CA's key: ")
        terminal.type("korrektur\u{15}" + Place.passphrase + "xx\u{7f}\u{7f}\r")
        try terminal.expect("again: ")
        terminal.type(Place.passphrase + "\n")
        #expect(try terminal.end().status == 0, "\(terminal.screen)")
        #expect(terminal.screen.contains("Made the CA example.org Mail CA"))
        for secret in ["korrekt", "Pferd", "batterie", "mistyped"] {
            #expect(!terminal.screen.contains(secret), "what was typed is shown: \(terminal.screen)")
        }
        #expect(try opens(place))
    }

    @Test("A terminal asks once for the passphrase of a CA that is there")
    func terminalOnce() throws {
        let place = try Place(.locked)
        let terminal = try TerminalSession(
            [Command.mailcaPath, "issue-client", "taro@example.org", "--out", place.out] + place.places,
            directory: place.path)
        try terminal.expect("Passphrase of the CA")
        terminal.type(Place.passphrase + "\n")
        #expect(try terminal.end().status == 0, "\(terminal.screen)")
        #expect(!terminal.screen.contains("Pferd"))
        #expect(Tree(place.out).names == ["taro@example.org.p12"])
    }

    @Test("Ctrl-C at the prompt ends it with nothing made and the echo on again", arguments: ["\u{03}", "\u{04}"])
    func interrupted(_ key: String) throws {
        let place = try Place()
        let before = place.tree
        let shell = "\"$@\"; echo \"status $?\"; stty -a"
        let terminal = try TerminalSession(
            ["sh", "-c", shell, "sh", Command.mailcaPath] + start + place.places, directory: place.path)
        try terminal.expect("passphrase for the CA's key: ")
        terminal.type("half a passphr" + key)
        #expect(try terminal.end().status == 0)
        #expect(terminal.screen.contains("status 64"), "\(terminal.screen)")
        #expect(terminal.screen.contains("mailca: error: "))
        #expect(terminal.screen.contains(" echo "), "stty says that the echo is off: \(terminal.screen)")
        #expect(place.tree.changes(since: before) == [])
    }

    @Test("Without a terminal and any of these, a new CA is refused, with every way to give one")
    func noneForNew() throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(
                try place.mailca(start), status: 64, saying: "--passphrase-file", "--passphrase-fd",
                "MAILCA_PASSPHRASE_FILE",
                "--no-passphrase")
        }
    }

    @Test(
        "Without a terminal and any of these, a locked CA signs nothing",
        arguments: [
            ["issue-server", "mx.example.org"], ["issue-client", "taro@example.org"],
        ])
    func noneForOld(_ arguments: [String]) throws {
        let place = try Place(.locked)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(arguments)
            expectRefusal(outcome, status: 64, saying: "--passphrase-file", "MAILCA_PASSPHRASE_FILE")
            #expect(!outcome.stderr.contains("--no-passphrase"), "no such option here")
        }
    }

    @Test(
        "An empty passphrase, no such file and no such descriptor are refused",
        arguments: [
            (["--passphrase-file", "/dev/null"], Int32(64), "/dev/null"), (["--passphrase-file", "gone"], 66, "gone"),
            (["--passphrase-fd", "0"], 64, "descriptor 0"),
        ])
    func badSources(_ options: [String], _ status: Int32, _ word: String) throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            expectRefusal(try place.mailca(start + options), status: status, saying: word)
        }
    }

    @Test("A descriptor that is not open is refused")
    func closedDescriptor() throws {
        let place = try Place()
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(start + ["--passphrase-fd", "99"])
            #expect([64, 66, 74].contains(outcome.status))
            expectRefusal(outcome, status: outcome.status, saying: "descriptor 99")
        }
    }

    @Test("A passphrase file that others can read is used, with a warning")
    func readableFile() throws {
        let place = try Place()
        chmod(place.passphraseFile, 0o644)
        let outcome = try place.run(start + ["--passphrase-file", place.passphraseFile])
        #expect(outcome.stderr.contains("mailca: warning: \(place.passphraseFile) can be read by other users"))
        #expect(try opens(place))
    }

    @Test("A CA whose key is not encrypted asks for nothing")
    func notEncrypted() throws {
        let place = try Place(.open)
        let outcome = try place.run(["issue-client", "taro@example.org", "--out", place.out])
        #expect(outcome.stderr == "")
    }

    @Test(
        "A wrong passphrase changes nothing",
        arguments: [
            ["issue-server", "mx.example.org"], ["issue-client", "taro@example.org"],
            ["issue-client", "taro@example.org", "--format", "pem"],
        ])
    func wrong(_ arguments: [String]) throws {
        let place = try Place(.locked)
        try place.write(Place.passphrase + " \n", to: "wrong")
        chmod(place.file("wrong"), 0o600)
        try expectNothingChanges(in: place) {
            let outcome = try place.mailca(arguments + ["--passphrase-file", place.file("wrong")])
            expectRefusal(outcome, status: 77, saying: "passphrase", "\(place.home)/ca/root.key")
        }
    }
}
