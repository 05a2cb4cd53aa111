import Foundation
import TestSupport
import Testing

/// A mail server that was deployed, as a user finds it.
protocol Deployed: Sendable {
    var room: Room { get }
    /// What the daemon has said so far.
    var log: String { get }
    /// Whether the holder of this certificate may relay, or log in.
    func admits(_ client: Credentials?) throws -> Bool
    /// Whether he may at his second visit, with the TLS session of the first.
    /// - Parameter event: what happens in between.
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool
    /// The SHA-256 of the certificate that it shows.
    func served() throws -> String?
    /// Has it read its files again.
    func reload() throws
}

/// The daemon says these words, or has said them: what it logs may come a moment after what it answers.
func expectLogged(_ words: String, by server: some Deployed, at location: SourceLocation = #_sourceLocation) {
    try? server.room.wait(60, for: words) { server.log.contains(words) }
    #expect(server.log.contains(words), "\(server.log)", sourceLocation: location)
}

/// The lines in which the daemon says these words, once there are as many as there have to be.
func lines(with words: String, count: Int, by server: some Deployed) -> [Substring] {
    var lines: [Substring] { server.log.split(separator: "\n").filter { $0.contains(words) } }
    try? server.room.wait(60, for: words) { lines.count >= count }
    return lines
}

extension Postfix: Deployed {
    func admits(_ client: Credentials?) throws -> Bool { try converse(as: client).recipient?.code == 250 }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(as: client, tls: tls, after: event).recipient?.code == 250
    }
    func served() throws -> String? { try converse().certificateSHA256 }
}

extension Exim: Deployed {
    func admits(_ client: Credentials?) throws -> Bool { try converse(as: client).recipient?.code == 250 }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(as: client, tls: tls, after: event).recipient?.code == 250
    }
    func served() throws -> String? { try converse(as: nil).certificateSHA256 }
}

extension Dovecot: Deployed {
    func admits(_ client: Credentials?) throws -> Bool { try converse(as: client).isLoggedIn }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(as: client, tls: tls, after: event).isLoggedIn
    }
    func served() throws -> String? { try converse().certificateSHA256 }
}

extension Cyrus: Deployed {
    func admits(_ client: Credentials?) throws -> Bool { try converse(as: client).isLoggedIn }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(as: client, tls: tls, after: event).isLoggedIn
    }
    func served() throws -> String? { try converse().certificateSHA256 }
}

extension Sendmail: Deployed {
    func admits(_ client: Credentials?) throws -> Bool {
        try converse(as: client, recipient: SendmailTests.outsider).recipient?.code == 250
    }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(
            verifying: "\(certs)/cacert.pem", as: client, recipient: SendmailTests.outsider,
            options: ["--tls", tls], after: event
        ).recipient?.code == 250
    }
    func served() throws -> String? { try converse().certificateSHA256 }
}

extension OpenSMTPD: Deployed {
    func admits(_ client: Credentials?) throws -> Bool { try converse(as: client).recipient?.code == 250 }
    func admitsAgain(_ client: Credentials, tls: String, after event: () throws -> Void) throws -> Bool {
        try resume(as: client, tls: tls, after: event).recipient?.code == 250
    }
    func served() throws -> String? { try converse(port: 25).certificateSHA256 }
    func reload() throws { try restart() }
}

/// The servers that can be told of a revocation.
enum Deployable: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case sendmail, postfix, exim, dovecot, cyrus

    var testDescription: String { rawValue }

    private var needsSharedKey: Bool { self == .exim || self == .cyrus }

    /// What `mailca deploy` is asked for.
    var arguments: [String] {
        ["deploy", rawValue] + (needsSharedKey ? ["--key-group", "ssl-cert"] : [])
    }

    /// Deploys the CA by `mailca` alone, starts the daemon with the printed lines, and has it told from then on.
    func start(_ authority: Authority) throws -> any Deployed {
        let server: any Deployed
        switch self {
        case .sendmail:
            let room = try Room(of: authority)
            try room.mustMailCA(authority, arguments)
            server = try Sendmail.start(
                owner: authority, certs: authority.certs, mc: PrintedLines.sendmail(authority.certs, .relay),
                access: "\(authority.certs)/sendmail.access", in: room)
        case .postfix: server = try Postfix.start(authority)
        case .exim: server = try Exim.start(authority, listed: [])
        // Where one process serves many, sessions could be resumed.
        case .dovecot: server = try Dovecot.start(authority, isBusy: true)
        case .cyrus: server = try Cyrus.start(authority)
        }
        try server.room.mustMailCA(authority, arguments + ["--reload"])
        return server
    }
}
