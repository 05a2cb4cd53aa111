import Foundation
import Synchronization
import TestSupport

/// A real Sendmail on port 25 of a room of its own, configured by the lines that `mailca` prints. It ends with this
/// object.
final class Sendmail: Sendable {
    let room: Room
    /// What the daemon needs as long as it runs: the owner of the certificates' folder.
    private let owner: AnyObject & Sendable
    /// The folder of the certificates.
    let certs: String

    private init(room: Room, owner: AnyObject & Sendable, certs: String) {
        self.room = room
        self.owner = owner
        self.certs = certs
    }

    /// Makes sendmail.cf and the access map, and starts the daemon.
    /// - Parameters:
    ///   - owner: what keeps the certificates' folder there.
    ///   - certs: the certificates' folder; the room sees it under the same path, so the lines fit as printed.
    ///   - mc: the lines for sendmail.mc.
    ///   - access: the file whose lines make up the access map. None: an empty map.
    ///   - own: a room that sees the folder, and may see more. None: one of its own.
    static func start(
        owner: some AnyObject & Sendable, certs: String, mc: String, access: String? = nil, in own: Room? = nil
    ) throws -> Sendmail {
        let server = Sendmail(room: try own ?? Room(seeing: [certs]), owner: owner, certs: certs)
        let (room, shared) = (server.room, Room.sharedPath)
        try room.shared.write(configuration(with: mc), to: "sendmail.mc")
        try room.shared.write(access.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? "", to: "access")
        _ = try room.copy(Room.script("smtp-client"), as: "smtp-client")
        // What the packages' scripts and the system's start would have made.
        try room.must("mkdir", ["-p", "/var/run/sendmail/mta", "/var/lib/sendmail/host_status"])
        try room.must("mkdir", ["-p", "--mode=0700", "/var/spool/mqueue"])
        try room.must("touch", ["/var/lib/sendmail/sendmail.st", "/etc/mail/local-host-names"])
        let made = try room.must("m4", ["\(shared)/sendmail.mc"])
        try room.must("tee", ["/etc/mail/sendmail.cf"], input: made)
        try room.must("sh", ["-c", "makemap hash /etc/mail/access <\(shared)/access"])
        if mc.contains("TRUST_AUTH_MECH") { try room.must("sh", ["-ec", passwords]) }
        try server.untilStarted { try room.must("/usr/libexec/sendmail/sendmail", ["-bd"]) }
        return server
    }

    /// Starts it for a CA whose files are there, with the lines for a policy and the access map that was written.
    static func start(_ authority: Authority, _ purpose: Purpose = .relay) throws -> Sendmail {
        try start(
            owner: authority, certs: authority.certs, mc: PrintedLines.sendmail(authority.certs, purpose),
            access: "\(authority.certs)/sendmail.access")
    }

    /// Sends HUP and waits until the daemon has read its files again.
    func reload() throws {
        try untilStarted { try room.must("sh", ["-c", "kill -HUP $(head -n 1 /var/run/sendmail/mta/sendmail.pid)"]) }
    }

    /// Ends the daemon and its room.
    func stop() { room.close() }

    /// The daemon's log so far, at level 14.
    var log: String { room.log }

    /// Talks to the server from 127.0.0.2 (127.0.0.1 may always relay) as far as RCPT; no message is ever sent.
    /// - Parameters:
    ///   - authority: the file of certificates to verify the server against. None: nothing is verified.
    ///   - client: what the client shows when it is asked.
    ///   - recipient: whom to ask for in RCPT. None: the conversation ends after EHLO.
    ///   - options: more of the client's.
    func converse(
        verifying authority: String? = nil, serverName: String = "mail.example.org", as client: Credentials? = nil,
        sender: String = "taro@example.org", recipient: String? = nil, options: [String] = []
    ) throws -> Conversation {
        try runClient(
            arguments(verifying: authority, serverName: serverName, as: client, sender: sender, recipient: recipient)
                + options)
    }

