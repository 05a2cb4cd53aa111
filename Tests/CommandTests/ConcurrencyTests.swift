import Foundation
import TestSupport
import Testing

@Suite("Commands at the same time", .onThreads)
struct ConcurrencyTests {
    /// Starts all of them, then waits for all.
    private func together(_ lines: [[String]], in place: Place) throws -> [(status: Int32, text: String)] {
        let output = try TemporaryDirectory()
        let children = try lines.enumerated().map { number, arguments in
            try Child(
                [Command.mailcaPath] + arguments + place.places, directory: place.path,
                streams: .files(input: nil, output: output.file("\(number).out"), errors: output.file("\(number).err")))
        }
        return try children.enumerated().map { number, child in
            let status = try child.wait().status
            return (status, try output.read("\(number).out") + output.read("\(number).err"))
        }
    }

    @Test("Eight users' certificates from one home: all are made, each with a number of its own that the ledger has")
    func clients() throws {
        let place = try Place(.open)
        let results = try together(
            (0..<8).map {
                ["issue-client", "user\($0)@example.org", "--out", place.out, "--password-file", place.passwordFile]
            }, in: place)
        for result in results { #expect(result.status == 0, "\(result.text)") }
        let serials = try (0..<8).map { try CertificateFile.serials("\(place.out)/user\($0)@example.org.p12")[0] }
        #expect(Set(serials).count == 8)
        let states = try Ledger(home: place.home).states()
        #expect(states.count == 9)
        #expect(serials.allSatisfy { states[$0] == "issued" })
        try Aftermath(place).expectWhole()
    }

    @Test("Several servers' pairs into one directory: every old pair is kept, and the last one fits together")
    func servers() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let results = try together((0..<6).map { _ in ["issue-server", "mx.example.org", "--force"] }, in: place)
        for result in results { #expect(result.status == 0, "\(result.text)") }
        let names = Tree(place.certs).names
        #expect(names.filter { $0.hasPrefix("privkey.pem.") }.count == 6)
        #expect(names.filter { $0.hasPrefix("cert.pem.") }.count == 6)
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
        try Aftermath(place).expectWhole()
        #expect(try place.mailca(["verify"]).status == 0)
    }

    @Test("Servers and users at once")
    func mixed() throws {
        let place = try Place(.open)
        let lines = (0..<4).flatMap { number in
            [
                [
                    "issue-client", "user\(number)@example.org", "--out", place.out, "--password-file",
                    place.passwordFile,
                ],
                ["issue-server", "mx.example.org", "--force"], ["verify", "\(place.home)/ca/root.pem"],
            ]
        }
        for result in try together(lines, in: place) { #expect(result.status == 0, "\(result.text)") }
        try Aftermath(place).expectWhole()
        #expect(try place.mailca(["verify"]).status == 0)
    }

    @Test("Several init-ca on one home make one CA; the others find it, and it stays as it was made", arguments: 0..<3)
    func authorities(_ round: Int) throws {
        let place = try Place()
        let results = try together(
            (0..<4).map { ["init-ca", "CA number \($0)", "--domain", "example.org", "--no-passphrase"] }, in: place)
        #expect(results.filter { $0.status == 0 }.count == 1, "\(results.map(\.text))")
        for result in results where result.status != 0 { #expect([73, 75].contains(result.status), "\(result.text)") }
        #expect(try Ledger(home: place.home).states().values.filter { $0 == "issued" }.count == 1)
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.home)/ca/root.key", certificate: "\(place.home)/ca/root.pem"))
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile])
        try Aftermath(place).expectWhole()
    }

    @Test("Several self-signed on one directory: one pair is made, the others find it")
    func pairs() throws {
        let place = try Place()
        let results = try together((0..<5).map { _ in ["self-signed", "mx.example.org"] }, in: place)
        #expect(results.filter { $0.status == 0 }.count == 1, "\(results.map(\.text))")
        for result in results where result.status != 0 { #expect(result.status == 73, "\(result.text)") }
        #expect(Tree(place.certs).names.count == 3)
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"))
    }

    @Test("Several for one user into one directory: who comes later finds the file, and overwrites nobody's")
    func oneUser() throws {
        let place = try Place(.open)
        let results = try together(
            (0..<5).map { _ in
                ["issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile]
            }, in: place)
        let made = results.filter { $0.status == 0 }
        #expect(
            made.count == 1,
            "each of \(made.count) commands said that its file is there, and there is one: \(results.map(\.text))")
        for result in results where result.status != 0 { #expect(result.status == 73, "\(result.text)") }
        try Aftermath(place).expectWhole()
    }
}
