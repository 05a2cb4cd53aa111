import Foundation
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import TestSupport
import Testing

@Suite("LiveProbe, with servers that do as they should", .onIdleThreads, .timed)
struct LiveProbeTests {
    private static let outsider = try? EmailAddress("someone@elsewhere.test")
    private let server: Identity
    private let user: TLSCredentials

    init() throws { (server, user, _) = try Identity.pair() }

    private func attempt() throws -> Attempt {
        Attempt(as: user.certificate, recipient: try #require(Self.outsider))
    }

    @Test("In every protocol TLS is reached, and what the server shows is seen", arguments: MailService.Kind.allCases)
    func everyProtocol(_ kind: MailService.Kind) throws {
        let scripted = try ScriptedServer(kind.opening + [kind.answers()], tls: server.tls)
        let seen = try LiveProbe(kind, scripted).look()
        #expect(seen.end == nil)
        #expect(seen.session?.certificates.first == server.certificate)
        #expect(seen.session?.version == .tls13)
        #expect(seen.session?.asksForCertificate == true)
        #expect(seen.security == (kind.isSecureFromTheStart ? .fromTheStart : .offered))
        #expect(seen.greeting?.isPositive == true)
        #expect(seen.address?.port == scripted.port)
        #expect(seen.admission == nil)
    }

    @Test("A certificate lets its owner in, and without one nobody is", arguments: MailService.Kind.allCases)
    func admission(_ kind: MailService.Kind) throws {
        for direct in [true, false] {
            let scripted = try ScriptedServer(kind.opening + [kind.answers(direct: direct)], tls: server.tls)
            var probe = try LiveProbe(kind, scripted)
            probe.attempt = try attempt()
            let nobody = probe.look()
            probe.credentials = user
            let taro = probe.look()
            #expect(nobody.end == nil)
            #expect(taro.end == nil)
            guard let right = kind.right else {
                #expect(taro.admission == nil)
                continue
            }
            #expect(nobody.admission?.isGranted == false)
            #expect(nobody.admission?.isRefused == true)
            #expect(taro.admission?.isGranted == true, "\(taro)")
            #expect(taro.admission?.right == right)
        }
    }

    @Test("A certificate that the server does not know is refused in the handshake, and that is seen")
    func stranger() throws {
        let stranger = try Identity(names: [.rfc822Name("taro@example.org")], usage: [.clientAuth])
        for versions in [["TLSv1_2"], ["TLSv1_3"]] {
            var tls = server.tls
            tls.versions = versions
            let scripted = try ScriptedServer(
                MailService.Kind.smtp.opening + [MailService.Kind.smtp.answers()], tls: tls)
            var probe = try LiveProbe(.smtp, scripted)
            probe.credentials = stranger.credentials
            let seen = probe.look()
            #expect(seen.end?.failure.alert != nil, "\(seen)")
            #expect(seen.end?.stage == (versions == ["TLSv1_2"] ? .handshake : .talking))
        }
    }

    @Test("Mail is not sent, and the sender is the one in the certificate")
    func noMail() throws {
        let scripted = try ScriptedServer(
            MailService.Kind.smtps.opening + [
                .hear("EHLO"), .say("250 hello\r\n"), .hear("MAIL FROM:<taro@example.org>"), .say("250 ok\r\n"),
                .hear("RCPT TO:<someone@elsewhere.test>"), .say("450 4.2.1 later\r\n"), .hear("RSET"),
                .say("250 ok\r\n"), .hear("QUIT"), .close,
            ], tls: server.tls)
        var probe = try LiveProbe(.smtps, scripted)
        probe.attempt = try attempt()
        let admission = try #require(probe.look().admission)
        #expect(admission.reply.description == "450 4.2.1 later")
        #expect(!admission.isGranted)
        #expect(!admission.isRefused)
    }

    @Test(
        "A recipient that is refused for its own sake says nothing about the client",
        arguments: [
            ("550 5.7.1 no", true), ("550 5.1.2 no such host", false), ("554 no", true),
            ("550-5.7.1 a\r\n550 5.7.1 b", true),
            ("530 5.7.0 TLS first", true), ("250 fine", false), ("nonsense", true), ("451 4.7.1 greylisted", false),
        ])
    func refusals(_ reply: String, _ isRefused: Bool) throws {
        let scripted = try ScriptedServer(
            MailService.Kind.smtps.opening + [
                .answer([
                    "EHLO": [.say("250 x\r\n")], "MAIL": [.say("250 x\r\n")], "RCPT": [.say("\(reply)\r\n")],
                    "RSET": [.say("250 x\r\n")], "QUIT": [.close],
                ])
            ], tls: server.tls)
        var probe = try LiveProbe(.smtps, scripted)
        probe.attempt = try attempt()
        #expect(probe.look().admission?.isRefused == isRefused)
    }

    @Test("An expected certificate is found, another one is named, and nobody there is said")
    func expecting() throws {
        let scripted = try ScriptedServer(
            MailService.Kind.smtp.opening + [MailService.Kind.smtp.answers()], tls: server.tls)
        let probe = try LiveProbe(.smtp, scripted)
        try probe.expect(server.certificate, within: .seconds(5))
        let other = try Identity().certificate
        let error = #expect(throws: MailCAError.self) { try probe.expect(other, within: .milliseconds(300)) }
        #expect(error?.code == .serviceUnavailable)
        #expect(error?.message.contains("\(server.certificate.serialNumber)") == true, "\(String(describing: error))")
        var nobody = probe
        nobody.service = MailService(.smtp, probe.service.name, port: try ScriptedServer([]).port)
        let start = Date()
        #expect(throws: MailCAError.self) { try nobody.expect(other, within: .milliseconds(300)) }
        #expect(Date().timeIntervalSince(start) < 2)
        // The first that somebody listens at decides.
        try LiveProbe.expect(server.certificate, of: [nobody, probe], within: .seconds(5))
        #expect(throws: MailCAError.self) { try LiveProbe.expect(other, of: [nobody, nobody], within: .zero) }
    }

    @Test("A server that comes late is waited for")
    func late() throws {
        let port = try ScriptedServer([]).port
        var probe = LiveProbe(
            MailService(.smtp, try ServerName("mail.example.org"), port: port), host: "127.0.0.1", timeout: .seconds(1))
        #expect(throws: MailCAError.self) { try probe.expect(server.certificate, within: .zero) }
        let scripted = try ScriptedServer([.stall])
        probe.service = MailService(.smtp, probe.service.name, port: scripted.port)
        let start = Date()
        #expect(throws: MailCAError.self) { try probe.expect(server.certificate, within: .seconds(1)) }
        #expect(Date().timeIntervalSince(start) < 3.5)
    }

    @Test("The servers of this machine are looked at on its own addresses, by the certificate's name")
    func local() throws {
        let probes = LiveProbe.local(.postfix, serving: server.certificate)
        #expect(
            probes.prefix(2).map { "\($0.service) \($0.host ?? "")" } == [
                "smtp://mail.example.org 127.0.0.1", "smtp://mail.example.org ::1",
            ])
        #expect(LiveProbe.local(.dovecot, serving: server.certificate).first?.service.kind == .imap)
        #expect(MailServer.allCases.allSatisfy { !LiveProbe.local($0, serving: server.certificate).isEmpty })
    }
}
