import Foundation
import MailLayouts
import TestSupport

/// A real Exim in a room of its own, with Debian's configuration and the lines that `mailca` prints. It ends with this
/// object.
final class Exim: Sendable {
    /// The three places where an Exim's configuration can lie.
    enum Form: String, CaseIterable {
        case template = "Debian's template"
        case split = "Debian's split files"
        case own = "an exim.conf of one's own"
    }

    let authority: Authority
    let room: Room

    private init(authority: Authority, room: Room) {
        self.authority = authority
        self.room = room
    }

    /// Makes the configuration as the page on Exim says, and starts Exim.
    /// - Parameter listed: whose certificates are on the list of those that may relay.
    static func start(
        _ authority: Authority, _ policy: ClientPolicy = .relay, form: Form = .template, listed: [Credentials]
    ) throws -> Exim {
        let server = Exim(authority: authority, room: try Room(of: authority))
        let room = server.room
        for (file, text) in try PrintedLines.exim(authority.certs, policy) {
            try room.shared.write(text, to: file.contains("/auth/") ? "auth" : "macros")
        }
        try server.list(listed)
        try room.must("sh", ["-ec", setUp])
        try room.must("sh", ["-ec", steps(form)])
        try room.must(
            "sh", ["-ec", "chgrp ssl-cert \(authority.certs)/privkey.pem; chmod 640 \(authority.certs)/privkey.pem"])
        try room.must("exim4", ["-bd"])
        // It goes into the background before it has written its number.
        try room.wait(120, for: "Exim's start") {
            try room.run("test", ["-s", "/run/exim4/exim.pid"]).status == 0 && server.starts > 0
        }
        return server
    }

    /// Puts certificates, and no others, on the list of those that may relay.
    func list(_ certificates: [Credentials]) throws {
        let lines = try certificates.map { "\(try certificateSHA256(of: $0.certificate))\n" }
        try lines.joined().write(
            toFile: "\(authority.certs)/\(EximConfiguration.clientsList)", atomically: true, encoding: .utf8)
    }

    /// Has the daemon start itself anew.
    func reload() throws {
        let before = starts
        try room.must("sh", ["-c", "kill -HUP $(cat /run/exim4/exim.pid)"])
        try room.wait(120, for: "Exim's start") { starts > before }
    }

    private var starts: Int { log.components(separatedBy: "listening for SMTP").count - 1 }

    /// Runs a command among the certificates, as root.
    func among(certificates command: String) throws {
        try room.must("sh", ["-ec", "cd \(authority.certs) && \(command)"])
    }

    /// The log so far.
    var log: String { (try? room.must("cat", ["/var/log/exim4/mainlog"])) ?? "" }

    /// Talks to the server from 127.0.0.2, which may not relay, as far as RCPT; no message is ever sent.
    /// - Parameters:
    ///   - port: where, 465 with TLS from the first byte.
    ///   - options: more of the client's.
    func converse(
        port: Int = 25, serverName: String = "mail.example.org", as client: Credentials? = nil, _ options: [String] = []
    ) throws -> Conversation {
        try room.talk("smtp-client", arguments(port, serverName, client) + options)
    }

    /// Talks to the server twice, the second time with the TLS session of the first, and returns the second
    /// conversation.
    /// - Parameters:
    ///   - tls: the version, 1.2 or 1.3.
    ///   - event: what happens in between.
    func resume(as client: Credentials, tls: String, after event: () throws -> Void) throws -> Conversation {
        try room.talkTwice("smtp-client", arguments(25, "mail.example.org", client) + ["--tls", tls], after: event)
    }

    private func arguments(_ port: Int, _ serverName: String, _ client: Credentials?) throws -> [String] {
        try room.arguments(verifying: "\(authority.certs)/cacert.pem", serverName: serverName, as: client)
            + ["--port", String(port), "--rcpt", "someone@elsewhere.test"] + (port == 465 ? ["--implicit"] : [])
    }

    /// What the packages' scripts would have made: answers to Debian's questions, of which one says that the DNS is not
    /// to be asked, and a source of passwords.
    private static let setUp = """
        mkdir -p /var/lib/exim4 /var/spool/exim4/db /var/log/exim4 /run/exim4
        chown Debian-exim:Debian-exim /var/spool/exim4 /var/spool/exim4/db /var/log/exim4 /run/exim4
        echo mail.example.org >/etc/mailname
        cat >/etc/exim4/update-exim4.conf.conf <<END
        dc_eximconfig_configtype='internet'
        dc_other_hostnames='example.org'
        dc_local_interfaces='127.0.0.1'
        dc_minimaldns='true'
        dc_use_split_config='false'
        dc_localdelivery='mail_spool'
        END
        sed -i '/^# plain_server:/,/^#   .endif/s/^# //' /etc/exim4/conf.d/auth/30_exim4-config_examples
        echo "taro:$(openssl passwd -6 secret)" >/etc/exim4/passwd
        if [ -e \(Room.sharedPath)/auth ]; then cp \(Room.sharedPath)/auth /etc/exim4/conf.d/auth/40_mailca; fi
        """

    /// Puts the printed lines where they belong.
    private static func steps(_ form: Form) -> String {
        switch form {
        case .template:
            """
            cp \(Room.sharedPath)/macros /etc/exim4/exim4.conf.localmacros
            update-exim4.conf.template -r
            update-exim4.conf
            """
        case .split:
            """
            cp \(Room.sharedPath)/macros /etc/exim4/conf.d/main/000_localmacros
            sed -i "s/^dc_use_split_config.*/dc_use_split_config='true'/" /etc/exim4/update-exim4.conf.conf
            update-exim4.conf
            """
        case .own:
            """
            { cat \(Room.sharedPath)/macros; cat <<END; cat /etc/exim4/conf.d/auth/[34]0*; } >/etc/exim4/exim4.conf
            CONFDIR = /etc/exim4
            acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT
            begin acl
            acl_check_rcpt:
              accept authenticated = *
              require message = relay not permitted
                      domains = example.org
              accept
            begin routers
            all:
              driver = accept
              transport = all
            begin transports
            all:
              driver = appendfile
              file = /var/mail/all
            begin authenticators
            END
            """
        }
    }
}
