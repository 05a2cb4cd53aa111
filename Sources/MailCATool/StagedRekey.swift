import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// The work of `rekey --staged`, and what `--swap` and `--drop` share with it: a server's new key, whose DANE record is
/// there before it is.
struct StagedRekey {
    let host: ServedHost
    let place: ServedHost.Place
    let ports: PortOptions
    let passphrase: PassphraseOptions
    let common: CommonOptions
    let workplace: Workplace

    var directory: DeployedDirectory { place.directory }
    var ledger: any Ledger { workplace.ledger }

    init(host: String, ports: PortOptions, passphrase: PassphraseOptions, common: CommonOptions) throws {
        workplace = try Workplace(common)
        self.host = try ServedHost(host, workplace.authority)
        place = try self.host.place(in: common.certsDirectory)
        (self.ports, self.passphrase, self.common) = (ports, passphrase, common)
    }

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

    @discardableResult
    func revoke(_ entry: LedgerEntry, _ unlocked: Workplace) throws(MailCAError) -> [FileResult] {
        try unlocked.authority.revoke([entry.serialNumber], reason: .superseded)
        return try unlocked.publishRevocationLists(in: .begin(common.certsDirectory))
    }

    func deployed(in path: FilePath) throws(MailCAError) -> DeployedDirectory {
        guard let deployment = try ledger.deployments().first(where: { $0.directory == path.string }) else {
            throw MailCAError(.notFound, "\(path) is no deployment of this CA", hint: "mailca status lists them.")
        }
        return DeployedDirectory(deployment)
    }

    /// As it is now, with a swap noted that somebody else did not come to note.
    func settled(in path: FilePath) throws(MailCAError) -> DeployedDirectory {
        let directory = try deployed(in: path)
        guard let after = try directory.afterSwap(workplace.authority) else { return directory }
        try ledger.remember(after)
        return DeployedDirectory(after)
    }

    /// Of the host, and of the other names of its certificate.
    func records(_ key: [UInt8], _ state: TLSAResult.Record.State) -> [TLSAResult.Record] {
        let others = place.entry.names.filter { name in
            name != host.name.ascii && (try? HostName(name)).map { !$0.isWildcard } == true
        }
        return ports.records(for: [host.name.ascii] + others, .server, key, state)
    }

    func show(_ result: some CommandResult) { Output.show(result, common) }
}
