public import FoundationEssentials
public import OpenSSLKit

/// Which entries of a ledger are wanted: those for which everything that is set holds.
public struct LedgerQuery: Sendable, Hashable {
    public enum Order: Sendable, Hashable {
        case oldestFirst, newestFirst
        /// Who ends first comes first.
        case endingFirst
        /// Who was revoked last comes first.
        case revokedLast
    }

    public var profiles: Set<Profile>?
    public var states: Set<LedgerEntry.State>?
    /// A host, IP address or mail address, in the form in which names are compared.
    public var name: String?
    /// SHA-256 of the subject public key info.
    public var keyFingerprint: [UInt8]?
    /// Only what this CA, by its serial number, signed and took back, and has to list.
    public var revokedBy: SerialNumber?
    public var isRevoked: Bool?
    /// Only what is valid at that time or later.
    public var endsFrom: Date?
    /// Only what ends before that time.
    public var endsBefore: Date?
    public var order: Order
    /// At most so many; nil for all.
    public var limit: Int?

    public init(
        profiles: Set<Profile>? = nil, states: Set<LedgerEntry.State>? = nil, name: String? = nil,
        keyFingerprint: [UInt8]? = nil, revokedBy: SerialNumber? = nil, isRevoked: Bool? = nil, endsFrom: Date? = nil,
        endsBefore: Date? = nil, order: Order = .oldestFirst, limit: Int? = nil
    ) {
        self.profiles = profiles
        self.states = states
        self.name = name
        self.keyFingerprint = keyFingerprint
        self.revokedBy = revokedBy
        self.isRevoked = isRevoked
        self.endsFrom = endsFrom
        self.endsBefore = endsBefore
        self.order = order
        self.limit = limit
    }
}
