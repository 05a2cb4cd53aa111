public import FoundationEssentials
public import OpenSSLKit

/// A place where mail servers read what a CA made, remembered so that every command can bring it up to date.
public struct Deployment: Sendable, Hashable {
    /// A mail server that reads it.
    public struct Server: Sendable, Hashable {
        /// By what its layout is called.
        public let name: String
        /// Whether only listed certificates let their holders relay.
        public var isListed: Bool
        /// What kind of database its maps are made into, where that is not the one that is usual.
        public var mapType: String?

        public init(name: String, isListed: Bool = false, mapType: String? = nil) {
            self.name = name
            self.isListed = isListed
            self.mapType = mapType
        }
    }

    /// A certificate whose key waits beside the one that is served, until its DANE record is everywhere.
    public struct Staged: Sendable, Hashable {
        public let certificate: SerialNumber
        /// When its DANE record was printed first, to the second; nil where it was not yet.
        public var printed: Date?
        /// How long it waits from then on, in seconds: as long as others may still have the records of before.
        public var wait: TimeInterval

        public init(certificate: SerialNumber, printed: Date? = nil, wait: TimeInterval) {
            self.certificate = certificate
            self.printed = printed.map { Date(timeIntervalSince1970: $0.timeIntervalSince1970.rounded(.down)) }
            self.wait = wait
        }

        /// From when on the key may be put in place; nil where its record was never printed.
        public var due: Date? { printed?.addingTimeInterval(wait) }
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
    /// Whether the certificate of the CA that signs is sent along also where it is the root: a DANE record names it.
    public var sendsIssuer: Bool
    /// What comes after the certificate there.
    public var staged: Staged?

    public init(
        directory: String, certificate: SerialNumber? = nil, reload: Bool = false, servers: [Server] = [],
        users: [String] = [], keyGroup: String? = nil, sendsIssuer: Bool = false, staged: Staged? = nil
    ) {
        self.directory = directory
        self.certificate = certificate
        self.reload = reload
        self.servers = servers
        self.users = users
        self.keyGroup = keyGroup
        self.sendsIssuer = sendsIssuer
        self.staged = staged
    }
}

extension Deployment.Server: LosslessStringConvertible {
    /// `postfix`, `postfix:listed`, or `postfix:listed:map=lmdb`.
    public var description: String {
        name + (isListed ? ":listed" : "") + (mapType.map { ":\(Self.mapTag)\($0)" } ?? "")
    }

    private static let mapTag = "map="

    public init?(_ description: String) {
        var parts = description.split(separator: ":", omittingEmptySubsequences: false)[...]
        guard let name = parts.popFirst(), !name.isEmpty else { return nil }
        let isListed = parts.first == "listed"
        if isListed { parts.removeFirst() }
        let tag = parts.popFirst()
        guard parts.isEmpty, tag.map({ $0.hasPrefix(Self.mapTag) && $0 != Self.mapTag }) ?? true else { return nil }
        self.init(
            name: String(name), isListed: isListed, mapType: tag.map { String($0.dropFirst(Self.mapTag.count)) })
    }
}
