import Foundation
import MailLayouts
import Synchronization

/// A running server whose directory is being changed.
protocol MistakenServer: Sendable {
    var room: Room { get }
    var log: String { get }
    /// Has it read everything anew, by a reload, or a start where it knows no other way.
    /// - Returns: what it said where it does not run then; nil where it does.
    func takeUp() throws -> String?
    /// What a client sees that has the root alone.
    /// - Parameter client: whose certificate is to be good; `taro` has one that was revoked.
    func effect(for client: String) throws -> DirectoryMistake.Effect
}

extension MailServer {
    /// Starts it with a CA's files, so that a room sees them, `mailca` and the clients.
    func start(_ authority: Authority) throws -> any MistakenServer {
        switch self {
        case .sendmail:
            return try Sendmail.start(
                owner: authority, certs: authority.certs, mc: PrintedLines.sendmail(authority.certs, .relay),
                access: "\(authority.certs)/sendmail.access", in: Room(of: authority))
        case .postfix: return try Postfix.start(authority)
        case .exim: return try Exim.start(authority, listed: [])
        case .dovecot:
            let server = try Dovecot.start(authority)
            // Why a user's certificate is not good is said only so.
            try server.room.must("sh", ["-c", "echo verbose_ssl = yes >>/etc/dovecot/local.conf"])
            return server
        case .cyrus: return try Cyrus.start(authority)
        case .opensmtpd: return try OpenSMTPD.start(authority)
        }
    }
}

extension MistakenServer {
    /// Talks to a mail server as somebody, or as nobody.
    fileprivate func talk(as client: String?, port: Int = 25) -> Conversation? {
        try? room.talk("smtp-client", arguments(client) + ["--port", String(port), "--rcpt", "someone@elsewhere.test"])
    }

    fileprivate func arguments(_ client: String?) -> [String] {
        let material = MistakenDirectory.material
        let ca = client == "long" ? "long/cacert.pem" : "root.pem"
        return ["--server-name", "mail.example.org", "--ca", "\(material)/\(ca)"]
            + (client.map { ["--cert", "\(material)/\($0).pem", "--key", "\(material)/\($0).key"] } ?? [])
    }

    /// How far TLS comes; nil where nothing is wrong with it.
    fileprivate func effectOnTLS(_ seen: Conversation?) -> DirectoryMistake.Effect? {
        guard let seen else { return .doesNotStart }
        if !seen.offersSTARTTLS { return .offersNoTLS }
        if let code = seen.startTLS?.code, code != 220 { return .refusesTLS }
        if seen.verifyError != nil { return .isNotBelieved }
        return seen.tlsVersion == nil ? .breaksTLS : nil
    }

    /// Who relays.
    fileprivate func effectOnRelaying(_ client: String) -> DirectoryMistake.Effect {
        let seen = talk(as: client)
        if let effect = effectOnTLS(seen) { return effect }
        switch seen?.recipient?.code {
        case 250: return talk(as: "taro")?.recipient?.code == 250 ? .admitsRevoked : .serves
        case 451: return .defersUsers
        default: return .refusesUsers
        }
    }

    /// Who logs in.
    /// - Parameter source: the address to come from.
    fileprivate func effectOnMailboxes(_ client: String, source: () -> String) -> DirectoryMistake.Effect {
        func talk(_ name: String) -> MailboxConversation? {
            let more = ["--external", "", "--source", source(), "--only-offered", "--patience", "10"]
            return try? room.talk("imap-client", arguments(name) + more)
        }
        guard let seen = talk(client) else { return .doesNotStart }
        if seen.verifyError != nil { return .isNotBelieved }
        if seen.tlsVersion == nil {
            let error = seen.error ?? ""
            return error.hasPrefix("TimeoutError") ? .hangs : error.hasPrefix("SSL") ? .breaksTLS : .refusesTLS
        }
        guard seen.isLoggedIn else { return .refusesUsers }
        return talk("taro")?.isLoggedIn == true ? .admitsRevoked : .serves
    }
}

extension Sendmail: MistakenServer {
    func takeUp() throws -> String? {
        try reload()
        return nil
    }

    func effect(for client: String) throws -> DirectoryMistake.Effect { effectOnRelaying(client) }
}

extension Postfix: MistakenServer {
    func takeUp() throws -> String? {
        try reload()
        return nil
    }

    func effect(for client: String) throws -> DirectoryMistake.Effect { effectOnRelaying(client) }
}

extension Exim: MistakenServer {
    func takeUp() throws -> String? {
        try reload()
        return nil
    }

    func effect(for client: String) throws -> DirectoryMistake.Effect { effectOnRelaying(client) }
}

extension Dovecot: MistakenServer {
    /// A second one is started: it reads all files before it sees that there is one already.
    func takeUp() throws -> String? {
        let said = try room.run("dovecot").everything
        if said.contains("Error in configuration file") { return said }
        try reload()
        return nil
    }

    /// Dovecot lets an address wait that failed to log in.
    func effect(for client: String) throws -> DirectoryMistake.Effect {
        effectOnMailboxes(client) { "127.0.0.\(Self.addresses.add(1, ordering: .relaxed).newValue)" }
    }

    private static let addresses = Atomic(1)
}

extension Cyrus: MistakenServer {
    func takeUp() throws -> String? {
        try reload()
        return nil
    }

    func effect(for client: String) throws -> DirectoryMistake.Effect {
        effectOnMailboxes(client) { "127.0.0.2" }
    }
}

extension OpenSMTPD: MistakenServer {
    func takeUp() throws -> String? {
        let outcome = try room.run("sh", ["-c", Self.startAnew])
        return outcome.status == 0 ? nil : outcome.everything
    }

    /// Port 25 asks for no certificate, and sends no more than the file has.
    func effect(for client: String) throws -> DirectoryMistake.Effect {
        if let effect = effectOnTLS(talk(as: nil)) { return effect }
        let seen = talk(as: client, port: 587)
        if let effect = effectOnTLS(seen) { return effect }
        return seen?.recipient?.code == 250 ? .serves : .refusesUsers
    }

    /// It can end a moment after it began.
    private static let startAnew = """
        pid=$(cat /run/smtpd.test)
        kill $pid 2>/dev/null
        while [ -e /proc/$pid ]; do sleep 0.02; done
        (exec smtpd -F >/run/smtpd.said 2>&1 & echo $! >/run/smtpd.test)
        pid=$(cat /run/smtpd.test)
        for i in $(seq 30); do
            [ -e /proc/$pid ] || { cat /run/smtpd.said; exit 1; }
            sleep 0.05
        done
        """
}
