public import SystemPackage

/// What a mail server asks of those who connect to it.
public enum ClientPolicy: String, Sendable, Hashable, CaseIterable, Codable {
    /// TLS, and no certificates of clients.
    case encryption
    /// Certificates are asked for and never demanded; who shows one of the CA's may relay, or log in.
    case relay
    /// One port takes nobody without a certificate; the public's ports stay as they are.
    case demand
    /// Relaying, or logging in, under TLS only: by a password or by a certificate.
    case passwordOrCertificate = "password-or-certificate"
}

/// Whose certificates let their holders relay.
public enum RelayRule: String, Sendable, Hashable, CaseIterable, Codable {
    /// Every one that the CA signed and has not taken back.
    case all
    /// Of those, the ones that are on a list.
    case listed
}

/// What the lines of a mail server's configuration are to do.
public struct ConfigurationRequest: Sendable {
    /// The directory of certificates.
    public var certs: FilePath
    public var policy: ClientPolicy
    public var relay: RelayRule
    /// Whether a group may read the server's key.
    public var sharesKey: Bool
    /// Of Postfix's maps.
    public var mapType: PostfixMapType

    public init(
        certs: FilePath, policy: ClientPolicy = .relay, relay: RelayRule = .all, sharesKey: Bool = false,
        mapType: PostfixMapType = .hash
    ) {
        self.mapType = mapType
        self.sharesKey = sharesKey
        self.certs = certs
        self.policy = policy
        self.relay = relay
    }

    func file(_ name: String) -> String { certs.appending(name).string }
}
