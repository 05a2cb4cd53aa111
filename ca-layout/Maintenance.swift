import FoundationEssentials
public import MailCA
import OpenSSLKit
import SystemPackage

/// What has to be done every day so that nothing ends unnoticed: server certificates renewed, revocation lists made
/// anew, files put in place, mail servers told.
public final class Maintenance {
    /// What was done, and what could not be.
    public struct Outcome: Sendable {
        /// A line for each thing done; none where nothing was.
        public var deeds: [String] = []
        public var problems: [MailCAError] = []
    }

    /// A week and a day without a run, and some hours of margin: no list may end meanwhile.
    static let longestPause = 8.25 * 86_400

    /// A next key that nobody put in place within a month was forgotten.
    static let longestStaging = 30.0 * 86_400

    private var authority: Authority
    private let now: Date
    private let isDry: Bool
    private var outcome = Outcome()

    /// - Parameters:
    ///   - authority: as it was opened; its keys may be locked.
    ///   - isDry: only say what would be done.
    public init(_ authority: Authority, isDry: Bool = false) {
        self.authority = authority
        self.isDry = isDry
        now = authority.now
    }

    /// Tells the servers of a directory what changed there, and says which had to be told.
    public typealias Tell = (DeployedDirectory, Set<String>) throws(MailCAError) -> [MailServer]

    /// Does what is due. A part that fails does not keep the others from being done.
    /// - Parameter unlock: gives the CA with its signing key.
    /// - Throws: the errors of `Ledger`.
    public func run(
        unlock: (Authority) throws(MailCAError) -> Authority,
        reload: Tell = { (directory, changed) throws(MailCAError) in try directory.tellServers(changed: changed) }
    ) throws(MailCAError) -> Outcome {
        let ledger = authority.ledger
        // Also where nothing is due: a passphrase that is not there should be missed today, not when it is too late.
        if !isDry { attempt { () throws(MailCAError) in authority = try unlock(authority) } }
        let isUnlocked = isDry || outcome.problems.isEmpty
        let deployed = try ledger.deployments().map { DeployedDirectory($0) }
        if isUnlocked { for directory in deployed { try renew(directory) } }
        let anew = try needsLists()
        if anew && isUnlocked { try makeLists() }
        let lists = try authority.latestRevocationLists()
        for directory in deployed { refresh(directory, lists, reload) }
        for directory in deployed { try checkStaged(directory) }
        try checkEnds(lists, isMadeAnew: anew && isDry)
        if !isDry && isUnlocked { try ledger.noteMaintained(now) }
        return outcome
    }

    /// Runs one part, and keeps what went wrong with it.
    private func attempt(_ work: () throws(MailCAError) -> Void) {
        do { try work() } catch { outcome.problems.append(error) }
    }

    // MARK: Certificates

    private func renew(_ directory: DeployedDirectory) throws(MailCAError) {
        guard let entry = try directory.certificate(of: authority) else { return }
        let host = entry.names.first ?? ""
        if let revocation = entry.revocation {
            outcome.problems.append(
                MailCAError(
                    .notPermitted,
                    "the certificate of \(host) in \(directory.path) was revoked on \(Timestamp.readable(revocation.date)), and is not renewed",
                    hint: "Make a new one with mailca issue-server --force."))
            return
        }
        guard authority.isDue(entry) else { return }
        // Not where it could not be laid out: that would make another one every day. What hinders it is told with the
        // files.
        guard (try? directory.plan(authority, try authority.latestRevocationLists())) != nil else { return }
        if isDry { return outcome.deeds.append("would renew the certificate of \(host)") }
        attempt { () throws(MailCAError) in
            let renewed = try authority.renew([entry.serialNumber])[0]
            outcome.deeds.append(
                "renewed the certificate of \(host): until \(Timestamp.rfc3339(renewed.fields.validity.notAfter)), serial \(renewed.serialNumber)"
            )
        }
    }

    // MARK: Lists

    /// Half of its life, and for a list that could last longer than a pause, so much that a pause can come.
    static func isDue(_ list: SignedRevocationList, at date: Date) -> Bool {
        let life = list.nextUpdate.timeIntervalSince(list.thisUpdate)
        let left = list.nextUpdate.timeIntervalSince(date)
        return left < max(life / 2, life > longestPause ? longestPause : 0)
    }

    private func needsLists() throws(MailCAError) -> Bool {
        guard try authority.revocationListsAreComplete() else { return true }
        guard let list = try authority.latestRevocationLists().first,
            list.issuer == authority.issuer.serialNumber
        else { return true }
        return Self.isDue(list, at: now)
    }

