import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("TLSConnection, under TLS", .onIdleThreads, .timed)
struct TLSSessionTests {
    private let root: Issuer
    private let issuing: Issuer
    private let server: Issuer
    private let client: Issuer

    init() throws {
        root = try .root()
        issuing = try Issuer(.authority("Test Issuing", pathLength: 0), by: root)
        server = try Issuer(Self.current(.leaf(.serverAuth)), by: issuing)
        client = try Issuer(Self.current(.leaf(.clientAuth, .rfc822Name("taro@example.org"))), by: issuing)
    }

    /// Valid today: OpenSSL's server goes by the clock.
    private static func current(_ draft: Draft) -> Draft {
        var draft = draft
        draft.validity = Validity(notBefore: Date().addingTimeInterval(-day), days: 90)
        return draft
    }

    @Test("The chain is seen as it was sent, and lines go to and fro")
    func chain() throws {
        let secure = try SecureServer(server, chain: [issuing.certificate])
        let connection = try secure.connect()
        let session = try #require(connection.session)
        #expect(session.certificates == [server.certificate, issuing.certificate])
        #expect(session.version == .tls13)
        #expect(session.version.description == "TLSv1.3")
        #expect(session.cipher.hasPrefix("TLS_"))
        #expect(!session.asksForCertificate)
        #expect(session.authorities.isEmpty)
        #expect(session.stapledResponse == nil)
        #expect(try connection.ask("hello") == "olleh")
        let long = String(repeating: "0123456789", count: 700)
        #expect(try connection.ask(long) == String(long.reversed()))
        let again = #expect(throws: TLSConnection.Failure.self) { try connection.startTLS(TLSOffer()) }
        #expect(again?.reason == .system)
    }

    @Test("A chain that is not good is seen like any other")
    func unverified() throws {
        var draft = try Draft.leaf(.clientAuth, .dnsName("other.test"))
        draft.validity = Validity(notBefore: now.addingTimeInterval(-3_650 * day), days: 1)
        let bad = try Issuer(draft)
        #expect(try SecureServer(bad).connect().session?.certificates == [bad.certificate])
    }

    @Test(
        "Every version is spoken, and which one is told",
        arguments: [
            (TLSVersion.tls10, "-tls1"), (.tls11, "-tls1_1"), (.tls12, "-tls1_2"), (.tls13, "-tls1_3"),
        ])
    func versions(_ version: TLSVersion, _ option: String) throws {
        let secure = try SecureServer(server, [option, "-cipher", "DEFAULT:@SECLEVEL=0"])
        do {
            // The server talks to one at a time.
            let connection = try secure.connect()
            #expect(connection.session?.version == version)
            #expect(try connection.ask("ab") == "ba")
        }
        let others =
            version == .tls13 ? TLSVersion.tls10 ... .tls12 : version < .tls12 ? .tls12 ... .tls13 : .tls13 ... .tls13
        let failure = #expect(throws: TLSConnection.Failure.self) { try secure.connect(TLSOffer(versions: others)) }
        #expect(failure?.reason == .tls)
        #expect(failure?.alert == 70, "\(failure.map { "\($0)" } ?? "")")
    }

    @Test("Weak keys and signatures are seen, where the system's own settings would refuse them")
    func weak() throws {
        let weak = try Issuer(Draft("mail.example.org", key: .rsa2048))
        let secure = try SecureServer(weak, ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"])
        #expect(try secure.connect().session?.cipher == "AES128-SHA")
    }

    @Test("A request for a certificate is seen, with the CAs that it names", arguments: ["-tls1_2", "-tls1_3"])
    func request(_ version: String) throws {
        let authorities = Array((root.certificate.pem + issuing.certificate.pem).utf8)
        let secure = try SecureServer(
            server, [version, "-verify", "3", "-CAfile", "@ca.pem"], files: ["ca.pem": authorities])
        let connection = try secure.connect()
        #expect(try connection.ask("ab") == "ba")
        let session = try #require(connection.session)
        #expect(session.asksForCertificate)
        #expect(
            Set(session.authorities) == [try root.certificate.subject(), try issuing.certificate.subject()])
    }

