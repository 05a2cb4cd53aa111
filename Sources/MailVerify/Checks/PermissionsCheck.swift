import MailLayouts
import SystemPackage

/// Modes and owners, of every directory on the way too: Sendmail turns STARTTLS off over them and says so only in its log.
struct PermissionsCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        directories(snapshot) + key(snapshot) + publicFiles(snapshot)
    }

    private func directories(_ snapshot: Snapshot) -> [Finding] {
        var findings: [Finding] = []
        var path = FileContent.absolute(snapshot.directory)
        while true {
            if let mode = FileStatus(path, following: true) {
                // In a sticky directory nobody can rename another's files.
                let isSticky = mode.permissions & 0o1000 != 0
                if mode.permissions & 0o002 != 0 && !isSticky {
                    findings.append(
                        unsafe("directory.world-writable", path, mode, "World writable directory", fix: "chmod go-w"))
                } else if mode.permissions & 0o020 != 0 && !isSticky {
                    findings.append(
                        unsafe("directory.group-writable", path, mode, "Group writable directory", fix: "chmod g-w"))
                }
                if mode.owner != 0 && snapshot.asRoot {
                    findings.append(
                        Finding(
                            "directory.owner", .warning, path.string,
                            "the directory belongs to user \(mode.owner), who can put another key in place",
                            remedy: "chown root:root \(path)"))
                }
            }
            guard !path.components.isEmpty else { return findings }
            path.removeLastComponent()
        }
    }

    private func key(_ snapshot: Snapshot) -> [Finding] {
        guard let file = snapshot.keyFile else { return [] }
        var findings: [Finding] = []
        let bits = file.mode.permissions
        if bits & 0o022 != 0 {
            findings.append(
                unsafe("key.group-writable", file.path, file.mode, "Group writable file", fix: "chmod 0600"))
        } else if bits & 0o044 != 0 {
            let reason = bits & 0o040 != 0 ? "Group readable file" : "World readable file"
            let id = bits & 0o040 != 0 ? "key.group-readable" : "key.world-readable"
            findings.append(unsafe(id, file.path, file.mode, reason, fix: "chmod 0600"))
        }
        findings += owner("key.owner", file, snapshot)
        return findings
    }

    private func publicFiles(_ snapshot: Snapshot) -> [Finding] {
        let files = [snapshot.certificateFile, snapshot.authoritiesFile, snapshot.listsFile].compactMap { $0 }
        return files.flatMap { file -> [Finding] in
            let isWritable = file.mode.permissions & 0o022 != 0
            return
                (isWritable
                ? [unsafe("file.group-writable", file.path, file.mode, "Group writable file", fix: "chmod 0644")] : [])
                + owner("file.owner", file, snapshot)
        }
    }

    private func owner(_ id: String, _ file: SnapshotFile, _ snapshot: Snapshot) -> [Finding] {
        guard file.mode.owner != 0 else { return [] }
        return [
            Finding(
                "sendmail.\(id)", snapshot.asRoot ? .error : .warning, file.path.string,
                "the file belongs to user \(file.mode.owner), and Sendmail trusts root's only (its log: STARTTLS=server: file \(file.path) unsafe: Permission denied)",
                remedy: snapshot.asRoot
                    ? "chown root:root \(file.path)"
                    : "sudo install -o root -m \(file.mode.octal) \(file.path) /etc/mail/certs/")
        ]
    }

    private func unsafe(_ id: String, _ path: FilePath, _ mode: FileStatus, _ reason: String, fix: String) -> Finding {
        Finding(
            "sendmail.\(id)", .error, path.string,
            "the mode is \(mode.octal), so Sendmail does not offer STARTTLS (its log: STARTTLS=server: file … unsafe: \(reason))",
            remedy: "\(fix) \(path)")
    }
}
