import Foundation
import TestSupport
import Testing

/// `mailca deploy --prefix`: a tree for another machine, with owners, modes and links as they are to be there. It is
/// carried by `rsync -a`.
@Suite(.onThreads) struct CarriedTreeTests {
    @Test("A tree that was carried to another machine serves there, and so does the next one with a revocation")
    func carried() throws {
        let authority = try Authority(.simplest)
        let servers = ["sendmail", "postfix", "exim", "dovecot", "opensmtpd", "cyrus"]
        // Where the tree is made there is no Postfix's configuration yet, and no daemon.
        let maker = try Room(of: authority)
        let place = "/etc/mail/certs"
        let tree = "\(Room.sharedPath)/mx2"
        func make(_ arguments: [String]) throws {
            let outcome = try maker.run(
                Command.mailcaPath, arguments.prefix(1) + ["--home", authority.home] + arguments.dropFirst())
            try #require(outcome.status == 0, "\(arguments): \(outcome.everything)")
        }
        try maker.must("sh", ["-ec", "mkdir -p \(tree)/etc/mail; : >/etc/postfix/main.cf"])
        try make(["issue-server", "mail.example.org", "--certs", "\(tree)\(place)"])
        try make(
            ["deploy"] + servers + ["--prefix", tree, "--certs", place, "--key-group", "ssl-cert"])
        let taro = try maker.issueClient(authority)

        let machine = try Room(seeing: [Room.clientsFolder, "\(maker.shared.path):/srv/maker"])
        try machine.must("rsync", ["-a", "/srv/maker/mx2/", "/"])
        #expect(try machine.must("stat", ["-c", "%a %G", "\(place)/privkey.pem"]) == "640 ssl-cert\n")
        let links = try machine.must("find", [place, "-type", "l", "-printf", "%l\\n"]).split(separator: "\n")
        #expect(links.count == 2 && links.allSatisfy { !$0.contains("/") }, "\(links)")
        for (file, text) in try PrintedLines.postfix(place, .relay) {
            try machine.shared.write(text, to: "printed-\(URL(fileURLWithPath: file).lastPathComponent)")
        }
        try machine.must("sh", ["-ec", PostfixApplyTests.debian + "\n" + Self.paste])

        func seen() throws -> Conversation {
            try machine.talk(
                "smtp-client",
                try machine.arguments(verifying: maker.shared.file("mx2\(place)/cacert.pem"), as: taro)
                    + ["--port", "587", "--rcpt", Postfix.outsider])
        }
        let before = try seen()
        #expect(before.verified && before.recipient?.code == 250, "\(before)\n\(machine.log)")

        try make(["revoke", "taro@example.org"])
        try machine.must("rsync", ["-a", "/srv/maker/mx2\(place)/", place])
        let after = try seen()
        #expect(after.recipient?.text.contains("certificate revoked") == true, "\(after)\n\(machine.log)")
    }

    private static let paste = """
        postconf -X smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_security_level smtpd_relay_restrictions
        for file in main.cf master.cf; do cat \(Room.sharedPath)/printed-$file >>/etc/postfix/$file; done
        touch -d '1 hour ago' /etc/postfix/main.cf
        postfix start
        """
}
