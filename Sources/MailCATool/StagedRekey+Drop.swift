import MailCA
import MailLayouts

/// The work of `rekey --drop`.
extension StagedRekey {
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
}

/// The next key given up.
struct DropResult: CommandResult {
    let host: String
    let revoked: CertificateResult
    let files: [FileResult]
    let dryRun: Bool

    init(host: ServedHost, _ entry: LedgerEntry, files: [FileResult], dryRun: Bool) {
        self.host = host.name.ascii
        revoked = CertificateResult(entry)
        (self.files, self.dryRun) = (files, dryRun)
    }

    var text: String {
        "\(dryRun ? "Would give up" : "Gave up") the next key of \(host), and \(dryRun ? "revoke" : "revoked") \(revoked.line)\n\n"
            + FileResult.text(files, "Wrote:") + "\nOut of the DNS with its record, where it was put there.\n"
    }
}
