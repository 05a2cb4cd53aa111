import Foundation
import MailLayouts
import TestSupport

/// A real OpenSMTPD in a room of its own, with Debian's configuration and the lines that `mailca` prints. It ends with
/// this object.
final class OpenSMTPD: Sendable {
    let authority: Authority
    let room: Room

    private init(authority: Authority, room: Room) {
        self.authority = authority
        self.room = room
    }

    /// Makes the configuration as the page on OpenSMTPD says, and starts the daemon.
    static func start(
        _ authority: Authority, _ policy: ClientPolicy = .relay, _ relay: RelayRule = .all
    ) throws -> OpenSMTPD {
        let server = OpenSMTPD(authority: authority, room: try Room(of: authority))
        for (_, text) in try PrintedLines.openSMTPD(authority.certs, policy, relay) {
            try server.room.shared.write(text, to: "lines")
        }
        try server.among(certificates: setUp)
        try server.run()
        return server
    }

    /// Ends the daemon and starts it anew.
    func restart() throws {
        try room.must(
            "sh", ["-ec", "pid=$(cat \(Self.pidFile)); kill $pid; while [ -e /proc/$pid ]; do sleep 0.02; done"])
        try run()
    }

    /// Sends the signal on which other daemons read their files again.
    /// - Returns: whether the daemon still runs a moment later.
    func survivesHUP() throws -> Bool {
        let wait = "for i in 1 2 3 4 5 6 7 8 9 10; do [ -e /proc/$pid ] || exit 1; sleep 0.2; done"
        return try room.run("sh", ["-c", "pid=$(cat \(Self.pidFile)); kill -HUP $pid; \(wait)"]).status == 0
    }

    /// Looks at the configuration without starting the daemon.
    /// - Returns: whether it is right, as far as the daemon looks.
    func accepts(_ command: String) throws -> Bool {
        try among(certificates: command)
        return try room.run("smtpd", ["-n"]).status == 0
    }

    /// Runs a command among the certificates, as root.
    func among(certificates command: String) throws {
        try room.must("sh", ["-ec", "cd \(authority.certs)\n\(command)"])
    }

    /// The log so far.
    var log: String { room.log }

    /// Talks to the server from 127.0.0.2 as far as RCPT; no message is ever sent.
    /// - Parameters:
    ///   - port: where, 465 with TLS from the first byte.
    ///   - options: more of the client's.
    func converse(
        port: Int = 587, serverName: String = "mail.example.org", as client: Credentials? = nil,
        options: String...
    ) throws -> Conversation {
        try room.talk("smtp-client", arguments(port, serverName, client) + options)
    }

    /// Talks to the server twice, the second time with the TLS session of the first, and returns the second
    /// conversation.
    /// - Parameter event: what happens in between.
    func resume(
        as client: Credentials, tls: String, after event: () throws -> Void = {}
    ) throws -> Conversation {
        try room.talkTwice("smtp-client", arguments(587, "mail.example.org", client) + ["--tls", tls], after: event)
    }

    private func arguments(_ port: Int, _ serverName: String, _ client: Credentials?) throws -> [String] {
        try room.arguments(verifying: "\(authority.certs)/cacert.pem", serverName: serverName, as: client)
            + ["--port", String(port), "--rcpt", "someone@elsewhere.test"] + (port == 465 ? ["--implicit"] : [])
    }

    /// Starts the daemon, which logs to syslog. A client waits until it listens.
    private func run() throws {
        try room.must("sh", ["-ec", "smtpd -n; smtpd -F >/dev/null 2>&1 & echo $! >\(Self.pidFile)"])
    }

    private static let pidFile = "/run/smtpd.test"

    /// What the packages' scripts would have made, and what the page on OpenSMTPD says: the lines go above the first
    /// match, in the place of the one that listens. The password is that of a user of the system.
    private static let setUp = """
        mkdir -p --mode=0711 /var/spool/smtpd
        mkdir -p /var/lib/opensmtpd/empty
        cp cacert.pem /etc/ssl/certs/ca-certificates.crt
        : >/etc/aliases
        echo "taro:x:1000:1000::/nonexistent:/bin/sh" >>/etc/passwd
        echo "taro:$(openssl passwd -6 secret):19000:0:99999:7:::" >>/etc/shadow
        echo "auth required pam_unix.so" >/etc/pam.d/common-auth
        echo "account required pam_unix.so" >/etc/pam.d/common-account
        touch /etc/pam.d/common-password /etc/pam.d/common-session
        sed -i -e '/^listen on localhost/{r \(Room.sharedPath)/lines' -e 'd}' /etc/smtpd.conf
        """
}
