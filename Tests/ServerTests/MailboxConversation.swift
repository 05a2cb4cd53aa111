/// What `Tests/daemons/imap-client` saw of a server.
struct MailboxConversation: Decodable {
    struct Reply: Decodable {
        let ok: Bool
        let text: String
    }

    let greeting: String?
    /// What the server can do, after STARTTLS where there was one.
    let capabilities: [String]?
    let tlsVersion: String?
    /// The server's chain and host name were verified against the CA file given.
    let verified: Bool
    let verifyError: String?
    /// Hexadecimal, in lower case.
    let certificateSHA256: String?
    let resumed: Bool
    let login: Reply?
    let inbox: Reply?
    /// Why the conversation ended early, if it did.
    let error: String?

    var isLoggedIn: Bool { login?.ok == true && inbox?.ok == true }
}

/// How a client says who it is.
enum Login {
    /// By certificate, as this user; empty: as whom the certificate names.
    case external(String)
    case password(String, String)

    /// By certificate, as whom it names.
    static let certificate = Login.external("")

    var arguments: [String] {
        switch self {
        case .external(let name): ["--external", name]
        case .password(let name, let password): ["--login", "\(name):\(password)"]
        }
    }
}
