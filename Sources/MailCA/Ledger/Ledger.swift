public import FoundationEssentials
public import OpenSSLKit

/// The CA's memory: every certificate from before its signature on, every revocation, every revocation list.
///
/// A method that changes something returns when the change would survive a loss of power. All of them throw
/// ``MailCAError`` with the codes `damaged`, `ledgerIsNewer`, `busy`, `noSpace`, `permissionDenied`, `inputOutput`.
public protocol Ledger: Sendable {
    /// Takes the serial numbers of certificates that are about to be signed: all of them, or none.
    func begin(_ entries: [LedgerEntry]) throws(MailCAError)

    /// Notes that what was begun is signed. From now on it may be published.
    func complete(_ certificates: [Certificate]) throws(MailCAError)

    /// Notes that what was begun was given up, and never published.
    func abandon(_ serialNumbers: [SerialNumber]) throws(MailCAError)

    /// Gives up everything that was begun by somebody who is no longer there to end it.
    /// - Parameter published: certificates that were found outside; those are completed instead.
    /// - Returns: what was found unfinished, as it stands now.
    func closeUnfinished(published: [Certificate]) throws(MailCAError) -> [LedgerEntry]

    func entry(_ serialNumber: SerialNumber) throws(MailCAError) -> LedgerEntry?

    /// The entries that match, oldest first.
    func entries(_ query: LedgerQuery) throws(MailCAError) -> [LedgerEntry]

    /// Notes that issued certificates are taken back: all of them, or none.
    func revoke(_ serialNumbers: [SerialNumber], _ revocation: LedgerEntry.Revocation) throws(MailCAError)

    /// Makes the next revocation list of a CA: `make` gets its number, the time `from` or one just after the last
    /// list's where that is later, and what to list.
    /// Nobody else can make one at the same time, and a list that `make` does not return leaves no trace.
    func addRevocationList(
        issuer: SerialNumber, from: Date,
        make: (_ number: Int64, _ thisUpdate: Date, _ revoked: [RevocationList.Entry]) throws(MailCAError) ->
            RevocationList
    ) throws(MailCAError) -> RevocationList

    /// The newest revocation list of a CA.
    func latestRevocationList(issuer: SerialNumber) throws(MailCAError) -> RevocationList?
}

/// Which entries of a ledger are wanted: those for which everything that is set holds.
public struct LedgerQuery: Sendable, Hashable {
    public var profiles: Set<Profile>?
    public var states: Set<LedgerEntry.State>?
    /// A host, IP address or mail address, in the form in which names are compared.
    public var name: String?
    /// SHA-256 of the subject public key info.
    public var keyFingerprint: [UInt8]?
    /// Only what this CA, by its serial number, signed and took back.
    public var revokedBy: SerialNumber?

    public init(
        profiles: Set<Profile>? = nil, states: Set<LedgerEntry.State>? = nil, name: String? = nil,
        keyFingerprint: [UInt8]? = nil, revokedBy: SerialNumber? = nil
    ) {
        self.revokedBy = revokedBy
        self.profiles = profiles
        self.states = states
        self.name = name
        self.keyFingerprint = keyFingerprint
    }
}
