import Foundation
import MailLayouts
import TestSupport
import Testing

/// What Debian's Exim does with the files that `mailca` writes and the lines that it prints.
@Suite(.onThreads) struct EximTests {
    /// Were the list of fingerprints forgotten for the strangers, the chain alone has to keep them out.
    private static let visited = KeptUntilEnd<Setup, Visited<Exim>> { setup in
        try Visited(setup) { authority, listed in try Exim.start(authority, listed: listed) }
    }

    @Test("The CA's certificate verifies the server's and its host name, and no other name", arguments: Setup.all)
    func serverVerified(setup: Setup) throws {
        let server = try Self.visited[setup].server

        let seen = try server.converse()
        #expect(seen.offersSTARTTLS && seen.verified, "\(seen)\n\(server.log)")
        #expect(seen.tlsVersion == "TLSv1.3")
        #expect(try seen.certificateSHA256 == certificateSHA256(of: "\(server.authority.certs)/cert.pem"))

        let other = try server.converse(serverName: "other.example.org")
        #expect(other.verifyError?.contains("Hostname mismatch") == true, "\(other)")
    }

    @Test("A certificate of our CA relays, on the ports of mail and submission", arguments: Setup.all)
    func relaysForOurs(setup: Setup) throws {
        let visited = try Self.visited[setup]
        let (server, taro) = (visited.server, visited.taro)

        for port in [25, 587] {
            let seen = try server.converse(port: port, as: taro)
            #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.log)")
        }
    }

    @Test("A stranger is encrypted and does not relay", arguments: Setup.all, Stranger.allCases)
    func stranger(setup: Setup, who: Stranger) throws {
        let visited = try Self.visited[setup]

        expectRefused(try visited.server.converse(as: visited.shown(by: who)))
    }

    @Test("A certificate of our CA that is not on the list does not relay", arguments: Setup.all)
    func notListed(setup: Setup) throws {
        let (server, taro) = try start(setup)
        let hanako = try server.authority.issueClient("hanako@example.org")

        expectRefused(try server.converse(as: hanako))
        try server.list([hanako])
        expectRefused(try server.converse(as: taro))
        #expect(try server.converse(as: hanako).recipient?.code == 250, "\(server.log)")
    }

    @Test("A revoked certificate does not relay any more, without a reload", arguments: Setup.all)
    func revoked(setup: Setup) throws {
        let (server, taro) = try start(setup)
        #expect(try server.converse(as: taro).recipient?.code == 250, "\(server.log)")

        try server.authority.revoke()

        // By the revocation list alone, for the list of fingerprints still has it.
        expectRefused(try server.converse(as: taro))
    }

