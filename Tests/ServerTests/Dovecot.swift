import Foundation
import Synchronization
import TestSupport

/// A real Dovecot in a room of its own, with Debian's configuration and the lines that `mailca` prints. It ends with
/// this object.
final class Dovecot: Sendable {
    let authority: Authority
    let room: Room
    /// Dovecot lets an address wait that failed to log in, so every conversation comes from one of its own.
    private let conversations = Mutex(1)

    private init(authority: Authority, room: Room) {
        self.authority = authority
        self.room = room
    }

    /// Makes the configuration as Debian's package does, puts the printed files beside it, and starts Dovecot.
    /// - Parameter isBusy: whether one login process serves many clients, as on large servers.
    static func start(_ authority: Authority, _ purpose: Purpose = .relay, isBusy: Bool = false) throws -> Dovecot {
        let server = Dovecot(authority: authority, room: try Room(of: authority))
        try server.room.must("sh", ["-ec", setUp], input: local + (isBusy ? busy : ""))
        for (file, text) in try PrintedLines.dovecot(authority.certs, purpose) {
            try server.room.must("tee", [file], input: text)
        }
        try server.room.must("dovecot")
        return server
    }

    /// Has all be read again.
    func reload() throws {
        func reloads() -> Int { log.components(separatedBy: "SIGHUP received").count }
        let before = reloads()
        try room.must("sh", ["-c", "kill -HUP $(cat /run/dovecot/master.pid)"])
        try room.wait(120, for: "Dovecot's reload") { reloads() > before }
        // Processes of before take connections for some milliseconds more.
        usleep(300_000)
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
    ///   - event: what happens in between.
    func resume(as client: Credentials, tls: String, after event: () throws -> Void) throws -> MailboxConversation {
        try room.talkTwice("imap-client", arguments(.certificate, as: client) + ["--tls", tls], after: event)
    }

    private func arguments(
        _ login: Login, as client: Credentials?, serverName: String = "mail.example.org"
    ) throws -> [String] {
        let number = conversations.withLock { count in
            count += 1
            return count
        }
        return try room.arguments(
            verifying: "\(authority.certs)/cacert.pem", serverName: serverName, as: client)
            + ["--source", "127.0.0.\(number)"] + login.arguments
    }

    /// What the package's scripts would have made: its configuration, and a certificate that is nobody's.
    private static let setUp = """
        cp -r /usr/share/dovecot/conf.d /usr/share/dovecot/dovecot.conf /etc/dovecot/
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=snakeoil \
            -keyout /etc/dovecot/private/dovecot.key -out /etc/dovecot/private/dovecot.pem 2>/dev/null
        sed -i 's/^!include auth-system/#&/' /etc/dovecot/conf.d/10-auth.conf
        cat >/etc/dovecot/local.conf
        echo 'taro@example.org:{PLAIN}secret' >/etc/dovecot/users
        echo 'hanako@example.org:{PLAIN}geheim' >>/etc/dovecot/users
        install -d -o mail -g mail /var/vmail
        """

    /// What a site has of its own. Nobody is made to wait after a wrong password.
    private static let local = """
        protocols = imap
        mail_location = maildir:~/Maildir
        first_valid_uid = 8
        auth_failure_delay = 0
        passdb {
          driver = passwd-file
          args = /etc/dovecot/users
        }
        userdb {
          driver = static
          args = uid=mail gid=mail home=/var/vmail/%u
        }

        """

    private static let busy = """
        service imap-login {
          service_count = 0
          process_min_avail = 1
        }

        """
}
