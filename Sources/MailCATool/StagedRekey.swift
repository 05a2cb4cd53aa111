import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// The work of `rekey --staged`, `--swap` and `--drop`: a server's new key, whose DANE record is there before it is.
struct StagedRekey {
    private let host: ServedHost
    private let place: ServedHost.Place
    private let ports: PortOptions
    private let passphrase: PassphraseOptions
    private let common: CommonOptions
    private let workplace: Workplace

    private var directory: DeployedDirectory { place.directory }
    private var ledger: any Ledger { workplace.ledger }

    init(host: String, ports: PortOptions, passphrase: PassphraseOptions, common: CommonOptions) throws {
        workplace = try Workplace(common)
        self.host = try ServedHost(host, workplace.authority)
        place = try self.host.place(in: common.certsDirectory)
        (self.ports, self.passphrase, self.common) = (ports, passphrase, common)
    }

    // MARK: The next key

    /// Makes the next key where none is waiting, and prints the records of both.
    func stage(_ key: KeyAlgorithm, days: Int?, ttl: TimeInterval?) throws {
        var unlocked = workplace
        if case .waiting = try directory.staging(workplace.authority) {
        } else {
            try workplace.authority.checkRenewal(of: place.entry.serialNumber, days: days, newKey: key)
            if common.dryRun { return show(StagedResult.planned(host, directory, common)) }
            try unlocked.unlock(passphrase)
        }
        if common.dryRun { return try show(present(directory, [])) }
        let transaction = try FileTransaction.begin(directory.path)
        // Under the lock: somebody else may just have made one.
        let current = try settled(in: directory.path)
        var deployment = current.deployment
        var files: [FileResult] = []
        var givenUp: LedgerEntry?
        let issued: IssuedCertificate?
        switch try current.staging(workplace.authority) {
        case .waiting: issued = nil
        case .ended(let entry): issued = try unlocked.authority.renew([entry.serialNumber], days: days)[0]
        case .lost(let entry):
            givenUp = entry
            fallthrough
        case .none, .revoked:
            let served = try current.certificate(of: workplace.authority) ?? place.entry
            issued = try unlocked.authority.renew([served.serialNumber], days: days, newKey: key)[0]
        }
        if let issued {
            let old = deployment.staged
            deployment.staged = .init(
                certificate: issued.serialNumber, printed: issued.privateKey == nil ? old?.printed : nil,
                wait: ttl ?? old?.wait ?? TTLArgument.usual)
            // The ledger first: should the files not come, it is known that they are missing.
            try ledger.remember(deployment)
            let written = try DeployedDirectory(deployment).planOfStaging(issued, Date()).apply(in: transaction).written
            files = written.map { FileResult($0, in: directory.path) }
        } else if let ttl {
            deployment.staged?.wait = ttl
            try ledger.remember(deployment)
        }
        if let givenUp { try revoke(givenUp, unlocked) }
        let isFirst = deployment.staged?.printed == nil
        if isFirst { deployment.staged?.printed = Date() }
        try show(present(DeployedDirectory(deployment), files))
        // What nobody could read was not printed.
        if isFirst { try ledger.remember(deployment) }
    }

    private func present(_ directory: DeployedDirectory, _ files: [FileResult]) throws(MailCAError) -> StagedResult {
        guard let staged = directory.deployment.staged, let entry = try ledger.entry(staged.certificate) else {
            throw MailCAError(.internalFault, "the next key of \(host.name) is not in the ledger")
        }
        return StagedResult(
            host: host, next: entry, records: records(place.servedKey, .served) + records(entry.keyFingerprint, .next),
            files: files, staged: staged, common: common)
    }

    // MARK: Its time

    /// Puts the next key in place.
    func swap(waiting: Bool, ttl: TimeInterval?, revokeOld: Bool) throws {
        let authority = workplace.authority
        let now = Date()
        let lists = try authority.latestRevocationLists()
        if common.dryRun {
            let plan = try directory.planOfSwap(authority, lists, now)
            if waiting { try refuseEarly(directory, ttl) }
            let names = try plan.differences(in: directory.path)
            let files = plan.items.filter { names.contains($0.name) }.map { FileResult($0, in: directory.path) }
            return show(try swapped(directory, nil, files: files))
        }
        var unlocked = workplace
        if revokeOld { try unlocked.unlock(passphrase) }
        let transaction = try FileTransaction.begin(directory.path)
        let known = try deployed(in: directory.path)
        let old = known.deployment.certificate
        let current: DeployedDirectory
        var outcome: LayoutPlan.Outcome?
        if let after = try known.afterSwap(authority) {
            // An earlier command put it in place, and was stopped before it had said so.
            current = DeployedDirectory(after)
        } else {
            let plan = try known.planOfSwap(authority, lists, now)
            if waiting { try refuseEarly(known, ttl) }
            var after = known.deployment
            after.certificate = after.staged?.certificate
            after.staged = nil
            outcome = try plan.apply(in: transaction)
            current = DeployedDirectory(after)
        }
        try ledger.remember(current.deployment)
        var files = outcome?.written.map { FileResult($0, in: directory.path) } ?? []
        if revokeOld, let old, let entry = try ledger.entry(old), entry.isLive(at: now) {
            files += try revoke(entry, unlocked)
        }
        show(try swapped(current, outcome, files: files))
        if current.deployment.reload { try current.tellServers(changed: MailLayout.pairFileNames) }
    }

