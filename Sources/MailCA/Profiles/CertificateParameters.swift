public import OpenSSLKit

/// What somebody wants of a certificate, in the form in which people type it. Nothing here is checked yet:
/// the ``Authority`` does that when it issues, and says what is wrong.
public struct CertificateParameters: Sendable {
    public var profile: Profile
    /// Hosts and addresses of a server, or the one mail address of a user.
    public var names: [String]
    /// The life in days; nil for the profile's usual one, cut at the end of the CA's.
    public var days: Int?
    /// The kind of key to make; ignored where a request brings its own.
    public var keyAlgorithm: KeyAlgorithm
    /// Which of the user's devices it is for, to tell several certificates apart.
    public var device: String?
    /// The user's name in full, for the ledger and for the programs that import the certificate.
    public var fullName: String?
    /// A request whose public key is to be used; nothing else of it is believed.
    public var request: CertificateRequest?
    /// The key of an earlier certificate of the same holder.
    var publicKey: PublicKey?
    /// The one name of a user, where it was read before.
    var address: EmailAddress?

    /// For a mail server, by host names and IP addresses; the first becomes its common name.
    public static func server(
        _ names: [String], days: Int? = nil, key: KeyAlgorithm = .ecP256, request: CertificateRequest? = nil
    ) -> CertificateParameters {
        .init(profile: .server, names: names, days: days, keyAlgorithm: key, request: request)
    }

    /// For a user, by mail address.
    public static func client(
        _ address: String, fullName: String? = nil, device: String? = nil, days: Int? = nil,
        key: KeyAlgorithm = .ecP256, request: CertificateRequest? = nil
    ) -> CertificateParameters {
        .init(
            profile: .client, names: [address], days: days, keyAlgorithm: key, device: device, fullName: fullName,
            request: request)
    }
}

extension CertificateParameters {
    /// For a user whose address was read before.
    public static func client(
        _ address: EmailAddress, fullName: String? = nil, device: String? = nil, days: Int? = nil,
        key: KeyAlgorithm = .ecP256
    ) -> CertificateParameters {
        var parameters = client(address.description, fullName: fullName, device: device, days: days, key: key)
        parameters.address = address
        return parameters
    }
}

/// What somebody wants of a new CA.
public struct AuthorityParameters: Sendable {
    /// Its common name, at most 64 characters.
    public var name: String
    /// The domains that it may issue for, their subdomains included.
    public var domains: [String]
    /// The blocks of IP addresses that it may issue for, as `192.0.2.0/24`; none by default.
    public var addressBlocks: [String]
    /// No name constraints: it may issue for every name there is.
    public var insecureUnconstrained: Bool
    /// The life in days; nil for the usual one.
    public var days: Int?
    public var keyAlgorithm: KeyAlgorithm
    /// Make a root to be locked away and an issuing CA below it for the daily work.
    public var offlineRoot: Bool

    public init(
        name: String, domains: [String], addressBlocks: [String] = [], insecureUnconstrained: Bool = false,
        days: Int? = nil, keyAlgorithm: KeyAlgorithm = .ecP256, offlineRoot: Bool = false
    ) {
        self.name = name
        self.domains = domains
        self.addressBlocks = addressBlocks
        self.insecureUnconstrained = insecureUnconstrained
        self.days = days
        self.keyAlgorithm = keyAlgorithm
        self.offlineRoot = offlineRoot
    }
}
