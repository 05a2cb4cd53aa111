import MailLayouts
import SystemPackage

/// Who else can read the key, or put something else in the place of what is there: by mode, or by an access list, which
/// `ls` does not show. What Sendmail does not take for safe, it says itself.
struct ExposureCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        key(snapshot) + files(snapshot) + snapshot.directoriesOnTheWay.flatMap { directory($0, snapshot) }
    }

    private func key(_ snapshot: Snapshot) -> [Finding] {
        guard let file = snapshot.keyFile, let access = AccessList(file.path) else { return [] }
        let isSendmails = snapshot.servers.contains(.sendmail)
        // The mode shows what a list gives, too; only a key that is shared on purpose is looked at further.
        if isSendmails, file.mode.permissions & 0o066 != 0, !PermissionsCheck().isShared(file, snapshot) { return [] }
        let others = access.others(who: .read).filter { !Self.mayReadKey($0, snapshot) }
        guard !others.isEmpty else { return [] }
        return [
            Finding(
                "key.readable", .error, file.path.string,
                "an unencrypted private key that \(Self.words(others)) can read",
                remedy: Self.close(file.path, others, "0600"))
        ]
    }

    private static func mayReadKey(_ entry: AccessList.Entry, _ snapshot: Snapshot) -> Bool {
        switch entry.party {
        case .everybody: false
        case .user(let id): id == 0 || readers(snapshot).contains { $0.id == id }
        case .group(let id): mayReadKey(group: id, snapshot, isNamed: entry.isNamed)
        }
    }

    /// Whether a group is one of the servers' own, root's, or that which Debian keeps for keys of servers.
    /// - Parameter isNamed: whether it is let in by an access list.
    static func mayReadKey(group id: UInt32, _ snapshot: Snapshot, isNamed: Bool = false) -> Bool {
        let shared = snapshot.deployment.flatMap { try? DeployedDirectory($0).keyGroup() }
        let known = readers(snapshot)
        return id == 0 || id == shared || SystemUser.name(ofGroup: id) == "ssl-cert"
            || known.contains { $0.groups.contains(id) }
            // A server that is not installed here may have that group where the directory goes.
            || (known.count < snapshot.servers.count(where: \.readsKeyAsItself) && !isNamed)
    }

    /// As whom those servers read that have a user of their own, where that one is known here.
    private static func readers(_ snapshot: Snapshot) -> [SystemUser] {
        snapshot.servers.filter(\.readsKeyAsItself)
            .compactMap { $0.userNames.lazy.compactMap(SystemUser.init(named:)).first }
    }

    private func files(_ snapshot: Snapshot) -> [Finding] {
        let sendmails: Set = [Snapshot.Name.certificate, Snapshot.Name.authorities, Snapshot.Name.revocationLists]
        let own = Set(MailLayout.authorityFileNames(count: max(1, snapshot.authorities.count)))
            .union([
                Snapshot.Name.certificate, Snapshot.Name.privateKey, Snapshot.Name.postfixRevoked,
                Snapshot.Name.postfixRevoked + snapshot.postfixMapType.suffix, Snapshot.Name.postfixClients,
                Snapshot.Name.eximClients,
            ])
        let said: Set =
            snapshot.servers.contains(.sendmail) ? sendmails.union([Snapshot.Name.privateKey]) : []
        return snapshot.names.filter { own.contains($0) && !said.contains($0) }.compactMap { name in
            let path = snapshot.directory.appending(name)
            guard let access = AccessList(path) else { return nil }
            let others = access.others(who: .write).filter { $0.party != .group(0) }
            guard !others.isEmpty else { return nil }
            return Finding(
                "file.writable", .error, path.string,
                "\(Self.words(others)) can change the file, and with it who is let in",
                remedy: Self.close(path, others, name == Snapshot.Name.privateKey ? "0600" : "0644"))
        }
    }

    private func directory(_ path: FilePath, _ snapshot: Snapshot) -> [Finding] {
        guard let status = FileStatus(path, following: true), let access = AccessList(path) else { return [] }
        var findings: [Finding] = []
        // In a sticky directory nobody can rename another's files.
        let others = access.others(who: .write).filter { $0.party != .group(0) }
        if !snapshot.servers.contains(.sendmail), status.permissions & 0o1000 == 0, !others.isEmpty {
            findings.append(
                Finding(
                    "directory.writable", others.contains { $0.party == .everybody } ? .error : .warning, path.string,
                    "\(Self.words(others)) can put another key, CA or list in place",
                    remedy: Self.close(path, others, "go-w")))
        }
        // Debian gives /etc/mail to Sendmail's own user; an ordinary one is another matter.
        if status.owner >= PermissionsCheck.firstOrdinaryUser && snapshot.asRoot {
            findings.append(
                Finding(
                    "directory.owner", .warning, path.string,
                    "the directory belongs to user \(status.owner), who can put another key in place",
                    remedy: "chown root:root \(path.string)"))
        }
        return findings
    }

    /// `everybody`, or `group staff, and by its access list user hanako`.
    private static func words(_ others: [AccessList.Entry]) -> String {
        guard !others.contains(where: { $0.party == .everybody }) else { return "everybody" }
        return others.map { entry in
            let who =
                switch entry.party {
                case .user(let id): SystemUser.name(ofUser: id)
                case .group(let id): "group \(SystemUser.name(ofGroup: id))"
                case .everybody: "everybody"
                }
            return entry.isNamed ? "\(who) (by its access list)" : who
        }.joined(separator: ", ")
    }

    private static func close(_ path: FilePath, _ others: [AccessList.Entry], _ mode: String) -> String {
        let change = "chmod \(mode) \(path)"
        return others.contains(where: \.isNamed) ? "setfacl -b \(path) && \(change)" : change
    }
}
