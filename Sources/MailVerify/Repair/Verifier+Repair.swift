public import MailCA
public import MailLayouts
import OpenSSLKit
public import SystemPackage

extension Verifier {
    /// What can be mended in a directory that mail servers read. Directories above it are left to the administrator, and
    /// so is what is a link where a file should be.
    /// - Parameter untouched: paths that are as they are on purpose.
    /// - Throws: `MailCAError` where the directory or the ledger cannot be read.
    public func repair(of directory: FilePath, leaving untouched: Set<String> = []) throws(MailCAError) -> RepairPlan {
        let snapshot = try Snapshot(directory, now: now, asRoot: asRoot, authority: authority, servers: servers)
        var reasons: [String: String] = [:]
        var plan = LayoutPlan(items: [])
        if let authority, let deployment = snapshot.deployment {
            plan = try Self.known(DeployedDirectory(deployment), authority)
            for item in plan.items { reasons[item.name] = "as the ledger has it" }
        } else {
            plan = Arrangement(snapshot: snapshot).plan(&reasons)
        }
        plan.items += protected(snapshot, besides: Set(plan.items.map(\.name)))
        plan.removals.formUnion(HashLinkCheck.danglingNames(snapshot))
        plan.owner = asRoot ? 0 : nil
        plan.keepOld = ([Snapshot.Name.certificate], now)
        plan.items.removeAll { untouched.contains(directory.appending($0.name).string) || isForeign($0, snapshot) }
        let (mode, owner) = ofDirectory(snapshot, untouched)
        return try RepairPlan(directory, plan, reasons: reasons, mode: mode, owner: owner)
    }

    /// What can be mended in the CA's own directory: who may look in.
    /// - Returns: a plan for the directory, and one for its certificates and keys.
    /// - Throws: `MailCAError` where it cannot be read.
    public func repair(of home: Home, leaving untouched: Set<String> = []) throws(MailCAError) -> [RepairPlan] {
        guard let status = FileStatus(home.path, following: true) else { return [] }
        let isOpen = status.permissions & 0o077 != 0 && !untouched.contains(home.path.string)
        let mode: UInt32? = isOpen ? 0o700 : nil
        var items: [LayoutPlan.Item] = []
        for key in [Profile.issuing, .root].map(home.key) where !untouched.contains(key.string) {
            guard let file = FileStatus(key), file.isRegular, file.permissions & 0o077 != 0,
                let name = key.lastComponent
            else { continue }
            items.append(.init(name.string, .secret(SecretBytes(try FileContent.read(key))), mode: 0o600))
        }
        let ofHome = try RepairPlan(home.path, LayoutPlan(items: []), reasons: [:], mode: mode)
        guard !items.isEmpty else { return [ofHome] }
        return [ofHome, try RepairPlan(home.authorities, LayoutPlan(items: items), reasons: [:])]
    }

    /// What the ledger knows of a directory; without the server's pair where somebody put another one there.
    private static func known(_ deployed: DeployedDirectory, _ authority: Authority) throws(MailCAError) -> LayoutPlan {
        let lists = try authority.latestRevocationLists()
        do { return try deployed.plan(authority, lists) } catch {
            guard error.code == .notPermitted else { throw error }
            return try deployed.planOfAuthority(authority, lists)
        }
    }

    /// The other files of ours that others than root can write, or that can be read and must not be: as they are, with
    /// the mode that they should have.
    private func protected(_ snapshot: Snapshot, besides planned: Set<String>) -> [LayoutPlan.Item] {
        let keys: Set = [Snapshot.Name.privateKey, MailLayout.FileName.nextPrivateKey]
        let open = Set(MailLayout.authorityFileNames(count: max(1, snapshot.authorities.count)))
            .union([Snapshot.Name.certificate, MailLayout.FileName.nextCertificate])
        let group = snapshot.deployment.flatMap { try? DeployedDirectory($0).keyGroup() }
        return snapshot.names.compactMap { name in
            let path = snapshot.directory.appending(name)
            guard !planned.contains(name), keys.contains(name) || open.contains(name), let status = FileStatus(path)
            else { return nil }
            let isKey = keys.contains(name)
            // Where nobody deployed it, the group can be that of a server which reads the key as a user of its own.
            let isShared = group.map { $0 == status.group } ?? Self.isForServer(status.group, snapshot)
            let allowed: UInt32 = !isKey ? 0o755 : isShared ? 0o640 : 0o600
            let isStrange = asRoot && status.owner != 0
            guard status.permissions & ~allowed != 0 || isStrange, let bytes = try? FileContent.read(path) else {
                return nil
            }
            return LayoutPlan.Item(
                name, .secret(SecretBytes(bytes)), mode: (status.permissions & allowed) | 0o600,
                group: isKey && isShared ? status.group : nil)
        }
    }

    private static func isForServer(_ group: UInt32, _ snapshot: Snapshot) -> Bool {
        group != 0 && !snapshot.servers.contains(.sendmail) && ExposureCheck.mayReadKey(group: group, snapshot)
    }

    /// Whether something other than a file lies where a file should be: somebody meant it so.
    private func isForeign(_ item: LayoutPlan.Item, _ snapshot: Snapshot) -> Bool {
        guard let status = FileStatus(snapshot.directory.appending(item.name)) else { return false }
        if case .link = item.content { return !status.isLink }
        return !status.isRegular
    }

    private func ofDirectory(_ snapshot: Snapshot, _ untouched: Set<String>) -> (mode: UInt32?, owner: UInt32?) {
        guard let status = FileStatus(snapshot.directory, following: true),
            !untouched.contains(FileContent.absolute(snapshot.directory).string)
        else { return (nil, nil) }
        let isOpen = status.permissions & 0o022 != 0 && status.permissions & 0o1000 == 0
        let isStrange = asRoot && status.owner >= PermissionsCheck.firstOrdinaryUser
        return (isOpen ? status.permissions & ~0o022 : nil, isStrange ? 0 : nil)
    }
}