    @Test("A revoked certificate does not relay in a TLS session of before", arguments: ["1.2", "1.3"])
    func revokedThenResumed(tls: String) throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false))

        let seen = try server.resume(as: taro, tls: tls) { try server.authority.revoke() }

        #expect(!seen.resumed)
        expectRefused(seen)
    }

    @Test(
        "Where somebody has Exim resume sessions, what was revoked or taken off the list does not relay in one either",
        arguments: ["1.2", "1.3"], [true, false])
    func resumedAfterAll(tls: String, isRevoked: Bool) throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false))
        let macros = "/etc/exim4/exim4.conf.localmacros"
        try server.among(certificates: "echo 'tls_resumption_hosts = *' >>\(macros); update-exim4.conf")
        try server.reload()
        let before = try server.resume(as: taro, tls: tls) {}
        #expect(before.resumed && before.recipient?.code == 250, "\(before)\n\(server.log)")

        let seen = try server.resume(as: taro, tls: tls) {
            if isRevoked { try server.authority.revoke() } else { try server.list([]) }
        }

        #expect(seen.resumed, "\(seen)")
        expectRefused(seen)
    }

    @Test("A renewed certificate of the server's is served after a reload, with the same key", arguments: Setup.all)
    func renewed(setup: Setup) throws {
        let (server, taro) = try start(setup)
        let certificate = "\(server.authority.certs)/cert.pem"
        let before = try certificateSHA256(of: certificate)
        #expect(try server.converse().certificateSHA256 == before)

        try server.authority.renewServer()
        try server.reload()

        let seen = try server.converse(as: taro)
        #expect(try seen.certificateSHA256 == certificateSHA256(of: certificate))
        #expect(seen.certificateSHA256 != before)
        #expect(seen.verified && seen.recipient?.code == 250, "\(seen)\n\(server.log)")
    }

    @Test("A renewed certificate is served within ten seconds, without a reload", .timed)
    func renewedUntold() throws {
        let server = try start(Setup(key: "ec-p256", hasIssuingCA: false)).server
        _ = try server.converse()
        try server.authority.renewServer()
        let new = try certificateSHA256(of: "\(server.authority.certs)/cert.pem")

        let patience = Date(timeIntervalSinceNow: 10)
        var seen = try server.converse()
        while seen.certificateSHA256 != new, Date.now < patience {
            usleep(200_000)
            seen = try server.converse()
        }
        #expect(seen.certificateSHA256 == new, "\(server.log)")
    }

    @Test("With the policy of encryption no certificate is asked for, and none relays")
    func encryption() throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false), .encryption)

        let seen = try server.converse(as: taro)
        expectRefused(seen)
        expectLogged("CV=no", by: server)
        #expect(!server.log.contains("DN="), "\(server.log)")
    }

    @Test("A port that demands a certificate takes nobody without one, and port 25 asks for none", arguments: Setup.all)
    func demanded(setup: Setup) throws {
        let (server, taro) = try start(setup, .demand)

        let ours = try server.converse(port: 465, as: taro)
        #expect(ours.verified && ours.recipient?.code == 250, "\(ours)\n\(server.log)")
        expectRefused(try server.converse(as: taro))
        for shown in [nil, try Authority(setup, isOther: true).issueClient()] {
            let seen = try server.converse(port: 465, as: shown)
            #expect(seen.error != nil && seen.sender == nil, "\(seen)\n\(server.log)")
        }
        // Exim lets it in, for it does not look at the purpose; the list lets it no further.
        expectRefused(try server.converse(port: 465, as: server.authority.serverCredentials))
        try server.authority.revoke()
        #expect(try server.converse(port: 465, as: taro).recipient == nil)
    }

    @Test(
        "By password or by certificate: under TLS alone, and by certificate as its holder alone",
        arguments: Exim.Form.allCases)
    func passwordOrCertificate(form: Exim.Form) throws {
        let (server, taro) = try start(Setup(key: "ec-p256", hasIssuingCA: false), .passwordOrCertificate, form: form)
        func login(_ client: Credentials?, _ options: String...) throws -> (login: Int?, recipient: Int?) {
            let seen = try server.converse(port: 587, as: client, options)
            return (seen.login?.code, seen.recipient?.code)
        }

        #expect(try login(nil, "--login", "taro:secret") == (235, 250))
        #expect(try login(nil, "--login", "taro:wrong") == (535, 550))
        #expect(try login(nil, "--login", "taro:secret", "--plain") == (503, 550))
        #expect(try login(taro, "--external", "") == (235, 250))
        #expect(try login(taro, "--external", "taro@example.org") == (235, 250))
        #expect(try login(taro, "--external", "hanako@example.org").login == 535)
        #expect(try login(nil, "--external", "taro@example.org") == (504, 550))
        #expect(try login(server.authority.serverCredentials, "--external", "taro@example.org") == (504, 550))
        #expect(try login(taro) == (nil, 250))

        let names = try server.converse(as: nil).extensions?.first { $0.hasPrefix("AUTH") }
        #expect(names == "AUTH PLAIN")
        try server.authority.revoke()
        #expect(try login(taro, "--external", "taro@example.org") == (504, 550))
    }

    /// Starts Exim for a CA of that kind, with one person's certificate on the list.
    private func start(
        _ setup: Setup, _ policy: ClientPolicy = .relay, form: Exim.Form = .template
    ) throws -> (server: Exim, taro: Credentials) {
        let authority = try Authority(setup)
        _ = try authority.issueServer()
        let taro = try authority.issueClient()
        return (try Exim.start(authority, policy, form: form, listed: [taro]), taro)
    }

    /// TLS came about, the server was verified, and mail for others was refused.
    private func expectRefused(_ seen: Conversation, at location: SourceLocation = #_sourceLocation) {
        #expect(seen.verified, "\(seen)", sourceLocation: location)
        #expect(seen.recipient?.code == 550, "\(seen)", sourceLocation: location)
    }
}
