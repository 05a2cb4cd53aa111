import MailCA
import MailLayouts

/// What single servers go by beside revocation lists, or instead of them, against the ledger.
struct ServerListsCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let authority = snapshot.authority, let deployment = snapshot.deployment,
            let items = try? DeployedDirectory(deployment).serverItems(authority),
            let differences = try? LayoutPlan(items: items).differences(in: snapshot.directory)
        else { return [] }
        // What is not there at all is told with what the server logs.
        let present = differences.filter { FileStatus(snapshot.directory.appending($0)) != nil }
        return present.map { name in
            let server = name.hasPrefix("postfix") ? "postfix" : name.hasPrefix("exim") ? "exim" : "sendmail"
            return Finding(
                "\(server).list.stale", .error, snapshot.path(name),
                "it is not as the ledger has it: a revoked user may get in, or a new one may not",
                remedy: "mailca deploy")
        }
    }
}