    @Test("A certificate is shown with its chain where it is demanded", arguments: ["-tls1_2", "-tls1_3"])
    func credentials(_ version: String) throws {
        let secure = try SecureServer(
            server, [version, "-Verify", "3", "-verify_return_error", "-CAfile", "@ca.pem"],
            files: ["ca.pem": Array(root.certificate.pem.utf8)])
        let shown = TLSCredentials(certificate: client.certificate, key: client.key, chain: [issuing.certificate])
        let connection = try secure.connect(TLSOffer(credentials: shown))
        #expect(connection.session?.asksForCertificate == true)
        #expect(try connection.ask("ab") == "ba")
    }

    @Test(
        "A refused certificate, or none where one is demanded, is told by the server's alert",
        arguments: ["-tls1_2", "-tls1_3"])
    func refused(_ version: String) throws {
        let stranger = try Issuer(
            Self.current(.leaf(.clientAuth, .rfc822Name("taro@example.org"))), by: .root("Other Root"))
        let secure = try SecureServer(
            server, [version, "-Verify", "3", "-verify_return_error", "-CAfile", "@ca.pem"],
            files: ["ca.pem": Array(root.certificate.pem.utf8)])
        // Of TLS 1.3 one learns it with the first answer.
        let foreign = #expect(throws: TLSConnection.Failure.self) {
            let shown = TLSCredentials(certificate: stranger.certificate, key: stranger.key)
            _ = try secure.connect(TLSOffer(credentials: shown)).ask("ab")
        }
        #expect(foreign?.reason == .tls)
        #expect(foreign?.alert == 48, "\(foreign.map { "\($0)" } ?? "")")
        let nobody = #expect(throws: TLSConnection.Failure.self) { _ = try secure.connect().ask("ab") }
        #expect(nobody?.alert == (version == "-tls1_3" ? 116 : 40), "\(nobody.map { "\($0)" } ?? "")")
    }

    @Test("A key of another certificate is refused before anything is sent")
    func mismatch() throws {
        let secure = try SecureServer(server)
        let shown = TLSCredentials(certificate: client.certificate, key: server.key)
        let failure = #expect(throws: TLSConnection.Failure.self) {
            try secure.connect(TLSOffer(credentials: shown))
        }
        #expect(failure?.reason == .system)
    }

    @Test("A stapled response is seen")
    func staple() throws {
        // A response that says no more than that the request was malformed.
        let response: [UInt8] = [0x30, 3, 0x0a, 1, 1]
        let secure = try SecureServer(server, ["-status_file", "@staple.der"], files: ["staple.der": response])
        #expect(try secure.connect().session?.stapledResponse == response)
    }

    @Test("The server name is told, so that the server can choose")
    func serverName() throws {
        let other = try Issuer(.leaf(.serverAuth, .dnsName("other.test")), by: root)
        let secure = try SecureServer(
            server, ["-servername", "other.test", "-cert2", "@other.pem", "-key2", "@other.key"],
            files: ["other.pem": Array(other.certificate.pem.utf8), "other.key": Array(try other.key.plainText().utf8)])
        #expect(try secure.connect().session?.certificates.first == server.certificate)
        #expect(
            try secure.connect(TLSOffer(serverName: "other.test")).session?.certificates.first == other.certificate)
    }

    @Test("Under TLS a line without an end, and one that stalls, are given up as before")
    func bounds() throws {
        let scratch = try Scratch()
        try scratch.write(Array(server.certificate.pem.utf8), "cert.pem")
        try scratch.write(Array(try server.key.plainText().utf8), "key.pem")
        let tls = ScriptedServer.TLS(certificate: scratch.path("cert.pem"), key: scratch.path("key.pem"))
        for (steps, reason) in [
            ([ScriptedServer.Step.tls, .flood(0)], TLSConnection.Failure.Reason.tooLong),
            ([.tls, .stall], .timedOut), ([.tls, .drip(0.05)], .timedOut), ([.tls, .close], .closed),
            ([.tls, .reset], .closed),
        ] {
            let scripted = try ScriptedServer(steps, tls: tls)
            let start = Date()
            let failure = #expect(throws: TLSConnection.Failure.self) {
                let connection = try TLSConnection(
                    host: "127.0.0.1", port: scripted.port, deadline: Deadline(in: .seconds(1)))
                try connection.startTLS(TLSOffer())
                _ = try connection.readLine()
            }
            #expect(failure?.reason == reason)
            #expect(Date().timeIntervalSince(start) < 2.5)
        }
    }
}
