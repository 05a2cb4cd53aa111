import Foundation
import MailCA
import MailVerify
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport

/// A certificate and its key, as values and as the files of a scripted server. Valid today: servers go by the clock.
final class Identity: Sendable {
    let certificate: Certificate
    let key: PrivateKey
    let tls: ScriptedServer.TLS
    private let scratch: TemporaryDirectory

    /// - Parameters:
    ///   - issuer: nil for one that signs itself.
    ///   - chain: what is sent after it.
    ///   - authority: whose certificates are asked for.
    init(
        signedBy issuer: Authority.Member? = nil, names: [GeneralName] = [.dnsName("mail.example.org")],
        usage: [ExtendedKeyUsage] = [.serverAuth], validity: Validity = .today, chain: [Certificate] = [],
        asking authority: Certificate? = nil
    ) throws {
        (certificate, key) = try MailVerifyTests.certificate(
            signedBy: issuer, names: names, usage: usage, validity: validity)
        let scratch = try TemporaryDirectory()
        self.scratch = scratch
        try scratch.write(([certificate] + chain).map(\.pem).joined(), to: "cert.pem")
        try scratch.write(try key.text(), to: "key.pem")
        if let authority { try scratch.write(authority.pem, to: "ca.pem") }
        tls = ScriptedServer.TLS(
            certificate: scratch.file("cert.pem"), key: scratch.file("key.pem"),
            authority: authority.map { _ in scratch.file("ca.pem") })
    }

    /// A server's of a CA that was made today, with a user of it.
    static func pair() throws -> (server: Identity, user: TLSCredentials, root: Authority.Member) {
        let root = try rootOfToday()
        let server = try Identity(signedBy: root, asking: root.certificate)
        let user = try Identity(signedBy: root, names: [.rfc822Name("taro@example.org")], usage: [.clientAuth])
        return (server, user.credentials, root)
    }

    /// A CA that was made today.
    static func rootOfToday(_ name: String = "Example Mail CA") throws -> Authority.Member {
        let scratch = try TemporaryDirectory()
        var members: [Authority.Member] = []
        _ = try Authority.create(
            AuthorityParameters(name: name, domains: ["example.org"]),
            ledger: try SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite"))), keep: { members = $0 })
        return members[0]
    }

    var credentials: TLSCredentials { TLSCredentials(certificate: certificate, key: key) }
}

extension Validity {
    /// From yesterday, for 90 days.
    static var today: Validity { Validity(notBefore: Date().addingTimeInterval(-86_400), days: 90) }
}

extension MailService.Kind {
    /// What a good server says up to TLS, whether it comes first or not.
    var opening: [ScriptedServer.Step] {
        switch self {
        case .smtp, .submission, .lmtp:
            [
                .say("220-mail.example.org ESMTP\r\n220 welcome\r\n"), .hear(self == .lmtp ? "LHLO" : "EHLO"),
                .say("250-mail.example.org\r\n250-PIPELINING\r\n250-starttls\r\n250 HELP\r\n"), .hear("STARTTLS"),
                .say("220 2.0.0 Ready\r\n"), .tls,
            ]
        case .imap:
            [
                .say("* OK [CAPABILITY IMAP4rev1] ready\r\n"), .hear("m1 CAPABILITY"),
                .say("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n<TAG> OK done\r\n"), .hear("m2 STARTTLS"),
                .say("<TAG> OK begin\r\n"), .tls,
            ]
        case .pop3:
            [
                .say("+OK ready\r\n"), .hear("CAPA"), .say("+OK\r\nUIDL\r\nSTLS\r\n.\r\n"), .hear("STLS"),
                .say("+OK begin\r\n"), .tls,
            ]
        case .sieve:
            [
                .say("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n"), .hear("STARTTLS"),
                .say("OK \"begin\"\r\n"), .tls, .say("\"SASL\" \"EXTERNAL\"\r\nOK\r\n"),
            ]
        case .smtps: [.tls, .say("220 mail.example.org ESMTP\r\n")]
        case .imaps: [.tls, .say("* OK ready\r\n")]
        case .pop3s: [.tls, .say("+OK ready\r\n")]
        }
    }

    /// What it says to a client afterwards: it lets in whoever has shown a certificate.
    func answers(direct: Bool = true) -> ScriptedServer.Step {
        switch self {
        case .smtp, .submission, .smtps, .lmtp:
            .answer([
                "EHLO": [.say("250-mail.example.org\r\n250 HELP\r\n")], "LHLO": [.say("250 mail.example.org\r\n")],
                "MAIL FROM:": [.say("250 2.1.0 Ok\r\n")],
                "RCPT TO:": [
                    .known([.say("250 2.1.5 Ok\r\n")], unknown: [.say("550 5.7.1 Relaying denied\r\n")])
                ], "RSET": [.say("250 2.0.0 Ok\r\n")], "QUIT": [.close],
            ])
        case .imap, .imaps:
            .answer([
                "CAPABILITY": [
                    .say("* CAPABILITY IMAP4rev1 AUTH=EXTERNAL\(direct ? " SASL-IR" : "")\r\n<TAG> OK done\r\n")
                ],
                "AUTHENTICATE EXTERNAL": (direct ? [] : [.say("+ \r\n"), .gulp]) + [
                    .known([.say("<TAG> OK Logged in\r\n")], unknown: [.say("<TAG> NO who?\r\n")])
                ], "LOGOUT": [.close],
            ])
        case .pop3, .pop3s:
            .answer([
                "CAPA": [.say("+OK\r\nSASL EXTERNAL\r\n.\r\n")],
                "AUTH EXTERNAL": [.known([.say("+OK Logged in.\r\n")], unknown: [.say("-ERR who?\r\n")])],
                "QUIT": [.close],
            ])
        case .sieve:
            .answer([
                "AUTHENTICATE \"EXTERNAL\"": [.known([.say("OK \"in\"\r\n")], unknown: [.say("NO \"who?\"\r\n")])],
                "LOGOUT": [.close],
            ])
        }
    }
}

extension LiveProbe {
    /// For a server on loopback that is to be mail.example.org.
    init(_ kind: MailService.Kind, _ server: ScriptedServer, timeout: Duration = .seconds(5)) throws {
        self.init(
            MailService(kind, try ServerName("mail.example.org"), port: server.port), host: server.address,
            timeout: timeout)
    }
}
