import Foundation
import MailLayouts
import TestSupport
import Testing

/// What Debian's Sendmail does with the lines that `mailca` prints for the policies beside relaying.
@Suite(.onThreads) struct SendmailPolicyTests {
    @Test("With the policy of encryption no certificate is asked for, and none relays", arguments: Setup.all)
    func encryption(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail(.encryption)

        let seen = try converse(authority, server, taro)
        #expect(seen.verified && seen.recipient?.code == 550, "\(seen)\n\(server.log)")
        expectLogged("verify=NOT", by: server)
    }

    @Test("A port that demands a certificate lets one of ours relay", arguments: Setup.all)
    func demanded(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let server = try authority.startSendmail(.demand)

        let ours = try converse(authority, server, taro, Self.demanding)
        #expect(ours.verified && ours.recipient?.code == 250, "\(ours)\n\(server.log)")

        try authority.revoke()
        expectTurnedAway(try converse(authority, server, taro, Self.demanding), server)
    }

    @Test("A port that demands a certificate turns strangers away", arguments: Setup.all, Stranger.allCases)
    func stranger(setup: Setup, who: Stranger) throws {
        let visited = try Self.demandingServer[setup]

        let seen = try visited.server.converse(
            verifying: "\(visited.server.certs)/cacert.pem", as: visited.shown(by: who),
            recipient: SendmailTests.outsider, options: Self.demanding)
        expectTurnedAway(seen, visited.server)
    }

    @Test("Beside a port that demands a certificate, the public's asks for none")
    func publicPort() throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false))
        let taro = try authority.issueClient()
        let server = try authority.startSendmail(.demand)

        let seen = try converse(authority, server, taro)
        #expect(seen.verified && seen.sender?.code == 250 && seen.recipient?.code == 550, "\(seen)\n\(server.log)")
        expectLogged("verify=NOT", by: server)
    }

    @Test("By password or by certificate: passwords under TLS alone, and certificates without logging in")
    func passwordOrCertificate() throws {
        let authority = try Authority(Setup(key: "ec-p256", hasIssuingCA: false))
        let taro = try authority.issueClient()
        let server = try authority.startSendmail(.passwordOrCertificate)
        func login(_ client: Credentials?, _ options: String...) throws -> (login: Int?, recipient: Int?) {
            let seen = try converse(authority, server, client, options)
            return (seen.login?.code, seen.recipient?.code)
        }

        #expect(try login(taro) == (nil, 250))
        #expect(try login(nil) == (nil, 550))
        #expect(try login(nil, "--login", "taro:secret") == (235, 250))
        #expect(try login(nil, "--login", "taro:wrong") == (535, 550))
        #expect(try login(nil, "--login", "taro:secret", "--plain") == (504, 550))
        // Every verified certificate would do for EXTERNAL, also one that is not listed.
        #expect(try login(taro, "--external", "hanako@example.org").login == 504)
    }

    @Test("Of a list, those on it relay and others of the same CA do not", arguments: Setup.all)
    func listed(setup: Setup) throws {
        let authority = try Authority(setup)
        let taro = try authority.issueClient()
        let hanako = try authority.issueClient("hanako@example.org")
        let server = try authority.startSendmail(.relay, listed: ["/CN=taro@example.org"])

        #expect(try converse(authority, server, taro).recipient?.code == 250, "\(server.log)")
        #expect(try converse(authority, server, hanako).recipient?.code == 550, "\(server.log)")
        let other = try Authority(setup, isOther: true).issueClient()
        #expect(try converse(authority, server, other).recipient?.code == 550, "\(server.log)")
        try authority.revoke()
        #expect(try converse(authority, server, taro).recipient?.code == 550, "\(server.log)")
    }

    private static let demanding = ["--port", "465", "--implicit"]
    private static let demandingServer = KeptUntilEnd<Setup, Visited<Sendmail>> { setup in
        try Visited(setup) { authority, _ in try Sendmail.start(authority, .demand) }
    }

    private func converse(
        _ authority: Authority, _ server: Sendmail, _ client: Credentials?, _ options: [String] = []
    ) throws -> Conversation {
        try server.converse(
            verifying: "\(authority.certs)/cacert.pem", as: client, recipient: SendmailTests.outsider, options: options)
    }

    /// TLS came about, and everything after it was refused.
    private func expectTurnedAway(
        _ seen: Conversation, _ server: Sendmail, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(seen.verified, "\(seen)", sourceLocation: location)
        #expect(seen.sender?.code == 550, "\(seen)\n\(server.log)", sourceLocation: location)
        #expect(seen.recipient?.text.contains("certificate is needed") == true, "\(seen)", sourceLocation: location)
    }
}
