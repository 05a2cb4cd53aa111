import Foundation
import MailLayouts
import TestSupport
import Testing

/// What OpenSMTPD 7.4 does with the files that `mailca` writes and the lines that it prints.
@Suite(.onThreads) struct OpenSMTPDTests {
    private static let visited = KeptUntilEnd<Setup, Visited<OpenSMTPD>> { setup in
        try Visited(setup) { authority, _ in try OpenSMTPD.start(authority) }
    }

    @Test("The CA's certificate verifies the server's and its host name, and no other name", arguments: Setup.all)
    func serverVerified(setup: Setup) throws {
        let server = try Self.visited[setup].server

        let seen = try server.converse(port: 25)
        #expect(seen.offersSTARTTLS && seen.verified, "\(seen)\n\(server.log)")
        #expect(seen.tlsVersion == "TLSv1.3")
        #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))

        let other = try server.converse(port: 25, serverName: "other.example.org")
        #expect(other.verifyError?.contains("Hostname mismatch") == true, "\(other)")
    }

    @Test("A certificate of our CA relays on the port of submission, and on no other", arguments: Setup.all)
    func relaysForOurs(setup: Setup) throws {
        let visited = try Self.visited[setup]
        let (server, taro) = (visited.server, visited.taro)

        let seen = try server.converse(as: taro)
        #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.log)")
        expectLogged(#"cert-check result="verified""#, by: server)

        #expect(try server.converse(port: 25, as: taro).recipient?.code == 550, "\(server.log)")
    }

    @Test("A stranger's TLS is ended where a certificate is demanded", arguments: Setup.all, Stranger.allCases)
    func stranger(setup: Setup, who: Stranger) throws {
        let visited = try Self.visited[setup]

        expectEnded(try visited.server.converse(as: visited.shown(by: who)), visited.server)
    }

    @Test("Where a certificate is demanded nothing goes without TLS")
    func noTLS() throws {
        let server = try start(Setup(key: "ec-p256", hasIssuingCA: false)).server

        #expect(try server.converse(options: "--plain").sender?.code == 530, "\(server.log)")
    }

    @Test("A revoked certificate goes on relaying until it expires, even after a restart", arguments: Setup.all)
    func revokedRelays(setup: Setup) throws {
        let (server, taro) = try start(setup)

        try server.authority.revoke()
        try server.restart()

        #expect(try server.converse(as: taro).recipient?.code == 250, "\(server.log)")
    }

    @Test("With the rule that only listed ones relay, nobody does: they cannot be told apart", arguments: [587, 465])
    func listed(port: Int) throws {
        let policy = port == 587 ? ClientPolicy.relay : .demand
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false), policy, .listed)