    /// Talks to the server twice, the second time with the TLS session of the first, and returns the second
    /// conversation.
    /// - Parameter event: what happens in between.
    func resume(
        verifying authority: String, as client: Credentials, recipient: String, options: [String] = [],
        after event: () throws -> Void
    ) throws -> Conversation {
        let pause = UUID().uuidString
        let arguments =
            try arguments(
                verifying: authority, serverName: "mail.example.org", as: client, sender: "taro@example.org",
                recipient: recipient) + options + ["--resume", "--pause", "\(Room.sharedPath)/\(pause)"]
        let second = Mutex<Result<Conversation, any Error>?>(nil)
        let finished = DispatchGroup()
        DispatchQueue.global().async(group: finished) {
            let seen = Result { try self.runClient(arguments) }
            second.withLock { $0 = seen }
        }
        try wait(120, for: "the client's first conversation") {
            FileManager.default.fileExists(atPath: room.shared.file("\(pause).paused")) || second.withLock { $0 != nil }
        }
        // Whatever happens, the client is let go.
        let happened = Result { try event() }
        try room.shared.write("", to: "\(pause).go")
        finished.wait()
        try happened.get()
        guard let seen = second.withLock({ $0 }) else { throw Room.Failure.timedOut("the client's end", log: log) }
        return try seen.get()
    }

    private func arguments(
        verifying authority: String?, serverName: String, as client: Credentials?, sender: String, recipient: String?
    ) throws -> [String] {
        var arguments = ["--server-name", serverName, "--mail-from", sender]
        if let authority { arguments += ["--ca", try room.copy(authority)] }
        if let client {
            arguments += ["--cert", try room.copy(client.certificate), "--key", try room.copy(client.key)]
        }
        if let recipient { arguments += ["--rcpt", recipient] }
        return arguments
    }

    private func runClient(_ arguments: [String]) throws -> Conversation {
        let seen = try room.must("python3", ["\(Room.sharedPath)/smtp-client"] + arguments)
        return try JSONDecoder().decode(Conversation.self, from: Data(seen.utf8))
    }

    /// Does `work`, and waits for the line with which the daemon ends its start.
    private func untilStarted(_ work: () throws -> Void) throws {
        func starts() -> Int { log.components(separatedBy: "started as: ").count }
        let before = starts()
        try work()
        try wait(120, for: "Sendmail's start") { starts() > before }
    }

    private func wait(_ seconds: TimeInterval, for event: String, until condition: () -> Bool) throws {
        let patience = Date(timeIntervalSinceNow: seconds)
        while !condition() {
            guard Date.now < patience else { throw Room.Failure.timedOut(event, log: log) }
            usleep(5000)
        }
    }

    /// A source of passwords, as the page on Sendmail has it.
    private static let passwords = """
        mkdir -p /etc/sasl2
        printf 'pwcheck_method: auxprop\\nauxprop_plugin: sasldb\\n' >/etc/sasl2/Sendmail.conf
        echo secret | saslpasswd2 -p -c -u mail.example.org taro
        """

    /// Debian's own beginning and end of sendmail.mc with the lines between them: it has the access map, looks nothing
    /// up in the DNS, which a room has not, and relays for nobody by itself.
    private static func configuration(with lines: String) -> String {
        """
        divert(-1)dnl
        define(`_USE_ETC_MAIL_')dnl
        include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
        divert(0)dnl
        OSTYPE(`debian')dnl
        DOMAIN(`debian-mta')dnl
        FEATURE(`no_default_msa')dnl
        DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp, Addr=127.0.0.1')dnl
        FEATURE(`access_db', , `skip')dnl
        FEATURE(`nocanonify')dnl
        FEATURE(`accept_unresolvable_domains')dnl
        define(`confSERVICE_SWITCH_FILE', `/etc/mail/service.switch-nodns')dnl
        define(`confLOG_LEVEL', `14')dnl
        define(`confREFUSE_LA', `10000')dnl
        \(lines)
        MAILER_DEFINITIONS
        MAILER(`local')dnl
        MAILER(`smtp')dnl

        """
    }
}
