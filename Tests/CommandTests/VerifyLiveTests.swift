import Foundation
import TestSupport
import Testing

@Suite("mailca verify, of running servers", .onIdleThreads, .timed)
struct VerifyLiveTests {
    /// A place with a CA, a server's pair and a user's file.
    private func place() throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        try place.run(["issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile])
        return place
    }

    /// A server with the files of a place.
    private func server(_ place: Place, _ steps: [ScriptedServer.Step]? = nil) throws -> ScriptedServer {
        let tls = ScriptedServer.TLS(
            certificate: "\(place.certs)/cert.pem", key: "\(place.certs)/privkey.pem",
            authority: "\(place.certs)/cacert.pem")
        return try ScriptedServer(steps ?? Self.smtp, tls: tls)
    }

    private static let smtp: [ScriptedServer.Step] = [
        .say("220 mail.example.org ESMTP\r\n"), .hear("EHLO"), .say("250-x\r\n250 STARTTLS\r\n"), .hear("STARTTLS"),
        .say("220 go\r\n"), .tls,
        .answer([
            "EHLO": [.say("250 x\r\n")], "MAIL": [.say("250 x\r\n")], "RSET": [.say("250 x\r\n")], "QUIT": [.close],
            "RCPT": [.known([.say("250 2.1.5 Ok\r\n")], unknown: [.say("550 5.7.1 Relaying denied\r\n")])],
        ]),
    ]

    private func verify(
        _ place: Place, _ server: ScriptedServer, host: String = "mail.example.org", _ more: [String] = []
    ) throws -> Command.Outcome {
        try place.mailca(
            ["verify", "smtp://\(host):\(server.port)", "--connect", "127.0.0.1", "--timeout", "5"] + more)
    }

    @Test("A server with nothing wrong has nothing wrong, and is described")
    func sound() throws {
        let place = try place()
        let outcome = try verify(place, server(place))
        #expect(outcome.status == 0, "\(outcome.everything)")
        // Python has no way to name the CA when it asks.
        #expect(
            outcome.stdout.contains("[live.asks-for-any]") && outcome.stdout.contains("0 errors, 0 warnings, 1 note."))
        #expect(outcome.stdout.contains("TLSv1.3, TLS_AES_256_GCM_SHA384, asks for certificates; CN=mail.example.org"))
    }

    @Test("A server that was not told of its new certificate is found out")
    func forgotten() throws {
        let place = try place()
        let server = try server(place)
        try place.run(["renew", "mail.example.org"])
        let outcome = try verify(place, server)
        #expect(outcome.status == 1, "\(outcome.everything)")
        #expect(outcome.stdout.contains("[live.other-certificate]"))
        #expect(outcome.stdout.contains("mend: mailca deploy --reload"))
    }

    @Test("A server under another name, and one of another CA, are found out")
    func wrong() throws {
        let place = try place()
        let server = try server(place)
        let name = try verify(place, server, host: "other.example.org", [])
        #expect(name.status == 1)
        #expect(name.stdout.contains("[live.name]"), "\(name.everything)")
        let other = try Place(.offlineRoot)
        let foreign = try verify(place, server, ["--ca", "\(other.home)/ca/root.pem"])
        #expect(foreign.status == 1)
        #expect(foreign.stdout.contains("[live.untrusted]"), "\(foreign.everything)")
    }

