import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

@testable import MailVerify

@Suite("A user's certificate, put to the proof", .onIdleThreads, .timed)
struct ClientCheckTests {
    static let mistakes: [Mistake] = [
        proof("A certificate that relays", raises: ["live.client-relays"], .smtp) { $0.acceptance(of: $1.user) },
        proof("A certificate that was to be refused and relays", raises: ["live.not-refused"], .smtps) {
            $0.refusal(of: $1.user)
        },
        proof("A certificate of nobody's", raises: ["live.client-refused"], .submission) { check, _ in
            check.acceptance(of: try stranger())
        },
        proof("A certificate that is refused in the handshake, as it should", raises: ["live.client-is-refused"], .smtp)
        {
            check, _ in check.refusal(of: try stranger())
        },
        proof("A server that relays for everybody", raises: ["live.relays-anyway"], .smtp, relaying("250 2.1.5 Ok")) {
            $0.acceptance(of: $1.user)
        },
        proof(
            "A server that relays for everybody, also for one that was to be refused", raises: ["live.not-refused"],
            .smtp,
            relaying("250 2.1.5 Ok")
        ) { $0.refusal(of: $1.user) },
        proof(
            "A certificate that is known, and refused", raises: ["live.client-is-refused"], .smtp,
            relaying("554 5.7.1 Client certificate revoked")
        ) { $0.refusal(of: $1.user) },
        proof(
            "A recipient that is refused for its own sake", raises: ["live.refusal-unproved"], .smtp,
            relaying("550 5.1.2 No such domain")
        ) { $0.refusal(of: $1.user) },
        proof(
            "A server that has no time now", raises: ["live.client-refused"], .smtp, relaying("450 4.7.1 Greylisted")
        ) { $0.acceptance(of: $1.user) },
        proof("A server that asks for nothing", raises: ["live.client-refused"], .smtp, asks: false) {
            $0.acceptance(of: $1.user)
        },
        proof("A server that asks for nothing, and refuses", raises: ["live.refusal-unproved"], .smtp, asks: false) {
            $0.refusal(of: $1.user)
        },
        proof("A server that stalls", raises: ["live.refusal-unproved"], .smtp, .stall) { $0.refusal(of: $1.user) },
        proof("A certificate that logs in under any name", raises: ["live.logs-in-as-anyone"], .imap) {
            $0.acceptance(of: $1.user)
        },
        proof("A certificate that logs in as its owner", raises: ["live.client-logs-in"], .imaps, imap) {
            $0.acceptance(of: $1.user)
        },
        proof("A certificate that was to be refused and logs in", raises: ["live.not-refused"], .pop3) {
            $0.refusal(of: $1.user)
        },
    ]

    @Test("What comes of it is said", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("It is said who relays or logs in, as whom, and in the server's words")
    func words() throws {
        func message(_ kind: MailService.Kind, _ last: ScriptedServer.Step? = nil) throws -> String? {
            let people = try Identity.pair()
            let server = try ScriptedServer(kind.opening + [last ?? kind.answers()], tls: people.server.tls)
            return try Self.check(kind, server).acceptance(of: people.user).first?.message
        }
        #expect(
            try message(.smtp)
                == "taro@example.org may send to someone@elsewhere.test by the certificate, and without it one may not (250 2.1.5 Ok)"
        )
        #expect(
            try message(.imaps, Self.imap)
                == "the certificate of taro@example.org logs in, as taro@example.org and as no other (m2 OK Logged in)")
    }

    @Test("Where certificates have no meaning, none is tried")
    func lmtp() throws {
        let service = try MailService(url: "lmtp://localhost")
        let recipient = try EmailAddress("someone@elsewhere.test")
        let error = #expect(throws: MailCAError.self) { try ClientCheck(LiveProbe(service), recipient: recipient) }
        #expect(error?.code == .invalidParameters)
    }

    private static func proof(
        _ what: String, raises expected: Set<String>, _ kind: MailService.Kind, _ last: ScriptedServer.Step? = nil,
        asks: Bool = true,
        _ judge: @escaping @Sendable (ClientCheck, (server: Identity, user: TLSCredentials)) throws -> [Finding]
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let people = try Identity.pair()
            var tls = people.server.tls
            if !asks { tls.authority = nil }
            let server = try ScriptedServer(kind.opening + [last ?? kind.answers()], tls: tls)
            return try judge(check(kind, server), (people.server, people.user))
        }
    }

    private static func check(_ kind: MailService.Kind, _ server: ScriptedServer) throws -> ClientCheck {
        try ClientCheck(
            LiveProbe(kind, server, timeout: .seconds(2)), recipient: EmailAddress("someone@elsewhere.test"))
    }

    private static func stranger() throws -> TLSCredentials {
        try Identity(names: [.rfc822Name("taro@example.org")], usage: [.clientAuth]).credentials
    }

    /// One that answers every recipient so.
    private static func relaying(_ reply: String) -> ScriptedServer.Step {
        .answer([
            "EHLO": [.say("250 x\r\n")], "MAIL": [.say("250 x\r\n")], "RCPT": [.say("\(reply)\r\n")],
            "RSET": [.say("250 x\r\n")], "QUIT": [.close],
        ])
    }

    /// One that takes the owner's name and none for it, and no other.
    private static let imap = ScriptedServer.Step.answer([
        "CAPABILITY": [.say("* CAPABILITY IMAP4rev1 AUTH=EXTERNAL SASL-IR\r\n<TAG> OK done\r\n")],
        "AUTHENTICATE EXTERNAL =": [.known([.say("<TAG> OK Logged in\r\n")], unknown: [.say("<TAG> NO who?\r\n")])],
        "AUTHENTICATE EXTERNAL dGFyb0BleGFtcGxlLm9yZw==": [.say("<TAG> OK Logged in\r\n")],
        "AUTHENTICATE EXTERNAL b": [.say("<TAG> NO not you\r\n")], "LOGOUT": [.close],
    ])
}
