import MailCA
import MailLayouts
import SQLiteLedger
import SystemPackage

/// Where certificates and lists are looked for, and what was found there.
struct Search {
    private let named: [FilePath]
    private(set) var places: [FilePath] = []
    /// Files that may hold certificates and were not read, with the reason.
    private(set) var passedOver: [(path: FilePath, reason: String)] = []

    /// - Parameter named: what has to be there.
    init(_ named: [FilePath]) throws(MailCAError) {
        self.named = named
        for path in named { try CertificateScan.check(path) }
    }

    /// Looks in what was named, and in other places as far as they are still there.
    mutating func plan(for ledger: SQLiteLedger, also others: [FilePath] = []) throws(MailCAError) -> RecoveryPlan {
        var plan = try RecoveryPlan(ledger: ledger)
        var scan = CertificateScan()
        for path in named + others where !places.contains(path) {
            if !named.contains(path) {
                guard FileStatus(path, following: true) != nil else { continue }
                do throws(MailCAError) { try CertificateScan.check(path) } catch {
                    Messages.warning("\(path) was not looked at: \(error.message)")
                    continue
                }
            }
            places.append(path)
            try scan.read(path) { (certificate) throws(MailCAError) in try plan.add(certificate) }
        }
        for list in scan.lists { try plan.add(list) }
        passedOver = scan.passedOver
        return plan
    }

    /// Notes which certificates lie where mail servers read them: they may be newer than what the ledger says.
    func updateDeployments(of ledger: SQLiteLedger, _ certs: FilePath) throws(MailCAError) {
        let known = try ledger.deployments()
        for deployment in known {
            let found = try DeployedDirectory(deployment).asFound(by: ledger)
            if found != deployment { try ledger.remember(found) }
        }
        guard !known.contains(where: { $0.directory == certs.string }) else { return }
        let found = try DeployedDirectory(Deployment(directory: certs.string)).asFound(by: ledger)
        if found.certificate != nil { try ledger.remember(found) }
    }
}
