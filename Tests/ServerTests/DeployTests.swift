import Foundation
import TestSupport
import Testing

/// `mailca deploy`, `revoke` and `renew` beside real daemons, which have nothing but its files and lines.
@Suite(.onThreads, .timed) struct DeployTests {
    /// Within so many seconds everything has to be seen.
    private static let patience: TimeInterval = 10

    private func eventually(_ condition: () throws -> Bool) throws -> Bool {
        let end = Date(timeIntervalSinceNow: Self.patience)
        while Date.now < end {
            if try condition() { return true }
            usleep(200_000)
        }
        return try condition()
    }

    @Test(
        "One revocation shuts the holder out within ten seconds, also on sessions of before, and a renewal is served",
        arguments: Deployable.allCases, Setup.all)
    func revokedAndRenewed(server kind: Deployable, setup: Setup) throws {
        let authority = try Authority(setup).withServer()
        let server = try kind.start(authority)
        try server.room.mustMailCA(authority, ["issue-client", "hanako@example.org", "--out", "/tmp/hanako"])
        let taro = try server.room.issueClient(authority)
        #expect(try eventually { try server.admits(taro) }, "\(server.log)")
        #expect(try !server.admits(nil))

        // Two clients of his have a TLS session each, and come back with it afterwards.
        var begin = Date.now
        var older = true
        let newer = try server.admitsAgain(taro, tls: "1.3") {
            older = try server.admitsAgain(taro, tls: "1.2") {
                begin = .now
                let said = try server.room.mustMailCA(authority, ["revoke", "taro@example.org"])
                #expect(try eventually { try !server.admits(taro) }, "\(said)\n\(server.log)")
            }
        }
        #expect(!older, "\(server.log)")
        #expect(!newer, "\(server.log)")
        #expect(Date.now.timeIntervalSince(begin) < Self.patience)

        let before = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        try server.room.mustMailCA(authority, ["renew", "mail.example.org"])
        let after = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        #expect(before != after)
        #expect(try eventually { try server.served() == after }, "\(server.log)")
    }

    @Test("A new key and certificate are served after rekey", arguments: Deployable.allCases)
    func rekeyed(server kind: Deployable) throws {
        let authority = try Authority(.simplest).withServer()
        let server = try kind.start(authority)
        let taro = try server.room.issueClient(authority)
        try server.room.mustMailCA(authority, ["rekey", "mail.example.org"])
        let after = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        #expect(try eventually { try server.served() == after }, "\(server.log)")
        #expect(try eventually { try server.admits(taro) }, "\(server.log)")
    }

    @Test("One directory serves all six at once, and one revocation is for all that can be told")
    func allAtOnce() throws {
        let authority = try Authority(.simplest).withServer()
        // mailca needs Postfix's own postmap, with its configuration.
        let postfix = try Postfix.start(authority)
        let room = postfix.room
        let said = try room.mustMailCA(
            authority,
            ["deploy"] + Deployable.allCases.map(\.rawValue) + ["opensmtpd", "--key-group", "ssl-cert"])
        #expect(said.contains("OpenSMTPD cannot be told of a revocation"), "\(said)")
        let taro = try room.issueClient(authority)
        try room.mustMailCA(authority, ["deploy"])
        let mc = try PrintedLines.sendmail(authority.certs, .relay, sharesKey: true)
        let sendmail = try Sendmail.start(
            owner: authority, certs: authority.certs, mc: mc, access: "\(authority.certs)/sendmail.access")
        let (dovecot, cyrus) = (try Dovecot.start(authority), try Cyrus.start(authority))
        let exim = try Exim.start(authority, listed: [])
        let openSMTPD = try OpenSMTPD.start(authority)
        // What starting them wrote for tests of their own is replaced by what is the CA's.
        try room.mustMailCA(authority, ["deploy"])
        let servers: [any Deployed] = [sendmail, postfix, exim, dovecot, cyrus]
        for server in servers {
            #expect(try eventually { try server.admits(taro) }, "\(type(of: server)): \(server.log)")
        }
        #expect(try openSMTPD.converse(port: 587, as: taro).recipient?.code == 250)

        let revoked = try room.mustMailCA(authority, ["revoke", "taro@example.org"])
        #expect(revoked.contains("OpenSMTPD cannot be told of a revocation"), "\(revoked)")
        // Each of the two would be told by its own machine's mailca.
        try dovecot.reload()
        try cyrus.reload()
        for server in servers {
            #expect(try eventually { try !server.admits(taro) }, "\(type(of: server)): \(server.log)")
        }
        #expect(try openSMTPD.converse(port: 587, as: taro).recipient?.code == 250)
    }
}