    private func makeLists() throws(MailCAError) {
        if isDry { return outcome.deeds.append("would make a new revocation list") }
        attempt { () throws(MailCAError) in
            let list = try authority.revocationLists(days: Authority.maintainedListDays)[0]
            outcome.deeds.append(
                "made the revocation list number \(list.number): \(list.count) revoked, until \(Timestamp.rfc3339(list.nextUpdate))"
            )
        }
    }

    // MARK: Files

    private func refresh(
        _ directory: DeployedDirectory, _ lists: [SignedRevocationList], _ reload: Tell
    ) {
        attempt { () throws(MailCAError) in
            let plan = try directory.plan(authority, lists)
            if isDry {
                let names = try plan.differences(in: directory.path)
                if !names.isEmpty { outcome.deeds.append("would write \(list(names, directory))") }
                return
            }
            let written = try plan.apply(under: directory.path).written
            guard !written.isEmpty else { return }
            outcome.deeds.append("wrote \(list(written.map(\.name), directory))")
            if let entry = try directory.certificate(of: authority) {
                var deployment = directory.deployment
                deployment.certificate = entry.serialNumber
                try authority.ledger.remember(deployment)
            }
            guard directory.deployment.reload else { return }
            for server in try reload(directory, Set(written.map(\.name))) {
                outcome.deeds.append("reloaded \(server.title)")
            }
        }
    }

    private func list(_ names: [String], _ directory: DeployedDirectory) -> String {
        // Hash links go with their files; alone they are named.
        let files = names.filter { !HashLinks.isHashLink($0) }
        return "\((files.isEmpty ? names : files).sorted().joined(separator: ", ")) in \(directory.path)"
    }

    /// A key that was made to be used soon, and that somebody forgot.
    private func checkStaged(_ directory: DeployedDirectory) throws(MailCAError) {
        guard let staged = directory.deployment.staged, let entry = try authority.ledger.entry(staged.certificate),
            case let since = staged.printed ?? entry.createdAt, now.timeIntervalSince(since) > Self.longestStaging
        else { return }
        let host = entry.names.first ?? ""
        outcome.problems.append(
            MailCAError(
                .invalidParameters,
                "the next key of \(host) waits in \(directory.path) since \(Timestamp.readable(since))",
                hint:
                    "Put it in place with mailca rekey \(host) --swap, or give it up with mailca rekey \(host) --drop.")
        )
    }

    // MARK: Ends

    /// Whether the next list is there already, and only its time has not come.
    private func isCovered(_ list: SignedRevocationList) throws(MailCAError) -> Bool {
        let planned = try authority.ledger.plannedRevocationLists(issuer: list.issuer, at: now)
        return planned.first.map { $0.thisUpdate < list.nextUpdate } ?? false
    }

    /// What nobody mended until now has to be heard of.
    /// - Parameter isMadeAnew: whether the list of the CA that signs is one that would be made.
    private func checkEnds(_ lists: [SignedRevocationList], isMadeAnew: Bool) throws(MailCAError) {
        for (certificate, fields) in zip(authority.certificates, authority.certificateFields) {
            let end = fields.validity.notAfter
            if end < now.addingTimeInterval(90 * 86_400) {
                outcome.problems.append(
                    MailCAError(
                        .invalidParameters,
                        "the CA \(fields.subject) \(end < now ? "ended" : "ends") on \(Timestamp.readable(end)), and all its certificates with it",
                        hint: "Make a new CA in another directory with mailca init-ca, and move servers and users over."
                    ))
            }
            if isMadeAnew && certificate == authority.certificates.first { continue }
            guard let list = lists.first(where: { $0.issuer == certificate.serialNumber }) else {
                outcome.problems.append(
                    MailCAError(
                        .notFound, "there is no revocation list of \(fields.subject), so Sendmail refuses every user",
                        hint: "Make one with mailca crl."))
                continue
            }
            // A quarter of its life; of a list that lasts for years, a quarter of a year.
            let margin = min(list.nextUpdate.timeIntervalSince(list.thisUpdate) / 4, 91 * 86_400)
            guard list.nextUpdate.timeIntervalSince(now) < margin, try !isCovered(list) else { continue }
            let isOffline = authority.certificates.count > 1 && certificate == authority.root
            outcome.problems.append(
                MailCAError(
                    .keyNotHere,
                    "the revocation list of \(fields.subject) ends on \(Timestamp.readable(list.nextUpdate)), and from then on every user is refused",
                    hint: isOffline
                        ? "Bring the root's key: mailca crl --root --periods 24 --root-key FILE."
                        : "Make a new one with mailca crl."))
        }
    }
}
