public import FoundationEssentials
public import OpenSSLKit

/// What the ledger knows of one certificate, from before it was signed until after it ended.
public struct LedgerEntry: Sendable, Hashable {
    /// How far it came.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Its serial number is taken and its signature may be under way; nothing of it was published.
        case pending
        /// It was signed, and may be in use.
        case issued
        /// It was never published: the command that began it ended before it was done.
        case abandoned
    }

    /// When and why it was taken back.
    public struct Revocation: Sendable, Hashable {
        public let date: Date
        public let reason: RevocationReason

        public init(date: Date, reason: RevocationReason) {
            self.date = date
            self.reason = reason
        }
    }

    public var serialNumber: SerialNumber
    /// The serial number of the CA certificate that signs it; its own for a root.
    public var issuer: SerialNumber
    public var profile: Profile
    public var state: State
    /// Hosts and IP addresses of a server, the address of a user, the domains of a CA.
    public var names: [String]
    public var device: String?
    public var fullName: String?
    public var validity: Validity
    /// SHA-256 of the subject public key info.
    public var keyFingerprint: [UInt8]
    public var createdAt: Date
    /// The certificate, DER; nil until it is issued.
    public var certificate: [UInt8]?
    public var revocation: Revocation?

    public init(
        serialNumber: SerialNumber, issuer: SerialNumber, profile: Profile, state: State = .pending, names: [String],
        device: String? = nil, fullName: String? = nil, validity: Validity, keyFingerprint: [UInt8], createdAt: Date,
        certificate: [UInt8]? = nil, revocation: Revocation? = nil
    ) {
        self.serialNumber = serialNumber
        self.issuer = issuer
        self.profile = profile
        self.state = state
        self.names = names
        self.device = device
        self.fullName = fullName
        self.validity = validity
        self.keyFingerprint = keyFingerprint
        self.createdAt = createdAt
        self.certificate = certificate
        self.revocation = revocation
    }

    /// Whether it is issued, not revoked, and within its time.
    public func isLive(at date: Date) -> Bool {
        state == .issued && revocation == nil && validity.contains(date)
    }
}
