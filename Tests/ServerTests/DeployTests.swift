import Foundation
import TestSupport
import Testing

/// `mailca deploy`, `revoke` and `renew` beside real daemons, which have nothing but its files and lines.
@Suite struct DeployTests {
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
        "One revocation shuts the holder out within ten seconds, and a renewal is served",
        arguments: Deployable.allCases, Setup.all)
    func revokedAndRenewed(server kind: Deployable, setup: Setup) throws {
        let authority = try Authority(setup).withServer()
        let server = try kind.start(authority)
        try server.room.mustMailCA(authority, ["issue-client", "hanako@example.org", "--out", "/tmp/hanako"])
        let taro = try authority.issueClient()
        #expect(try eventually { try server.admits(taro) }, "\(server.room.log)")
        #expect(try !server.admits(nil))

        let said = try server.room.mustMailCA(authority, ["revoke", "taro@example.org"])
        #expect(try eventually { try !server.admits(taro) }, "\(said)\n\(server.room.log)")

        let before = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        try server.room.mustMailCA(authority, ["renew", "mail.example.org"])
        let after = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        #expect(before != after)
        #expect(try eventually { try server.served() == after }, "\(server.room.log)")
    }

    @Test("A new key and certificate are served after rekey", arguments: Deployable.allCases)
    func rekeyed(server kind: Deployable) throws {
        let authority = try Authority(.simplest).withServer()
        let server = try kind.start(authority)
        let taro = try authority.issueClient()
        try server.room.mustMailCA(authority, ["rekey", "mail.example.org"])
        let after = try certificateSHA256(of: "\(authority.certs)/cert.pem")
        #expect(try eventually { try server.served() == after }, "\(server.room.log)")
        #expect(try eventually { try server.admits(taro) }, "\(server.room.log)")
    }

    @Test(
        "A daemon that cannot be told: status 69, and every file is what it was",
        arguments: [Deployable.sendmail, .postfix, .dovecot, .cyrus])
    func rollback(server kind: Deployable) throws {
        let authority = try Authority(.simplest).withServer()
        let server = try kind.start(authority)
        let before = try files(authority)
        // Something to write, and nobody to tell.
        try server.room.must("sh", ["-c", "rm \(authority.certs)/crl-1.pem"])
        let missing = try files(authority)
        #expect(missing != before)
        let names = ["sendmail": "sendmail", "postfix": "master", "dovecot": "dovecot", "cyrus": "master"]
        try server.room.must(
            "sh",
            [
                "-c",
                "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = \(names[kind.rawValue] ?? "") ] && kill -9 ${p#/proc/}; done; sleep 0.3; true",
            ])
        if kind == .sendmail {
            try server.room.must("sh", ["-c", "pkill -9 sendmail || rm -f /var/run/sendmail/mta/sendmail.pid"])
        }

        let outcome = try server.room.mailca(authority, kind.arguments + ["--reload"])

        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains("the files are as they were before"), "\(outcome.stderr)")
        #expect(try files(authority) == missing)
    }

    @Test("A daemon that stops serving after the reload: all is put back, and its own words are shown")
    func stopsServing() throws {
        let authority = try Authority(.simplest).withServer()
        let server = try Postfix.start(authority)
        try server.room.must("ln", ["-s", "\(Room.sharedPath)/log", "/var/log/mail.log"])
        try server.room.mustMailCA(authority, ["deploy", "postfix", "--reload"])
        let served = try server.served()
        try server.room.must("sh", ["-c", "rm \(authority.certs)/crl-1.pem"])
        let before = try files(authority)
        // It goes on with what it has read until it is told.
        try server.room.must(
            "sh",
            [
                "-c",
                "sed -i 's|^smtpd_tls_chain_files.*|smtpd_tls_chain_files = /nowhere.pem|' /etc/postfix/main.cf; touch -d '1 minute ago' /etc/postfix/main.cf",
            ])

        let outcome = try server.room.mailca(authority, ["deploy", "postfix", "--reload"])

        #expect(served != nil)
        #expect(outcome.status == 69, "\(outcome.everything)")
        #expect(outcome.stderr.contains("Postfix does not serve the certificate any more"), "\(outcome.stderr)")
        #expect(outcome.stderr.contains("/nowhere.pem"), "\(outcome.stderr)")
        #expect(try files(authority) == before)
    }

    /// Every file with its content, mode and links.
    private func files(_ authority: Authority) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: authority.certs) {
            let path = "\(authority.certs)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let content =
                (try? FileManager.default.destinationOfSymbolicLink(atPath: path))
                ?? FileManager.default.contents(atPath: path)?.base64EncodedString() ?? ""
            found[name] = "\(attributes[.posixPermissions] ?? 0) \(attributes[.groupOwnerAccountID] ?? 0) \(content)"
        }
        return found
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
        let taro = try authority.issueClient()
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
            #expect(try eventually { try server.admits(taro) }, "\(type(of: server)): \(server.room.log)")
        }
        #expect(try openSMTPD.converse(port: 587, as: taro).recipient?.code == 250)

        let revoked = try room.mustMailCA(authority, ["revoke", "taro@example.org"])
        #expect(revoked.contains("OpenSMTPD cannot be told of a revocation"), "\(revoked)")
        // Each of the two would be told by its own machine's mailca.
        try dovecot.reload()
        try cyrus.reload()
        for server in servers {
            #expect(try eventually { try !server.admits(taro) }, "\(type(of: server)): \(server.room.log)")
        }
        #expect(try openSMTPD.converse(port: 587, as: taro).recipient?.code == 250)
    }
}
