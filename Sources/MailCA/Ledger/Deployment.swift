public import OpenSSLKit

/// A place where mail servers read what a CA made, remembered so that every command can bring it up to date.
public struct Deployment: Sendable, Hashable {
    /// A mail server that reads it.
    public struct Server: Sendable, Hashable {
        /// By what its layout is called.
        public let name: String
        /// Whether only listed certificates let their holders relay.
        public var isListed: Bool

        public init(name: String, isListed: Bool = false) {
            self.name = name
            self.isListed = isListed
        }
    }

    /// The path of the directory, absolute.
    public let directory: String
    /// The server's certificate there; nil where only the CA's files are.
    public var certificate: SerialNumber?
    /// Whether the mail servers are told when their files changed.
    public var reload: Bool
    /// Who reads it, in the order of their names; none where nobody said, which stands for Sendmail.
    public var servers: [Server]
    /// Where certificates are listed: whose, in the form in which names are compared. None: those of all users.
    public var users: [String]
    /// The group that may read the server's key; nil where only root may.
    public var keyGroup: String?

    public init(
        directory: String, certificate: SerialNumber? = nil, reload: Bool = false, servers: [Server] = [],
        users: [String] = [], keyGroup: String? = nil
    ) {
        self.directory = directory
        self.certificate = certificate
        self.reload = reload
        self.servers = servers
        self.users = users
        self.keyGroup = keyGroup
    }
}

extension Deployment.Server: LosslessStringConvertible {
    /// `postfix`, or `postfix:listed`.
    public var description: String { isListed ? "\(name):listed" : name }

    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 1 || parts[1] == "listed", !parts[0].isEmpty else { return nil }
        self.init(name: String(parts[0]), isListed: parts.count == 2)
    }
}
