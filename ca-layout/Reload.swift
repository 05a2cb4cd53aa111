import Glibc
public import MailCA
import SystemPackage

/// Tells a running mail server that its files changed.
public struct Reload: Sendable {
    /// Where Sendmail writes its process number: Debian, then other systems.
    static let sendmailPIDFiles = [
        "/run/sendmail/mta/sendmail.pid", "/var/run/sendmail/mta/sendmail.pid", "/run/sendmail.pid",
        "/var/run/sendmail.pid", "/etc/mail/sendmail.pid",
    ]

    public init() {}

    /// Sends Sendmail the signal on which it starts itself anew, with its new files.
    /// - Returns: the process that was told.
    /// - Throws: `MailCAError` with the codes `serviceUnavailable` (it does not run), `permissionDenied`.
    @discardableResult
    public func sendmail() throws(MailCAError) -> Int32 {
        for file in Self.sendmailPIDFiles {
            guard let bytes = try? FileContent.read(FilePath(file)),
                let pid = Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)), pid > 1,
                Self.isSendmail(pid)
            else { continue }
            guard kill(pid, SIGHUP) == 0 else {
                throw MailCAError(
                    .permissionDenied, "Sendmail (process \(pid)) could not be told: \(Errno(rawValue: errno))",
                    hint: "Run the command as root, or restart Sendmail.")
            }
            return pid
        }
        throw MailCAError(
            .serviceUnavailable, "Sendmail does not run here, so it was not told of its new files",
            hint: "Start it: on Debian with systemctl start sendmail.")
    }

    /// Whether that number still is Sendmail's: a stale file may have another process's.
    private static func isSendmail(_ pid: Int32) -> Bool {
        guard let name = try? FileContent.read(FilePath("/proc/\(pid)/comm")) else { return false }
        return String(decoding: name, as: UTF8.self).hasPrefix("sendmail")
    }
}
