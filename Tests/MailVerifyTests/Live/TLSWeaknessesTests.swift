import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

@testable import MailVerify

@Suite("Old versions and weak ciphers of a running server", .onIdleThreads, .timed)
struct TLSWeaknessesTests {
    private let server: Identity

    init() throws { server = try Identity() }

    private func look(
        _ kind: MailService.Kind, versions: [String], ciphers: String = "DEFAULT", timeout: Duration = .seconds(10)
    ) throws -> Observation {
        var tls = server.tls
        tls.versions = versions
        tls.ciphers = "\(ciphers):@SECLEVEL=0"
        let scripted = try ScriptedServer(kind.opening + [kind.answers()], tls: tls)
        let probe = try LiveProbe(kind, scripted, timeout: timeout)
        var seen = probe.look()
        probe.askForWeaknesses(&seen)
        return seen
    }

    @Test("In every protocol a server of today has neither", arguments: MailService.Kind.allCases)
    func sound(_ kind: MailService.Kind) throws {
        let seen = try look(kind, versions: ["TLSv1_2", "TLSv1_3"])
        #expect(seen.weaknesses == TLSWeaknesses(), "\(seen)")
    }

    @Test(
        "What is spoken beside the newest version is found",
        arguments: [
            (["TLSv1", "TLSv1_3"], [TLSVersion.tls11, .tls10]), (["TLSv1_1", "TLSv1_2"], [.tls11]),
            (["TLSv1_1", "TLSv1_1"], []),
            (["TLSv1", "TLSv1_1"], [.tls10]),
        ])
    func versions(_ versions: [String], _ expected: [TLSVersion]) throws {
        for kind in [MailService.Kind.smtp, .imaps] {
            let seen = try look(kind, versions: versions)
            #expect(seen.weaknesses?.versions == expected, "\(seen)")
            #expect(seen.weaknesses?.newest == nil)
        }
    }

    @Test("Of each weakness the suite that the server would take is found")
    func ciphers() throws {
        let seen = try look(.smtp, versions: ["TLSv1_2", "TLSv1_3"], ciphers: "ALL:eNULL:aNULL")
        #expect(seen.weaknesses?.suites.compactMap(\.weakness).sorted() == [.noEncryption, .anonymous])
    }

    @Test("One with whom no TLS of today comes about is asked what it speaks instead")
    func ancient() throws {
        // The messages of a server that has SSL 3.0 and RC4 alone, whatever it is asked.
        let hello = [22, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0] + [UInt8](repeating: 7, count: 32) + [0, 0, 5, 0]
        let scripted = try ScriptedServer(MailService.Kind.smtp.opening.dropLast() + [.gulp, .bytes(hello), .stall])
        let probe = try LiveProbe(.smtp, scripted, timeout: .seconds(3))
        var seen = probe.look()
        probe.askForWeaknesses(&seen)
        #expect(seen.end?.stage == .handshake)
        #expect(seen.weaknesses == TLSWeaknesses(newest: .ssl3, versions: [.ssl3], suites: [CipherSuite(5)]), "\(seen)")
    }

    @Test(
        "One that takes whatever it likes is asked no more than nine times, and one that stalls costs one conversation")
    func bounded() throws {
        // It claims TLS 1.1 for every version: that is no answer to who asks for less.
        let hello = [22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2] + [UInt8](repeating: 7, count: 32) + [0, 0, 5, 0]
        let liar = try ScriptedServer([.gulp, .bytes(hello), .stall])
        let probe = try LiveProbe(.imaps, liar, timeout: .seconds(3))
        var seen = Observation(probe.service)
        seen.session = TLSSession(version: .tls13, cipher: "x", certificates: [])
        let start = Date()
        probe.askForWeaknesses(&seen)
        #expect(seen.weaknesses == TLSWeaknesses(versions: [.tls11], suites: [CipherSuite(5)]))
        #expect(Date().timeIntervalSince(start) < 3)

        let stalling = try ScriptedServer([.stall])
        let silent = try LiveProbe(.imaps, stalling, timeout: .milliseconds(400))
        let before = Date()
        silent.askForWeaknesses(&seen)
        #expect(seen.weaknesses?.end?.reason == .timedOut)
        #expect(Date().timeIntervalSince(before) < 1.5)
        withExtendedLifetime(stalling) {}
    }

    @Test("A server's own line is what mends it, where it says which server it is")
    func remedies() throws {
        for (greeting, part) in [
            ("220 mail.example.org ESMTP Postfix (Debian/GNU)", "postconf"),
            ("220 x ESMTP Exim 4.96", "tls_require_ciphers"),
            ("* OK Dovecot (Debian) ready.", "ssl_min_protocol"), ("220 x ESMTP OpenSMTPD", "smtpd.conf"),
            ("220 x ESMTP Sendmail 8.17.1", "sendmail.mc"), ("* OK x Cyrus IMAP 3.6 server ready", "imapd.conf"),
            ("220 x ready", "docs/verify.md"),
        ] {
            var seen = Observation(try MailService(url: "smtp://mail.example.org"))
            seen.greeting = ServerReply(.yes, [greeting])
            seen.weaknesses = TLSWeaknesses(versions: [.tls10], suites: [CipherSuite(0x18)])
            let findings = LiveCheck(anchors: [server.certificate]).weaknessFindings(seen, "x")
            #expect(findings.map(\.id) == ["live.old-protocol-beside", "live.weak-cipher"])
            #expect(findings[0].remedy.contains(part), "\(findings[0].remedy)")
        }
    }
}
