import MailLayouts
import SystemPackage

/// OpenSMTPD does not start with a key or certificate of another owner or a wider mode than it likes.
struct OpenSMTPDFilesCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard snapshot.servers.contains(.opensmtpd) else { return [] }
        return findings(of: snapshot.keyFile, "key", largest: 0o740, "rwxr-----", fix: "0600", snapshot)
            + findings(of: snapshot.certificateFile, "file", largest: 0o755, "rwxr-xr-x", fix: "0644", snapshot)
            + findings(of: snapshot.authoritiesFile, "file", largest: 0o755, "rwxr-xr-x", fix: "0644", snapshot)
    }

    private func findings(
        of file: SnapshotFile?, _ what: String, largest: UInt32, _ words: String, fix: String, _ snapshot: Snapshot
    ) -> [Finding] {
        guard let file else { return [] }
        let logged = FileContent.absolute(file.path)
        func told(_ log: String) -> String { Prediction(.doesNotStart, "\(logged): \(log)").words }
        var findings: [Finding] = []
        if file.mode.owner != 0 {
            // Who is not root has made it for trial, or to be copied.
            findings.append(
                Finding(
                    "opensmtpd.\(what).owner", snapshot.asRoot ? .error : .warning, file.path.string,
                    "the file belongs to \(SystemUser.name(ofUser: file.mode.owner)), so OpenSMTPD \(told("not owned by uid 0"))",
                    remedy: "chown root:root \(file.path)"))
        }
        guard file.mode.permissions & 0o777 & ~largest != 0 else { return findings }
        return findings + [
            Finding(
                "opensmtpd.\(what).mode", .error, file.path.string,
                "the mode is \(file.mode.octal), so OpenSMTPD \(told("insecure permissions: must be at most \(words)"))",
                remedy: "chmod \(fix) \(file.path)")
        ]
    }
}
