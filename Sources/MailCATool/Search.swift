import MailCA
import MailLayouts
import SQLiteLedger
import SystemPackage

/// Where certificates and lists are looked for, and what was found there.
struct Search {
    let from: [FilePath]
    private(set) var places: [FilePath] = []
    private(set) var scan = CertificateScan()

    init(from: [FilePath]) { self.from = from }

    /// Reads what was named, which has to be there.
    mutating func readNamed() throws(MailCAError) {
        for path in from { try read(path) }
    }

    /// Reads where certificates and lists of the CA's were put, as far as that is still there.
    mutating func readPlaces(_ deployments: [Deployment], _ certs: FilePath) {
        for path in [certs] + deployments.map({ FilePath($0.directory) })
        where FileStatus(path, following: true) != nil {
            do throws(MailCAError) { try read(path) } catch {
                Messages.warning("\(path) was not looked at: \(error.message)")
            }
        }
    }

    private mutating func read(_ path: FilePath) throws(MailCAError) {
        guard !places.contains(path) else { return }
        places.append(path)
        try scan.read(path)
    }

    func plan(for ledger: SQLiteLedger) throws(MailCAError) -> RecoveryPlan {
        try RecoveryPlan(certificates: scan.certificates, lists: scan.lists, ledger: ledger)
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
