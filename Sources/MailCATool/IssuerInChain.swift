import MailCA
import MailLayouts
import SystemPackage

/// Has servers send the certificate of the CA that a DANE record names (RFC 7671 §5.2.2), or not any more.
struct IssuerInChain {
    let workplace: Workplace
    let host: ServedHost
    let common: CommonOptions

    private var authority: Authority { workplace.authority }

    /// - Returns: the files that were written, or would be.
    func set(_ isSent: Bool) throws(MailCAError) -> [FileResult] {
        // An issuing CA's certificate is sent in any case: without it nobody could verify the server.
        guard authority.certificates.count == 1 else { return [] }
        guard !host.places.isEmpty else {
            if isSent {
                Messages.warning(
                    "no certificate of \(host.name) was laid out here: where it lies, \(workplace.home.certificate(.root)) has to stand at its end for this record to hold"
                )
            }
            return []
        }
        let lists = try authority.latestRevocationLists()
        var files: [FileResult] = []
        for place in host.places {
            var deployment = place.directory.deployment
            deployment.sendsIssuer = isSent
            let directory = DeployedDirectory(deployment)
            let plan = try directory.plan(authority, lists)
            if common.dryRun {
                let names = try plan.differences(in: directory.path)
                files += plan.items.filter { names.contains($0.name) }.map { FileResult($0, in: directory.path) }
                continue
            }
            try workplace.ledger.remember(deployment)
            let written = try plan.apply(in: .begin(directory.path)).written
            files += written.map { FileResult($0, in: directory.path) }
            if written.contains(where: { $0.name == MailLayout.FileName.certificate }) {
                tell(directory, isSent)
            }
            if deployment.reload { try directory.tellServers(changed: Set(written.map(\.name))) }
        }
        if common.dryRun {
            for file in files { Messages.note("would write \(file.path)") }
        }
        return files
    }

    private func tell(_ directory: DeployedDirectory, _ isSent: Bool) {
        let file = directory.path.appending(MailLayout.FileName.certificate)
        let name = authority.certificateFields[0].subject
        Messages.note(
            isSent
                ? "\(file) has the certificate of \(name) at its end now, and has to as long as this record is in the DNS"
                : "\(file) does not have the certificate of \(name) at its end any more")
        guard !directory.deployment.reload else { return }
        let servers = directory.servers.isEmpty ? [.sendmail] : directory.servers
        let then = isSent ? ", then put the record into the DNS" : ""
        Messages.note("\(servers.map(\.title).joined(separator: ", ")) was not told of that: reload it\(then)")
    }
}
