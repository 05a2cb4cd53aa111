import MailLayouts
import SystemPackage

/// Modes and owners, of every directory on the way too: Sendmail turns STARTTLS off over them and says so only in its log.
struct PermissionsCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        directories(snapshot) + key(snapshot) + publicFiles(snapshot)
    }

    /// Every directory on the way, by the path as it is written and, where links are in it, as it really is.
    private func directories(_ snapshot: Snapshot) -> [Finding] {
        var seen: Set<FilePath> = []
        var findings: [Finding] = []
        for var path in [FileContent.absolute(snapshot.directory), FileContent.real(snapshot.directory)] {
            while seen.insert(path).inserted {
                findings += directory(path, snapshot)
                guard !path.components.isEmpty else { break }
                path.removeLastComponent()
            }
        }
        return findings
    }

    private func directory(_ path: FilePath, _ snapshot: Snapshot) -> [Finding] {
        guard let mode = FileStatus(path, following: true) else { return [] }
        var findings: [Finding] = []
        // In a sticky directory nobody can rename another's files.
        let isSticky = mode.permissions & 0o1000 != 0
        if mode.permissions & 0o002 != 0 && !isSticky {
            findings.append(
                unsafe("directory.world-writable", path, mode, "World writable directory", fix: "chmod go-w"))
        } else if mode.permissions & 0o020 != 0 && !isSticky {
            findings.append(
                unsafe("directory.group-writable", path, mode, "Group writable directory", fix: "chmod g-w"))
        }
        // Debian gives /etc/mail to Sendmail's own user; an ordinary one is another matter.
        if mode.owner >= Self.firstOrdinaryUser && snapshot.asRoot {
            findings.append(
                Finding(
                    "directory.owner", .warning, path.string,
                    "the directory belongs to user \(mode.owner), who can put another key in place",
                    remedy: "chown root:root \(path.string)"))
        }
        return findings
    }

    /// Below it are the system's own users (Debian Policy §9.2.2).
    static let firstOrdinaryUser: UInt32 = 1_000

    private func key(_ snapshot: Snapshot) -> [Finding] {
        guard let file = snapshot.keyFile else { return [] }
        var findings: [Finding] = []
        let bits = file.mode.permissions
        if bits & 0o022 != 0 {
            findings.append(
                unsafe("key.group-writable", file.path, file.mode, Self.writable(bits), fix: "chmod 0600"))
        } else if bits & 0o044 == 0o040, isShared(file, snapshot) {
            guard snapshot.servers.contains(.sendmail) else { return owner("key.owner", file, snapshot) }
            findings.append(
                Finding(
                    "sendmail.key.shared", .warning, file.path.string,
                    "the mode is \(file.mode.octal), as it was asked for, and Sendmail offers STARTTLS only where it is told to trust such a key",
                    remedy:
                        "have GroupReadableKeyFile in confDONT_BLAME_SENDMAIL, as mailca deploy sendmail --print --key-group GROUP has it, and build sendmail.cf anew"
                ))
        } else if bits & 0o044 != 0 {
            let reason = bits & 0o040 != 0 ? "Group readable file" : "World readable file"
            let id = bits & 0o040 != 0 ? "key.group-readable" : "key.world-readable"
            findings.append(unsafe(id, file.path, file.mode, reason, fix: "chmod 0600"))
        }
        findings += owner("key.owner", file, snapshot)
        return findings
    }

    /// Whether the key was given to that group when it was deployed.
    private func isShared(_ file: SnapshotFile, _ snapshot: Snapshot) -> Bool {
        guard let deployment = snapshot.deployment, deployment.keyGroup != nil else { return false }
        return (try? DeployedDirectory(deployment).keyGroup()) == file.mode.group
    }

    /// Whoever can change one of these can add a CA, or take a revocation away.
    private func publicFiles(_ snapshot: Snapshot) -> [Finding] {
        let own = Set(MailLayout.authorityFileNames(count: max(1, snapshot.authorities.count)))
        let files = snapshot.names.filter { own.contains($0) || $0 == Snapshot.Name.certificate }
            .compactMap { SnapshotFile(snapshot.directory.appending($0)) }
        return files.flatMap { file -> [Finding] in
            let bits = file.mode.permissions
            let isWritable = bits & 0o022 != 0
            return
                (isWritable
                ? [unsafe("file.group-writable", file.path, file.mode, Self.writable(bits), fix: "chmod 0644")] : [])
                + owner("file.owner", file, snapshot)
        }
    }

    private static func writable(_ bits: UInt32) -> String {
        bits & 0o002 != 0 ? "World writable file" : "Group writable file"
    }

    /// Root is told of each file. Whoever else looks has made them for trial, or to be copied: one warning says it all.
    private func owner(_ id: String, _ file: SnapshotFile, _ snapshot: Snapshot) -> [Finding] {
        guard file.mode.owner != 0 else { return [] }
        let log = "its log: STARTTLS=server: file \(file.path.string) unsafe: Permission denied"
        guard !snapshot.asRoot else {
            return [
                Finding(
                    "sendmail.\(id)", .error, file.path.string,
                    "the file belongs to user \(file.mode.owner), and Sendmail trusts root's only (\(log))",
                    remedy: "chown root:root \(file.path.string)")
            ]
        }
        guard id == "key.owner" else { return [] }
        return [
            Finding(
                "sendmail.\(id)", .warning, file.path.string,
                "the key belongs to user \(file.mode.owner), as may the files beside it, and Sendmail trusts root's only (\(log))",
                remedy: "sudo mkdir -p /etc/mail/certs && sudo cp -d \(snapshot.directory.string)/* /etc/mail/certs/")
        ]
    }

    private func unsafe(_ id: String, _ path: FilePath, _ mode: FileStatus, _ reason: String, fix: String) -> Finding {
        Finding(
            "sendmail.\(id)", .error, path.string,
            "the mode is \(mode.octal), so Sendmail does not offer STARTTLS (its log: STARTTLS=server: file … unsafe: \(reason))",
            remedy: "\(fix) \(path.string)")
    }
}