        #expect(try server.converse(port: port, as: taro).recipient?.code == 550, "\(server.log)")
    }

    @Test("No TLS session is resumed", arguments: ["1.2", "1.3"])
    func notResumed(tls: String) throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false))

        let seen = try server.resume(as: taro, tls: tls)
        #expect(!seen.resumed && seen.recipient?.code == 250, "\(seen)\n\(server.log)")
    }

    @Test("A renewed certificate of the server's is served after a restart, and not before", arguments: Setup.all)
    func renewed(setup: Setup) throws {
        let (server, taro) = try start(setup)
        let certificate = "\(server.authority.certs)/cert.pem"
        let before = try certificateSHA256(of: certificate)

        try server.authority.renewServer()
        #expect(try server.converse(port: 25).certificateSHA256 == before)
        try server.restart()

        let seen = try server.converse(as: taro)
        #expect(try seen.certificateSHA256 == certificateSHA256(of: certificate))
        #expect(seen.certificateSHA256 != before)
        #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.log)")
    }

    @Test("HUP ends the daemon")
    func hangUp() throws {
        let server = try start(Setup(key: "ec-p256", hasIssuingCA: false)).server
        _ = try server.converse(port: 25)

        #expect(try !server.survivesHUP())
        expectLogged("unexpected signal", by: server)
    }

    @Test("With the policy of encryption there is STARTTLS on port 25, and nobody relays by certificate")
    func encryption() throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false), .encryption)

        let seen = try server.converse(port: 25, as: taro)
        #expect(seen.verified && seen.recipient?.code == 550, "\(seen)\n\(server.log)")
    }

    @Test("A port that demands a certificate takes nobody without one, and port 25 asks for none", arguments: Setup.all)
    func demanded(setup: Setup) throws {
        let (server, taro) = try start(setup, .demand)

        let ours = try server.converse(port: 465, as: taro)
        #expect(ours.verified && ours.recipient?.code == 250, "\(ours)\n\(server.log)")
        for shown in [nil, try Authority(setup, isOther: true).issueClient(), server.authority.serverCredentials] {
            expectEnded(try server.converse(port: 465, as: shown), server)
        }
        #expect(try server.converse(port: 25, as: taro).recipient?.code == 550, "\(server.log)")
    }

    @Test("By password or by certificate: each on a port of its own, under TLS alone")
    func passwordOrCertificate() throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false), .passwordOrCertificate)

        #expect(try server.converse(port: 465, as: taro).recipient?.code == 250, "\(server.log)")
        let known = try server.converse(options: "--login", "taro:secret")
        #expect(known.login?.code == 235 && known.recipient?.code == 250, "\(known)\n\(server.log)")
        let wrong = try server.converse(options: "--login", "taro:wrong")
        #expect(wrong.login?.code == 535 && wrong.sender?.code == 530, "\(wrong)\n\(server.log)")
        let open = try server.converse(options: "--login", "taro:secret", "--plain")
        #expect(open.login?.code == 503 && open.sender?.code == 530, "\(open)\n\(server.log)")
        #expect(try server.converse(as: taro).sender?.code == 530, "\(server.log)")
    }

    @Test("smtpd -n looks at modes, owner and presence, and not whether the key is the certificate's")
    func configurationCheck() throws {
        let server = try start(Setup(key: "ec-p256", hasIssuingCA: false)).server

        for mode in ["0600", "0640"] { #expect(try server.accepts("chmod \(mode) privkey.pem"), "\(mode)") }
        for mode in ["0644", "0660"] { #expect(try !server.accepts("chmod \(mode) privkey.pem"), "\(mode)") }
        #expect(try server.accepts("chmod 0600 privkey.pem"))
        for file in ["cert.pem", "cacert.pem"] {
            #expect(try !server.accepts("chmod 0664 \(file)"))
            #expect(try server.accepts("chmod 0644 \(file)"))
            #expect(try !server.accepts("mv \(file) away"))
            #expect(try server.accepts("mv away \(file)"))
        }
        #expect(try !server.accepts("chown opensmtpd privkey.pem"))
        #expect(try server.accepts("chown root privkey.pem"))
        #expect(try !server.accepts("mv privkey.pem away"))
        #expect(try server.accepts("openssl ecparam -name prime256v1 -genkey -noout -out privkey.pem"))
    }

    /// Starts OpenSMTPD for a CA of that kind, with a certificate of one person.
    private func start(
        _ setup: Setup, _ policy: ClientPolicy = .relay, _ relay: RelayRule = .all
    ) throws -> (server: OpenSMTPD, taro: Credentials) {
        let authority = try Authority(setup)
        _ = try authority.issueServer()
        let taro = try authority.issueClient()
        return (try OpenSMTPD.start(authority, policy, relay), taro)
    }

    /// The server ended TLS before anything was said.
    private func expectEnded(
        _ seen: Conversation, _ server: OpenSMTPD, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(seen.error != nil && seen.sender == nil, "\(seen)\n\(server.log)", sourceLocation: location)
        expectLogged("handshake failed", by: server, at: location)
    }
}
