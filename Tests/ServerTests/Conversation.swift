/// What `Tests/daemons/smtp-client` saw of a server.
struct Conversation: Decodable {
    struct Reply: Decodable {
        let code: Int
        let lines: [String]
        var text: String { lines.joined(separator: " ") }
    }

    let greeting: Reply?
    /// What the last EHLO listed: after STARTTLS where there was one.
    let extensions: [String]?
    let offersSTARTTLS: Bool
    let startTLS: Reply?
    let tlsVersion: String?
    /// The server's chain and host name were verified against the CA file given.
    let verified: Bool
    let verifyError: String?
    /// Hexadecimal, in lower case.
    let certificateSHA256: String?
    let resumed: Bool
    /// What the server said of name and password.
    let login: Reply?
    let sender: Reply?
    let recipient: Reply?
    /// Why the conversation ended early, if it did.
    let error: String?
}

/// A certificate with its chain and its key, as files.
struct Credentials: Sendable {
    let certificate: String
    let key: String
    /// What keeps the files there.
    let owner: any AnyObject & Sendable
}
