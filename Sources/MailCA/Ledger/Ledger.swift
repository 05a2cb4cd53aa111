public import FoundationEssentials
public import OpenSSLKit

/// The CA's memory: every certificate from before its signature on, every revocation, every revocation list, and who
/// did what.
///
/// A method that changes something returns when the change would survive a loss of power, and enters an ``Act`` for
/// it. All of them throw ``MailCAError`` with the codes `damaged`, `ledgerIsNewer`, `busy`, `noSpace`,
/// `permissionDenied`, `inputOutput`.
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

    /// Enters certificates that the CA signed and the ledger lost, with their revocations: all of them, or none.
    ///
    /// One that was given up here, though it was published after all, becomes issued. An entry without a certificate
    /// stands for a number that is on a revocation list and of which nothing else is known: it is entered as abandoned
    /// and revoked, so that it stays on the lists until the end of its validity.
    func recover(_ entries: [LedgerEntry]) throws(MailCAError)

    func entry(_ serialNumber: SerialNumber) throws(MailCAError) -> LedgerEntry?

    /// Hands over the entries that match, one after the other, as they are now.
    func forEachEntry(
        _ query: LedgerQuery, _ take: (LedgerEntry) throws(MailCAError) -> Void
    ) throws(MailCAError)

    /// How many entries match.
    func count(_ query: LedgerQuery) throws(MailCAError) -> Int

    /// Which of these have a certificate of that kind that is valid.
    func haveLiveCertificates(_ holders: [Holder], profile: Profile, at date: Date) throws(MailCAError) -> [Bool]

    /// Notes that issued certificates are taken back: all of them, or none.
    func revoke(_ serialNumbers: [SerialNumber], _ revocation: LedgerEntry.Revocation) throws(MailCAError)

    /// Makes the next revocation list of a CA. It gets the next number, and the time `from` or one just after the last
    /// list's where that is later.
    ///
    /// It lists what is revoked, until it has been on a list that was made after its end (RFC 5280 §3.3). Nobody
    /// else can make one at the same time, and a list that `signer` does not sign leaves no trace.
    /// - Parameter isPlanned: it is to be used only when its time comes, and another one may take its place before.
    func addRevocationList(
        issuer: SerialNumber, from: Date, isPlanned: Bool, signer: RevocationListSigner
    ) throws(MailCAError) -> SignedRevocationList

    /// The newest revocation list of a CA whose time has come.
    func latestRevocationList(issuer: SerialNumber, at date: Date) throws(MailCAError) -> SignedRevocationList?

    /// Planned lists whose time has not come, the next one first.
    func plannedRevocationLists(issuer: SerialNumber, at date: Date) throws(MailCAError) -> [SignedRevocationList]

    /// The list of that number, also one that others took the place of: then its bytes are no longer here. The times
    /// of one that was only passed over, or planned and withdrawn, say nothing.
    func revocationList(issuer: SerialNumber, number: Int64) throws(MailCAError) -> SignedRevocationList?

    /// Whether something was revoked since the newest list of a CA was made.
    func hasUnlisted(issuer: SerialNumber) throws(MailCAError) -> Bool

    /// Makes sure that the next lists of a CA have numbers and times above those of any list made before `date`, known
    /// here or not: a backup does not know what came after it.
    func skipRevocationLists(issuer: SerialNumber, to date: Date) throws(MailCAError)

    /// Hands over the audit log, oldest act first, or newest first up to `limit`.
    func forEachAct(newest limit: Int?, _ take: (Act) throws(MailCAError) -> Void) throws(MailCAError)

    /// The acts by which a certificate became what it is, the oldest first.
    func acts(of serialNumber: SerialNumber) throws(MailCAError) -> [Act]

    /// The newest act; nil before the first.
    func lastAct() throws(MailCAError) -> Act?

    /// Enters an act that changes nothing else.
    func note(_ kind: Act.Kind, subject: String, note: String) throws(MailCAError)

    /// What in the ledger is not as its acts left it.
    /// - Parameter certificates: of the CA, which signed the heads of the log.
    func auditFaults(authorities certificates: [Certificate]) throws(MailCAError) -> [AuditFault]

    /// Where mail servers read what the CA made.
    func deployments() throws(MailCAError) -> [Deployment]

    /// Remembers a deployment, in place of an earlier one of the same directory.
    func remember(_ deployment: Deployment) throws(MailCAError)

    /// Forgets a deployment.
    /// - Throws: ``MailCAError`` also with code `notFound`.
    func forget(deployment directory: String) throws(MailCAError)

    /// What was changed in the configuration of mail servers.
    func configurations() throws(MailCAError) -> [ConfigurationRecord]

    /// Remembers what was changed in a server's configuration, in place of an earlier record of the same server and
    /// directory.
    func remember(_ configuration: ConfigurationRecord) throws(MailCAError)

    /// Forgets it: all of it was taken back. There need be none.
    func forget(configurationOf server: String, for directory: String) throws(MailCAError)

    /// When `mailca maintain` ran last; nil where it never did.
    func lastMaintained() throws(MailCAError) -> Date?

    func noteMaintained(_ date: Date) throws(MailCAError)

    /// Looks at all that is stored, whether it is as it was written. It takes seconds where there are hundreds of
    /// thousands of certificates.
    /// - Throws: ``MailCAError`` with code `damaged`.
    func check() throws(MailCAError)
}

extension Ledger {
    /// The entries that match.
    public func entries(_ query: LedgerQuery) throws(MailCAError) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        try forEachEntry(query) { entries.append($0) }
        return entries
    }
}
