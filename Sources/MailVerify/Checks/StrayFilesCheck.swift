import MailLayouts
import OpenSSLKit
import SystemPackage

/// What does not belong here: private keys that others can read, and changes that were begun and not ended.
struct StrayFilesCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        snapshot.names.compactMap { name in
            let path = snapshot.directory.appending(name)
            if name.hasPrefix(".mailca-") {
                return Finding(
                    "directory.interrupted", .warning, path.string,
                    "a command that was changing the directory was stopped before it was done",
                    remedy: "run the command again: it ends what was begun")
            }
            guard name != Snapshot.Name.privateKey, let mode = FileStatus(path), mode.isRegular,
                mode.permissions & 0o044 != 0, !isShared(mode, snapshot), let bytes = try? FileContent.read(path)
            else { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains("PRIVATE KEY-----"), !PrivateKey.isEncrypted(pem: bytes) else { return nil }
            return Finding(
                "key.stray", .error, path.string,
                "an unencrypted private key that other users of this machine can read",
                remedy: "chmod 0600 \(path), or remove it")
        }
    }

    /// A key that was kept when another one took its place is for the same group.
    private func isShared(_ mode: FileStatus, _ snapshot: Snapshot) -> Bool {
        guard mode.permissions & 0o004 == 0, let deployment = snapshot.deployment,
            let group = try? DeployedDirectory(deployment).keyGroup()
        else { return false }
        return group == mode.group
    }
}
