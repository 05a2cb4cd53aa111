public import MailCA
import OpenSSLKit

/// A mail service as clients know it: a protocol, a host, a port. `smtp://mail.example.org`, `imaps://[2001:db8::7]:994`.
public struct MailService: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// From server to server, with STARTTLS (RFC 3207).
        case smtp
        /// From users, with STARTTLS (RFC 6409).
        case submission
        /// From users, TLS first (RFC 8314).
        case smtps
        /// With STARTTLS (RFC 9051).
        case imap
        /// TLS first.
        case imaps
        /// With STLS (RFC 2595).
        case pop3
        /// TLS first.
        case pop3s
        /// ManageSieve, with STARTTLS (RFC 5804).
        case sieve
        /// To a mail store, with STARTTLS (RFC 2033).
        case lmtp

        /// The port that it has where none is said.
        public var port: UInt16 {
            switch self {
            case .smtp: 25
            case .submission: 587
            case .smtps: 465
            case .imap: 143
            case .imaps: 993
            case .pop3: 110
            case .pop3s: 995
            case .sieve: 4190
            case .lmtp: 24
            }
        }

        /// Whether TLS comes before the first word.
        public var isSecureFromTheStart: Bool { self == .smtps || self == .imaps || self == .pop3s }

        /// What a certificate is good for there, if anything.
        public var right: Right? {
            switch self {
            case .smtp, .submission, .smtps: .relaying
            case .imap, .imaps, .pop3, .pop3s, .sieve: .loggingIn
            case .lmtp: nil
            }
        }
    }

    /// What a client may do by its certificate.
    public enum Right: Sendable, Hashable { case relaying, loggingIn }

    public let kind: Kind
    /// Whom the server's certificate has to name.
    public let name: ServerName
    public let port: UInt16

    /// - Parameter port: nil for that of the protocol.
    public init(_ kind: Kind, _ name: ServerName, port: UInt16? = nil) {
        self.kind = kind
        self.name = name
        self.port = port ?? kind.port
    }

    /// Whether it is meant to be one, and not a file.
    public static func isURL(_ text: String) -> Bool { text.contains("://") }

    /// Reads `smtp://mail.example.org:25`; an IPv6 address is in brackets.
    /// - Throws: `MailCAError` with the codes `invalidParameters` (protocol, port, or more than both) and `invalidName`.
    public init(url: String) throws(MailCAError) {
        guard let mark = url.firstRange(of: "://") else { throw Self.refusal(url, "it has no protocol") }
        let scheme = url[..<mark.lowerBound].lowercased()
        guard let kind = scheme == "submissions" ? .smtps : Kind(rawValue: scheme) else {
            throw Self.refusal(url, "the protocol is none of these")
        }
        var rest = url[mark.upperBound...]
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.contains(where: { "/?#@".contains($0) }) else {
            throw Self.refusal(url, "there is more in it than protocol, host and port")
        }
        var port: UInt16?
        // Of an address in brackets, the colon after them.
        let end = rest.hasPrefix("[") ? rest.firstIndex(of: "]") ?? rest.startIndex : rest.startIndex
        if let colon = rest[end...].lastIndex(of: ":") {
            let digits = rest[rest.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                throw Self.refusal(url, "its port is no number from 1 to 65535")
            }
            port = number
            rest = rest[..<colon]
        }
        let name = try ServerName(String(rest))
        if case .host(let host) = name, host.isWildcard { throw Self.refusal(url, "a wildcard is no host") }
        self.init(kind, name, port: port)
    }

    private static func refusal(_ url: String, _ reason: String) -> MailCAError {
        MailCAError(
            .invalidParameters, "\(url.shown) is not a mail server's URL: \(reason)",
            hint:
                "Write it as smtp://HOST:PORT, with one of \(Kind.allCases.map(\.rawValue).joined(separator: ", ")); an IPv6 address in brackets."
        )
    }

    /// The URL, without the port where it is the usual one.
    public var description: String {
        let host =
            switch name {
            case .host(let host): host.ascii
            case .address(let address): address.isIPv4 ? address.description : "[\(address)]"
            }
        return "\(kind.rawValue)://\(host)\(port == kind.port ? "" : ":\(port)")"
    }
}