    private func refuseEarly(_ directory: DeployedDirectory, _ ttl: TimeInterval?) throws(MailCAError) {
        guard var staged = directory.deployment.staged else { return }
        staged.wait = ttl ?? staged.wait
        guard let due = staged.due else {
            throw MailCAError(
                .tooEarly, "the record of the next key of \(host.name) was not printed yet",
                hint: "Run mailca rekey \(host.name) --staged, and put the records into the DNS.")
        }
        let left = due.timeIntervalSince(Date())
        guard left > 0 else { return }
        throw MailCAError(
            .tooEarly,
            "the record of the next key of \(host.name) was printed on \(Timestamp.readable(staged.printed ?? due)), and others may have the old ones for \(StagedResult.length(left)) more",
            hint: "Run it again after \(Timestamp.readable(due)), or with --now where the key cannot wait.")
    }

    private func swapped(
        _ directory: DeployedDirectory, _ outcome: LayoutPlan.Outcome?, files: [FileResult]
    ) throws(MailCAError) -> SwapResult {
        let serial = common.dryRun ? directory.deployment.staged?.certificate : directory.deployment.certificate
        guard let serial, let entry = try ledger.entry(serial) else {
            throw MailCAError(.internalFault, "the new certificate of \(host.name) is not in the ledger")
        }
        let old = place.entry.serialNumber == entry.serialNumber ? [] : records(place.entry.keyFingerprint, .old)
        return SwapResult(
            host: host, certificate: entry, records: records(entry.keyFingerprint, .served) + old, files: files,
            kept: outcome?.kept.map { directory.path.appending($0).string } ?? [], directory: directory,
            common: common)
    }

    // MARK: Given up

    /// Revokes the certificate of the next key, and takes the files away.
    func drop() throws {
        guard let staged = directory.deployment.staged, let entry = try ledger.entry(staged.certificate) else {
            throw MailCAError(.notFound, "no next key of \(host.name) is staged", hint: "There is nothing to give up.")
        }
        if common.dryRun { return show(DropResult(host: host, entry, files: [], dryRun: true)) }
        var unlocked = workplace
        try unlocked.unlock(passphrase)
        let transaction = try FileTransaction.begin(directory.path)
        let current = try settled(in: directory.path)
        guard current.deployment.staged == staged else {
            throw MailCAError(
                .busy, "another command changed the next key of \(host.name) just now", hint: "Look at it again.")
        }
        if entry.revocation == nil { try unlocked.authority.revoke([entry.serialNumber], reason: .superseded) }
        var plan = LayoutPlan(items: [])
        plan.removals = MailLayout.nextPairFileNames
        try plan.apply(in: transaction)
        var deployment = current.deployment
        deployment.staged = nil
        try ledger.remember(deployment)
        let files = try unlocked.publishRevocationLists(in: .begin(common.certsDirectory))
        show(DropResult(host: host, entry, files: files, dryRun: false))
    }

    // MARK: Common

    @discardableResult
    private func revoke(_ entry: LedgerEntry, _ unlocked: Workplace) throws(MailCAError) -> [FileResult] {
        try unlocked.authority.revoke([entry.serialNumber], reason: .superseded)
        return try unlocked.publishRevocationLists(in: .begin(common.certsDirectory))
    }

    private func deployed(in path: FilePath) throws(MailCAError) -> DeployedDirectory {
        guard let deployment = try ledger.deployments().first(where: { $0.directory == path.string }) else {
            throw MailCAError(.notFound, "\(path) is no deployment of this CA", hint: "mailca status lists them.")
        }
        return DeployedDirectory(deployment)
    }

    /// As it is now, with a swap noted that somebody else did not come to note.
    private func settled(in path: FilePath) throws(MailCAError) -> DeployedDirectory {
        let directory = try deployed(in: path)
        guard let after = try directory.afterSwap(workplace.authority) else { return directory }
        try ledger.remember(after)
        return DeployedDirectory(after)
    }

    /// Of the host, and of the other names of its certificate.
    private func records(_ key: [UInt8], _ state: TLSAResult.Record.State) -> [TLSAResult.Record] {
        let others = place.entry.names.filter { name in
            name != host.name.ascii && (try? HostName(name)).map { !$0.isWildcard } == true
        }
        return ports.records(for: [host.name.ascii] + others, .server, key, state)
    }

    private func show(_ result: some CommandResult) { Output.show(result, common) }
}