    @Test("What cannot be reached, or does not answer, has a status of its own, and with other errors theirs")
    func unreachable() throws {
        let place = try place()
        let gone = try server(place).port
        let line = ["verify", "smtp://127.0.0.1:\(gone)"]
        let outcome = try place.mailca(line)
        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stdout.contains("[live.unreachable]"))
        let silent = try server(place, [.stall])
        #expect(try place.mailca(["verify", "smtp://127.0.0.1:\(silent.port)", "--timeout", "1"]).status == 69)
        let plain = try server(place, [.say("220 x\r\n"), .hear("EHLO"), .say("250 x\r\n"), .close])
        let both = try place.mailca(line + ["smtp://127.0.0.1:\(plain.port)"])
        #expect(both.status == 1)
        #expect(both.stdout.contains("[live.no-tls]"))
        #expect(both.stdout.contains("[live.unreachable]"))
    }

    @Test("A user's certificate is put to the proof, with and without success")
    func client() throws {
        let place = try place()
        let server = try server(place)
        let taro = ["\(place.out)/taro@example.org.p12", "--client-password-file", place.passwordFile]
        let accepted = try verify(place, server, ["--client"] + taro)
        #expect(accepted.status == 0, "\(accepted.everything)")
        #expect(accepted.stdout.contains("[live.client-relays]"))
        let relays = try verify(place, server, ["--expect-refused"] + taro)
        #expect(relays.status == 1)
        #expect(relays.stdout.contains("[live.not-refused]"), "\(relays.everything)")
        let other = try Place(.offlineRoot)
        try other.run(["issue-client", "taro@example.org", "--out", other.out, "--password-file", place.passwordFile])
        let stranger = ["\(other.out)/taro@example.org.p12", "--client-password-file", place.passwordFile]
        let refused = try verify(place, server, ["--expect-refused"] + stranger)
        #expect(refused.status == 0, "\(refused.everything)")
        #expect(refused.stdout.contains("[live.client-is-refused]"))
        #expect(try verify(place, server, ["--client"] + stranger).status == 1)
    }

    @Test("Servers, directories and files go together, and the JSON says what was seen of each")
    func together() throws {
        let place = try place()
        let server = try server(place)
        let url = "smtp://mail.example.org:\(server.port)"
        let line = [place.certs, url, "\(place.certs)/cert.pem", "--connect", "127.0.0.1"]
        let json = try JSON(place.mailca(["verify"] + line + ["--json"]).stdout)
        #expect(json["subjects"].strings == [place.certs, url, "\(place.certs)/cert.pem"])
        #expect(json["services"].count == 1)
        let service = json["services"][0]
        #expect(service["url"].string == url)
        #expect(service["address"].string == "127.0.0.1 port \(server.port)")
        #expect(service["version"].string == "TLSv1.3")
        #expect(service["asksForCertificate"].bool == true)
        #expect(service["chainLength"].number != nil)
        #expect(service["certificate"]["sha256"].string?.count == 64)
        #expect(service["greeting"].string == "220 mail.example.org ESMTP")
    }

    /// What is given, and the status.
    private static let refused: [(String, Int32)] = [
        ("http://mail.example.org", 64), ("smtp://", 65), ("smtp://a%b", 65), ("smtp://127.0.0.1:1 --ca gone.pem", 66),
        ("smtp://127.0.0.1:1 --ca passphrase", 65), ("--ca gone.pem", 64),
        ("smtp://127.0.0.1:1 --client gone.p12", 66),
        ("smtp://127.0.0.1:1 --client passphrase --client-password-file passphrase", 65),
        ("smtp://127.0.0.1:1 --client users/out/taro@example.org.p12 --client-password-file passphrase", 77),
        ("smtp://127.0.0.1:1 --client users/out/taro@example.org.p12", 64),
        ("lmtp://127.0.0.1:1 --client users/out/taro@example.org.p12 --client-password-file password", 64),
        ("smtp://127.0.0.1:1 --timeout 0", 64), ("smtp://127.0.0.1:1 --source here", 65),
        ("smtp://127.0.0.1:1 --recipient nobody", 65),
    ]

    @Test("Wrong arguments are refused before anybody is talked to", arguments: refused)
    func refusals(_ line: String, _ status: Int32) throws {
        let place = try place()
        let outcome = try place.mailca(["verify"] + line.split(separator: " ").map(String.init))
        #expect(outcome.status == status, "\(outcome.everything)")
        #expect(outcome.stderr.hasPrefix("mailca: error: "))
    }

    @Test("Without a CA, one has to be named; a server that signs itself leads to its own file")
    func withoutAuthority() throws {
        let place = try Place()
        let environment = ["MAILCA_HOME": place.file("none")]
        func verify(_ arguments: [String]) throws -> Command.Outcome {
            try Command.mailca(
                ["verify", "--certs", place.certs] + arguments, environment: Place.plain.merging(environment) { $1 })
        }
        #expect(try verify(["smtp://127.0.0.1:1"]).status == 66)
        try place.run(["self-signed", "mail.example.org"])
        let tls = ScriptedServer.TLS(certificate: "\(place.certs)/cert.pem", key: "\(place.certs)/privkey.pem")
        let server = try ScriptedServer(Self.smtp, tls: tls)
        let outcome = try verify(["smtp://mail.example.org:\(server.port)", "--connect", "127.0.0.1"])
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(outcome.stdout.contains("[live.asks-for-none]"))
    }
}
