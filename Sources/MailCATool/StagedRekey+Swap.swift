import FoundationEssentials
import MailCA
import MailLayouts

/// The work of `rekey --swap`.
extension StagedRekey {
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
        let before = directory.deployment
        let current: DeployedDirectory
        var outcome: LayoutPlan.Outcome?
        let after = try known.afterSwap(authority) ?? known.deployment
        if after.staged == nil, let next = before.staged?.certificate, after.certificate == next {
            // Another command put it in place; it may have been stopped before it had said so.
            current = DeployedDirectory(after)
            try transaction.commit()
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
        if revokeOld, let old = before.certificate, let entry = try ledger.entry(old), entry.isLive(at: now) {
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
}
