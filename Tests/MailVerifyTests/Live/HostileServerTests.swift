import Foundation
import MailCA
import MailVerify
import OpenSSLKit
import TestSupport
import Testing

@Suite("LiveProbe, with servers that do as they should not", .onIdleThreads, .timed)
struct HostileServerTests {
    typealias Step = ScriptedServer.Step
    private static let opening = MailService.Kind.smtp.opening
    private let server: Identity

    init() throws { server = try Identity() }

    /// What is seen of a server, which has to take less than its time and a bit.
    private func look(_ kind: MailService.Kind, _ steps: [Step], within time: Duration = .seconds(5)) throws
        -> Observation
    {
        let scripted = try ScriptedServer(steps, tls: server.tls)
        let probe = try LiveProbe(kind, scripted, timeout: time)
        let start = Date()
        let seen = probe.look()
        #expect(Date().timeIntervalSince(start) < Double(time.components.seconds) + 4)
        return seen
    }

    /// Every step of every protocol's opening that the server says something in, or begins TLS.
    private static let steps: [(MailService.Kind, Int)] = MailService.Kind.allCases.flatMap { kind in
        kind.opening.indices.filter { index in
            switch kind.opening[index] {
            case .say, .tls: true
            default: false
            }
        }.map { (kind, $0) }
    }

    @Test("One that stalls, at whichever step, costs no more than the time given", arguments: steps)
    func stalls(_ kind: MailService.Kind, _ step: Int) throws {
        let seen = try look(kind, kind.opening.prefix(step) + [.stall], within: .seconds(2))
        #expect(seen.end?.failure.reason == .timedOut, "\(seen)")
        #expect(seen.end?.stage != .connecting)
    }

    @Test("One that closes, at whichever step, is said to have closed", arguments: steps)
    func closes(_ kind: MailService.Kind, _ step: Int) throws {
        for last in [Step.close, .reset] {
            let seen = try look(kind, kind.opening.prefix(step) + [last])
            #expect(seen.end?.failure.reason == .closed, "\(seen)")
        }
    }

    @Test("A line of a megabyte, or without end, is given up, at whichever step", arguments: steps)
    func floods(_ kind: MailService.Kind, _ step: Int) throws {
        if case .tls = kind.opening[step] { return }
        for count in [1 << 20, 0] {
            let seen = try look(kind, kind.opening.prefix(step) + [.flood(count)])
            #expect(seen.end?.failure.reason == .tooLong, "\(seen)")
        }
    }

    @Test("An answer with lines without end is given up")
    func endlessAnswer() throws {
        for (kind, line) in [(MailService.Kind.smtp, "220-x\r\n"), (.sieve, "\"X\" \"y\"\r\n")] {
            let seen = try look(kind, [.say(String(repeating: line, count: 5_000)), .stall])
            #expect(seen.end?.failure.reason == .tooLong, "\(seen)")
        }
    }

    @Test(
        "What comes with the word that TLS may begin is not taken for the server's",
        arguments: [
            "220 go\r\n250 injected\r\n", "220 go\r\n250-", "220 go\r\n220 go\r\n",
        ])
    func injection(_ text: String) throws {
        let seen = try look(.smtp, Self.opening.prefix(4) + [.say(text), .tls, .stall])
        #expect(seen.end?.failure.reason == .unexpectedInput)
        #expect(seen.end?.stage == .handshake)
        #expect(seen.session == nil)
    }

    @Test("A server that gives TLS up before the client's first word, in the words of TLS, is no stranger in between")
    func givenUp() throws {
        let alert: [UInt8] = [21, 3, 1, 0, 2, 2, 70]
        for steps in [
            [Step.bytes(Array("220 go\r\n".utf8) + alert), .stall], [.say("220 go\r\n"), .bytes(alert), .stall],
        ] {
            let scripted = try ScriptedServer(Self.opening.prefix(4) + steps)
            let probe = try LiveProbe(.smtp, scripted)
            var seen = probe.look()
            probe.askForWeaknesses(&seen)
            #expect(seen.end?.stage == .handshake)
            #expect(seen.end?.failure.alert == 70, "\(seen)")
            #expect(seen.weaknesses == TLSWeaknesses(), "\(seen)")
        }
        // What comes after it is no TLS either, and nobody's answer.
        let more = Array("220 go\r\n".utf8) + [21, 3, 1, 0, 2, 1, 90] + Array("250 injected\r\n".utf8)
        let seen = try look(.smtp, Self.opening.prefix(4) + [.bytes(more), .stall])
        #expect(seen.end?.stage == .handshake)
        #expect(seen.session == nil)
    }

    @Test("STARTTLS and then no TLS is said as what it is")
    func garbage() throws {
        let seen = try look(.smtp, Self.opening.prefix(5) + [.gulp, .say("500 what was that?\r\n"), .stall])
        #expect(seen.end?.failure.reason == .tls)
        #expect(seen.end?.stage == .handshake)
        #expect(seen.security == .offered)
        let plain = try look(.imaps, [.gulp, .say("* OK in plain\r\n"), .stall])
        #expect(plain.end?.failure.reason == .tls)
    }

    @Test("A server that offers no TLS, or takes it back, is asked for nothing more")
    func noTLS() throws {
        let silent = try look(.smtp, [.say("220 x\r\n"), .hear("EHLO"), .say("250 x\r\n"), .hear("QUIT"), .close])
        #expect(silent.security == .notOffered)
        #expect(silent.end == nil)
        // As Postfix does without its key.
        let broken = try look(
            .smtp, Self.opening.prefix(4) + [.say("454 4.7.0 TLS not available\r\n"), .hear("QUIT"), .close])
        #expect(broken.security == .refused(ServerReply(.later, ["454 4.7.0 TLS not available"])))
        let busy = try look(.smtp, [.say("421 too busy\r\n"), .close])
        #expect(busy.greeting?.verdict == .later)
        #expect(busy.security == nil)
        // A word that only begins so is no offer.
        let almost = try look(.smtp, [.say("220 x\r\n"), .hear("EHLO"), .say("250-x\r\n250 STARTTLSNOT\r\n"), .stall])
        #expect(almost.security == .notOffered)
    }

    @Test("What a server says cannot move a terminal's cursor")
    func controlCharacters() throws {
        let seen = try look(.smtp, [.say("554 \u{1b}[2Jgone\u{7}\r\n"), .close])
        let shown = try #require(seen.greeting?.description)
        #expect(shown.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "\(shown)")
        #expect(
            try look(.smtp, [.say("554 \(String(repeating: "x", count: 3_000))\r\n")]).greeting?.description.count
                == 201)
    }
}
