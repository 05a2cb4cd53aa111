import FoundationEssentials
public import MailCA
public import OpenSSLKit

/// What a client asks for by its certificate: to relay, or to log in.
public struct Attempt: Sendable, Hashable {
    /// Whom the mail would come from; nil for nobody (`<>`), as a bounce does.
    public var sender: EmailAddress?
    /// Whom it would go to: somebody whom the server has nothing to do with.
    public var recipient: EmailAddress
    /// As whom to log in; nil for whoever the certificate says.
    public var identity: String?

    public init(sender: EmailAddress? = nil, recipient: EmailAddress, identity: String? = nil) {
        self.sender = sender
        self.recipient = recipient
        self.identity = identity
    }

    /// As the owner of a certificate would: from the first of its addresses.
    public init(as certificate: Certificate, recipient: EmailAddress) {
        self.init(sender: Self.addresses(of: certificate).first, recipient: recipient)
    }

    /// The addresses in a certificate that can stand in a command as they are.
    static func addresses(of certificate: Certificate) -> [EmailAddress] {
        let names = (try? certificate.fields().extensions.subjectAlternativeNames) ?? []
        return names.compactMap { name in
            guard case .rfc822Name(let text) = name, text.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
                return nil
            }
            return try? EmailAddress(text)
        }
    }

    /// The identity as SASL sends it (RFC 4422, appendix A).
    var encodedIdentity: String { Data((identity ?? "").utf8).base64EncodedString() }
}

/// What came of an attempt.
public struct Admission: Sendable, Hashable {
    public let right: MailService.Right
    /// The answer that decided.
    public let reply: ServerReply

    public init(_ right: MailService.Right, _ reply: ServerReply) {
        self.right = right
        self.reply = reply
    }

    public var isGranted: Bool { reply.isPositive }

    /// Whether it was refused for who the client is, and not for the recipient's sake: `5.7.1` and its kin (RFC 3463
    /// §3.8), or a code that says so.
    public var isRefused: Bool {
        guard reply.verdict == .no else { return false }
        guard right == .relaying else { return true }
        let words = (reply.lines.last ?? "").split(whereSeparator: { " -".contains($0) }).map(String.init)
        if words.count > 1, words[1].hasPrefix("5."), words[1].split(separator: ".").count == 3 {
            return words[1].hasPrefix("5.7.")
        }
        return true
    }
}
