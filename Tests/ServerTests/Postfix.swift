import Foundation
import TestSupport

/// A real Postfix in a room of its own, on the ports of mail and submission, configured by the lines that `mailca`
/// prints. It ends with this object.
final class Postfix: Sendable {
    /// A port, and whether TLS comes first there.
    enum Port: String {
        case mail = "25"
        case submission = "587"
        case submissions = "465"
    }

    let authority: Authority
    let room: Room

    private init(authority: Authority, room: Room) {
        self.authority = authority
        self.room = room
    }

    /// Makes main.cf and master.cf as Debian does, puts the printed lines into them, and starts Postfix.
    /// - Parameter listed: whose certificates are on the list, where only listed ones relay.
    static func start(
        _ authority: Authority, _ purpose: Purpose = .relay, listed: [Credentials]? = nil
    ) throws -> Postfix {
        let server = Postfix(authority: authority, room: try Room(of: authority))
        let lines = try PrintedLines.postfix(authority.certs, purpose, listed: listed != nil)
        try server.room.shared.write(debian, to: "main.cf")
        for (file, text) in lines {
            try server.room.shared.write(text, to: "printed-\(URL(fileURLWithPath: file).lastPathComponent)")
        }
        try server.room.must("sh", ["-c", setUp])
        try server.revoke([])
        if let listed { try server.write("postfix.clients", listed, "mailca_listed") }
        try server.room.must("postfix", ["start"])
        return server
    }

    /// Puts certificates, and no others, on the map of those that are revoked.
    func revoke(_ certificates: [Credentials]) throws {
        try write("postfix.ccert_revoked", certificates, "REJECT certificate revoked")
    }

    /// Removes the map, or breaks its database, and starts all processes anew.
    func breakMap(_ command: String) throws {
        try room.must("sh", ["-c", "cd \(authority.certs) && \(command)"])
        try reload()
    }

    /// Has all processes replaced.
    func reload() throws {
        func reloads() -> Int { log.components(separatedBy: "reload -- version").count }
        let before = reloads()
        try room.must("postfix", ["reload"])
        try room.wait(120, for: "Postfix's reload") { reloads() > before }
    }

    /// The log so far.
    var log: String { room.log }

    /// Talks to the server from 127.0.0.2, which is not in mynetworks, as far as RCPT; no message is ever sent.
    /// - Parameters:
    ///   - login: name and password, with a colon between them.
    ///   - secured: whether the client uses TLS at all.
    func converse(
        _ port: Port = .mail, serverName: String = "mail.example.org", as client: Credentials? = nil,
        recipient: String = outsider, login: String? = nil, secured: Bool = true
    ) throws -> Conversation {
        var line = try arguments(port, serverName: serverName, as: client, recipient: recipient)
        if let login { line += ["--login", login] }
        if !secured { line.append("--plain") }
        return try room.talk("smtp-client", line)
    }

    /// Talks to the server twice, the second time with the TLS session of the first, and returns the second
    /// conversation.
    /// - Parameters:
    ///   - tls: the version, 1.2 or 1.3.
    ///   - event: what happens in between.
    func resume(as client: Credentials, tls: String, after event: () throws -> Void) throws -> Conversation {
        let line = try arguments(.mail, as: client, recipient: Self.outsider)
        return try room.talkTwice("smtp-client", line + ["--tls", tls], after: event)
    }

    /// Nobody the server has anything to do with: whether it takes mail for them is whether it relays.
    static let outsider = "someone@elsewhere.test"
    /// Somebody whose mail everybody may bring.
    static let local = "hanako@example.org"

    private func arguments(
        _ port: Port, serverName: String = "mail.example.org", as client: Credentials?, recipient: String
    ) throws -> [String] {
        try room.arguments(verifying: "\(authority.certs)/cacert.pem", serverName: serverName, as: client)
            + ["--port", port.rawValue, "--mail-from", "taro@example.org", "--rcpt", recipient]
            + (port == .submissions ? ["--implicit"] : [])
    }

    /// Writes a map as `mailca` does: the database is made beside its place, then both are renamed.
    private func write(_ map: String, _ certificates: [Credentials], _ answer: String) throws {
        let lines = try certificates.map { "\(try Self.fingerprint(of: $0.certificate)) \(answer)\n" }
        let place = "\(authority.certs)/\(map)"
        try lines.joined().write(toFile: "\(place).new", atomically: false, encoding: .utf8)
        try room.must("postmap", ["hash:\(place).new"])
        try room.must("mv", ["\(place).new.db", "\(place).db"])
        try room.must("mv", ["\(place).new", place])
    }

    /// A certificate's name in the maps.
    private static func fingerprint(of path: String) throws -> String {
        let digits = Array(try certificateSHA256(of: path).uppercased())
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<$0 + 2]) }.joined(separator: ":")
    }

    /// What the package's scripts would have made, and what the page on Postfix says. The password's file is where
    /// the daemon, which Debian runs in a chroot, finds it. All of Postfix waits while main.cf is younger than two
    /// seconds, so it is made older.
    private static let setUp = """
        set -e
        cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
        cp \(Room.sharedPath)/main.cf /etc/postfix/main.cf
        touch -d '1 hour ago' /etc/postfix/main.cf
        chown postfix: /var/lib/postfix
        postconf -X smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_security_level smtpd_relay_restrictions
        for file in main.cf master.cf; do
            printed=\(Room.sharedPath)/printed-$file
            [ ! -e $printed ] || cat $printed >>/etc/postfix/$file
        done
        touch -d '1 hour ago' /etc/postfix/main.cf
        : >/etc/aliases
        postalias /etc/aliases
        printf 'pwcheck_method: auxprop\\nauxprop_plugin: sasldb\\nmech_list: PLAIN\\n' >/etc/postfix/sasl/smtpd.conf
        echo secret | saslpasswd2 -p -c -u example.org -f /var/spool/postfix/etc/sasldb2 taro
        chgrp postfix /var/spool/postfix/etc/sasldb2
        """

    /// Debian's main.cf, but for mynetworks, which has all of 127.0.0.0 there, and for local users, who are no matter.
    private static let debian = """
        smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
        biff = no
        append_dot_mydomain = no
        readme_directory = no
        compatibility_level = 3.6
        smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem
        smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key
        smtpd_tls_security_level=may
        smtp_tls_CApath=/etc/ssl/certs
        smtp_tls_security_level=may
        smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache
        smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
        myhostname = mail.example.org
        alias_maps = hash:/etc/aliases
        alias_database = hash:/etc/aliases
        mydestination = $myhostname, example.org, localhost
        relayhost =
        mynetworks = 127.0.0.1/32
        mailbox_size_limit = 0
        recipient_delimiter = +
        inet_interfaces = all
        inet_protocols = ipv4
        local_recipient_maps =

        """
}
