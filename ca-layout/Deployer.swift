import Glibc
public import MailCA

/// Puts a CA's files to work on mail servers: all of them are told and answer with the new certificate, or all is as it
/// was.
public struct Deployer {
    public let directory: DeployedDirectory
    private let authority: Authority
    private let lists: [SignedRevocationList]

    /// What came of it.
    public struct Outcome: Sendable {
        public let layout: LayoutPlan.Outcome
        /// The servers that were told.
        public let reloaded: [MailServer]
    }

    /// - Throws: the errors of `Ledger`, and `invalidParameters` where a revocation list is missing or has ended.
    public init(_ directory: DeployedDirectory, _ authority: Authority) throws(MailCAError) {
        self.directory = directory
        self.authority = authority
        lists = try authority.latestRevocationLists()
        for (certificate, fields) in zip(authority.certificates, authority.certificateFields) {
            let list = lists.first { $0.issuer == certificate.serialNumber }
            guard let list, list.nextUpdate > authority.now else {
                throw MailCAError(
                    .invalidParameters,
                    "\(fields.subject) has no revocation list that counts today, and mail servers would refuse every user",
                    hint: "Make one with mailca crl, then deploy again.")
            }
        }
    }

    /// What is not there as it should be.
    /// - Throws: as `DeployedDirectory.plan`.
    public func changes() throws(MailCAError) -> [LayoutPlan.Item] {
        let plan = try directory.plan(authority, lists)
        let names = Set(try plan.differences(in: directory.path))
        return plan.items.filter { names.contains($0.name) }
    }

    /// Writes the files, tells the servers, and has a look at what they serve.
    /// - Parameters:
    ///   - transaction: on the directory.
    ///   - switches: what changes in the configuration of servers, after the files are there and before the servers are
    ///     told.
    ///   - reloading: whether the servers are told.
    ///   - look: throws where a server that was told does not serve what is in the directory.
    /// - Throws: `MailCAError` with code `serviceUnavailable` where a server could not be told or does not answer as it
    ///   should; then the files are as they were, and the servers were told of that.
    public func apply(
        in transaction: FileTransaction, configuring switches: [ConfigurationSwitch] = [], reloading: Bool,
        look: (MailServer) throws(MailCAError) -> Void = { _ in }
    ) throws(MailCAError) -> Outcome {
        let log = DaemonLog()
        let plan = try directory.plan(authority, lists)
        guard reloading || !switches.isEmpty else {
            return Outcome(layout: try plan.apply(in: transaction), reloaded: [])
        }
        let known = try authority.ledger.deployments().first { $0.directory == directory.deployment.directory }
        let layout = try plan.apply(in: transaction, keepingOld: true)
        var carriedOut: [ConfigurationSwitch] = []
        var reloaded: [MailServer] = []
        do throws(MailCAError) {
            // A configuration that goes by files has to be known before: whoever comes after a kill keeps them up to date.
            if !switches.isEmpty { try authority.ledger.remember(directory.deployment) }
            for configuration in switches {
                try configuration.carryOut()
                carriedOut.append(configuration)
            }
            for server in directory.servers where reloading {
                if try Reload(server).tell(changed: [], always: true) { reloaded.append(server) }
                try look(server)
            }
        } catch {
            for configuration in carriedOut.reversed() { try configuration.revert() }
            try transaction.revert()
            if !switches.isEmpty { try restore(known) }
            for server in directory.servers where reloading {
                _ = try? Reload(server).tell(changed: [], always: true)
            }
            let words = log.news()
            throw MailCAError(
                error.code, "\(error.message); the files are as they were before",
                hint: words.isEmpty ? error.hint : "What the servers said:\n\(words)", cause: error)
        }
        for configuration in carriedOut { try configuration.finish() }
        transaction.forgetOld()
        return Outcome(layout: layout, reloaded: reloaded)
    }

    /// What the ledger knew of the deployment before.
    private func restore(_ known: Deployment?) throws(MailCAError) {
        if let known { return try authority.ledger.remember(known) }
        guard try authority.ledger.deployments().contains(directory.deployment) else { return }
        try authority.ledger.forget(deployment: directory.deployment.directory)
    }
}
