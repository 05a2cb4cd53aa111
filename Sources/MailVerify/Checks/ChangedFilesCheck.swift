import MailCA
import MailLayouts
import OpenSSLKit

/// Files of the CA's that somebody changed by hand, or that a command did not bring up to date, where the CA is on this
/// machine.
struct ChangedFilesCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let authority = snapshot.authority, let deployment = snapshot.deployment,
            let lists = try? authority.latestRevocationLists(),
            var plan = try? DeployedDirectory(deployment).planOfAuthority(authority, lists)
        else { return [] }
        if let sent = served(authority, deployment, snapshot) {
            plan = plan.merging(LayoutPlan(items: [.init(Snapshot.Name.certificate, .text(sent))]))
        }
        guard let differences = try? plan.differences(in: snapshot.directory) else { return [] }
        return differences.sorted().map { name in
            let path = snapshot.directory.appending(name)
            let isThere = (try? FileContent.exists(path)) == true
            return Finding(
                isThere ? "file.changed" : "file.missing", .warning, path.string,
                isThere ? "it is not as the CA laid it out" : "the CA laid it out here, and it is gone",
                remedy: deployment.servers.isEmpty ? "mailca crl" : "mailca deploy")
        }
    }

    /// What should be in cert.pem, where the certificate that is there is the one that should be: another one, which the
    /// ledger does not know, is nobody's to put back.
    private func served(_ authority: Authority, _ deployment: Deployment, _ snapshot: Snapshot) -> String? {
        let directory = DeployedDirectory(deployment)
        guard let entry = try? directory.certificate(of: authority), snapshot.chain.first?.der == entry.certificate
        else { return nil }
        return directory.sent(entry, authority)
    }
}
