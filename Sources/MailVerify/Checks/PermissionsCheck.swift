import MailLayouts
import SystemPackage

/// Modes and owners, of every directory on the way too: Sendmail turns STARTTLS off over them and says so only in its log.
struct PermissionsCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard snapshot.servers.contains(.sendmail) else { return [] }
        return snapshot.directoriesOnTheWay.flatMap { directory($0, snapshot) } + key(snapshot) + publicFiles(snapshot)
    }

    private func directory(_ path: FilePath, _ snapshot: Snapshot) -> [Finding] {
        guard let mode = FileStatus(path, following: true) else { return [] }
        var findings: [Finding] = []
        // The first file that it looks at.
        let certificate = snapshot.path(.certificate)
        // In a sticky directory nobody can rename another's files.
        let isSticky = mode.permissions & 0o1000 != 0
        if mode.permissions & 0o002 != 0 && !isSticky {
            findings.append(
                unsafe(
                    "directory.world-writable", path, mode, "World writable directory", certificate, fix: "chmod go-w"))
        } else if mode.permissions & 0o020 != 0 && !isSticky {
            findings.append(
                unsafe(
                    "directory.group-writable", path, mode, "Group writable directory", certificate, fix: "chmod g-w"))
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
                unsafe(
                    "key.group-writable", file.path, file.mode, Self.writable(bits), file.path.string,
                    fix: Self.close(file)))
        } else if bits & 0o044 == 0o040, isShared(file, snapshot) {
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
            findings.append(unsafe(id, file.path, file.mode, reason, file.path.string, fix: Self.close(file)))
        }
        findings += owner("key.owner", file, snapshot)
        return findings
    }

    /// Whether the key was given to that group when it was deployed.
    func isShared(_ file: SnapshotFile, _ snapshot: Snapshot) -> Bool {
        guard let deployment = snapshot.deployment, deployment.keyGroup != nil else { return false }
        return (try? DeployedDirectory(deployment).keyGroup()) == file.mode.group
    }

    /// What it looks at before it reads it. What the links lead to it reads without a look.
    private func publicFiles(_ snapshot: Snapshot) -> [Finding] {
        let files = [snapshot.certificateFile, snapshot.authoritiesFile, snapshot.listsFile].compactMap(\.self)
        return files.flatMap { file -> [Finding] in
            let bits = file.mode.permissions
            guard bits & 0o022 != 0 else { return owner("file.owner", file, snapshot) }
            let isList = file.path.lastComponent?.string == Snapshot.Name.revocationLists
            let finding = unsafe(
                "file.group-writable", file.path, file.mode, Self.writable(bits), file.path.string, fix: "chmod 0644",
                outcome: isList ? "\(Prediction.Effect.goesOn.rawValue) and goes by the links alone" : nil)
            return [finding] + owner("file.owner", file, snapshot)
        }
    }

    private static func writable(_ bits: UInt32) -> String {
        bits & 0o002 != 0 ? "World writable file" : "Group writable file"
    }

    /// Root is told of each file. Whoever else looks has made them for trial, or to be copied: one warning says it all.
    private func owner(_ id: String, _ file: SnapshotFile, _ snapshot: Snapshot) -> [Finding] {
        guard file.mode.owner != 0 else { return [] }
        let log = "its log: \(SendmailPredictions.unsafe(file.path.string, "Permission denied"))"
        let effect = Prediction.Effect.offersNoTLS.rawValue
        guard !snapshot.asRoot else {
            return [
                Finding(
                    "sendmail.\(id)", .error, file.path.string,
                    "the file belongs to user \(file.mode.owner), so Sendmail \(effect) (\(log))",
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

    /// An access list that was put on the key would let others in again with the next change of its mode.
    private static func close(_ file: SnapshotFile) -> String {
        let hasList = AccessList(file.path)?.entries.contains(where: \.isNamed) == true
        return hasList ? "setfacl -b \(file.path) && chmod 0600" : "chmod 0600"
    }

    /// - Parameters:
    ///   - logged: the file that the log has.
    ///   - outcome: what Sendmail does; nil where it does not offer STARTTLS.
    private func unsafe(
        _ id: String, _ path: FilePath, _ mode: FileStatus, _ reason: String, _ logged: String, fix: String,
        outcome: String? = nil
    ) -> Finding {
        let effect = outcome ?? Prediction.Effect.offersNoTLS.rawValue
        return Finding(
            "sendmail.\(id)", .error, path.string,
            "the mode is \(mode.octal), so Sendmail \(effect) (its log: \(SendmailPredictions.unsafe(logged, reason)))",
            remedy: "\(fix) \(path.string)")
    }
}
