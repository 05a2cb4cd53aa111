import Foundation
import TestSupport

/// A real Cyrus in a room of its own, with Debian's configuration and the lines that `mailca` prints. It ends with this
/// object.
final class Cyrus: Sendable {
    let authority: Authority
    let room: Room

    private init(authority: Authority, room: Room) {
        self.authority = authority
        self.room = room
    }

    /// Puts the printed lines into Debian's configuration, and starts Cyrus.
    /// - Parameter extra: lines beside the printed ones.
    static func start(_ authority: Authority, _ purpose: Purpose = .relay, extra: String = "") throws -> Cyrus {
        let server = Cyrus(authority: authority, room: try Room(of: authority))
        let lines = try PrintedLines.cyrus(authority.certs, purpose)["/etc/imapd.conf"] ?? ""
        try server.room.must("sh", ["-ec", setUp, authority.certs], input: lines + extra + passwords)
        try server.room.must("/usr/lib/cyrus/bin/master", ["-d", "-p", "/run/cyrus/cyrus-master.pid"])
        return server
    }

    /// Has all processes replaced, so that everything is read again.
    func reload() throws {
        func reloads() -> Int { log.components(separatedBy: "got SIGHUP").count }
        let before = reloads()
        try room.must("sh", ["-c", "kill -HUP $(cat /run/cyrus/cyrus-master.pid)"])
        try room.wait(120, for: "Cyrus's reload") { reloads() > before }
        usleep(200_000)
    }

    /// Changes something among the certificates, as root, and has all be read again.
    func change(_ command: String) throws {
        try room.must("sh", ["-ec", "cd \(authority.certs) && \(command)"])
        try reload()
    }

    /// The log so far.
    var log: String { room.log }

    /// Talks to the server: TLS, login, inbox.
    /// - Parameters:
    ///   - isImplicit: port 993 instead of 143 and STARTTLS.
    ///   - secured: whether the client uses TLS at all.
    func converse(
        _ login: Login = .certificate, as client: Credentials? = nil, isImplicit: Bool = false,
        serverName: String = "mail.example.org", secured: Bool = true
    ) throws -> MailboxConversation {
        var line = try arguments(login, as: client, serverName: serverName)
        if isImplicit { line += ["--port", "993", "--implicit"] }
        if !secured { line.append("--plain") }
        return try room.talk("imap-client", line)
    }

    /// Talks to the server twice, the second time with the TLS session of the first, and returns the second
    /// conversation.
    /// - Parameters:
    ///   - tls: the version, 1.2 or 1.3.
    ///   - hasTickets: whether the client resumes by a ticket; if not, by the session's number.
    ///   - event: what happens in between.
    func resume(
        as client: Credentials, tls: String, hasTickets: Bool = true, after event: () throws -> Void
    ) throws -> MailboxConversation {
        let line = try arguments(.certificate, as: client) + ["--tls", tls] + (hasTickets ? [] : ["--no-tickets"])
        return try room.talkTwice("imap-client", line, after: event)
    }

    private func arguments(
        _ login: Login, as client: Credentials?, serverName: String = "mail.example.org"
    ) throws -> [String] {
        try room.arguments(verifying: "\(authority.certs)/cacert.pem", serverName: serverName, as: client)
            + login.arguments
    }

    /// What the page on Cyrus says, and what the package's scripts would have made. The argument is the directory of
    /// certificates.
    private static let setUp = #"""
        chgrp ssl-cert "$0/privkey.pem"
        chmod 640 "$0/privkey.pem"
        sed -i -E '/^(tls_[a-z_]*|imaps_[a-z_]*|virtdomains|allowplaintext):/d' /etc/imapd.conf
        sed -i -E '/^(sasl_pwcheck_method|autocreate_quota):/d' /etc/imapd.conf
        cat >>/etc/imapd.conf
        cat >/etc/cyrus.conf <<END
        START { recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r" }
        SERVICES {
            imap cmd="imapd -U 30" listen="imap" prefork=0 maxchild=100
            imaps cmd="imapd -s -U 30" listen="imaps" prefork=0 maxchild=100
        }
        EVENTS { checkpoint cmd="/usr/sbin/cyrus ctl_cyrusdb -c" period=30 }
        END
        mkdir -p /var/lib/cyrus/db /var/lib/cyrus/socket /var/spool/cyrus/mail
        mkdir -p /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket
        chown -R cyrus:mail /var/lib/cyrus /var/spool/cyrus /run/cyrus
        echo secret | saslpasswd2 -p -c -u example.org -f /etc/sasldb2 taro
        chgrp ssl-cert /etc/sasldb2
        chmod 640 /etc/sasldb2
        """#

    /// What a site has of its own: where passwords are, and inboxes that come with the first login.
    private static let passwords = """
        sasl_pwcheck_method: auxprop
        sasl_auxprop_plugin: sasldb
        sasl_sasldb_path: /etc/sasldb2
        autocreate_quota: 100000

        """
}
