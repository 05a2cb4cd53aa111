import Glibc
public import MailCA
import SystemPackage

/// Tells a running mail server that its files changed.
public struct Reload: Sendable {
    private let server: MailServer

    public init(_ server: MailServer) { self.server = server }

    /// How a server takes new files.
    private enum Way {
        /// A signal to the process whose number stands in one of the files, and that is called so.
        case hangUp(pidFiles: [String], names: [String])
        /// The first of these programs that is here.
        case commands([[String]])
    }

    private var way: Way {
        switch server {
        case .sendmail: .hangUp(pidFiles: Self.sendmailPIDFiles, names: ["sendmail-mta", "sendmail"])
        case .postfix: .commands([["postfix", "reload"]])
        // It would see by itself, some seconds later: too late to find out whether it still serves.
        case .exim: .hangUp(pidFiles: Self.eximPIDFiles, names: ["exim4", "exim"])
        // Not doveadm reload: it fails for good where a list was once empty.
        case .dovecot: .hangUp(pidFiles: Self.dovecotPIDFiles, names: ["dovecot"])
        // A reload would end it.
        case .opensmtpd:
            .commands([
                ["systemctl", "restart", "opensmtpd"], ["rcctl", "restart", "smtpd"],
                ["service", FileStatus("/etc/init.d/opensmtpd") == nil ? "smtpd" : "opensmtpd", "restart"],
            ])
        case .cyrus: .hangUp(pidFiles: Self.cyrusPIDFiles, names: ["cyrmaster", "master"])
        }
    }

    /// Where Sendmail writes its process number: Debian, then other systems.
    private static let sendmailPIDFiles = [
        "/run/sendmail/mta/sendmail.pid", "/var/run/sendmail/mta/sendmail.pid", "/run/sendmail.pid",
        "/var/run/sendmail.pid", "/etc/mail/sendmail.pid",
    ]
    private static let eximPIDFiles = [
        "/run/exim4/exim.pid", "/var/run/exim4/exim.pid", "/run/exim.pid", "/var/run/exim.pid",
        "/var/spool/exim4/exim-daemon.pid", "/var/spool/exim/exim-daemon.pid",
    ]
    private static let dovecotPIDFiles = ["/run/dovecot/master.pid", "/var/run/dovecot/master.pid"]
    private static let cyrusPIDFiles = [
        "/run/cyrus/cyrus-master.pid", "/run/cyrmaster.pid", "/var/run/cyrmaster.pid", "/run/cyrus-master.pid",
        "/var/run/cyrus-master.pid",
    ]

    /// What it reads when it starts, or is told to, and not again.
    public var filesReadAtStart: Set<String> {
        typealias Name = MailLayout.FileName
        let pair: Set = [Name.certificate, Name.privateKey]
        return switch server {
        case .sendmail, .postfix, .opensmtpd: pair.union([Name.authorities])
        case .exim: pair
        case .dovecot, .cyrus: pair.union([Name.authoritiesAndLists])
        }
    }

    /// Tells it, where it would not see by itself what changed.
    /// - Parameter always: also where nothing changed that it reads at its start.
    /// - Returns: whether it had to be told.
    /// - Throws: `MailCAError` with the codes `serviceUnavailable` (it does not run, or would not), `permissionDenied`.
    @discardableResult
    public func tell(changed: Set<String>, always: Bool = false) throws(MailCAError) -> Bool {
        guard always || !filesReadAtStart.isDisjoint(with: changed) else { return false }
        switch way {
        case .hangUp(let files, let names): try hangUp(files, names)
        case .commands(let lines): try run(lines)
        }
        return true
    }

    private func run(_ lines: [[String]]) throws(MailCAError) {
        guard let command = lines.lazy.compactMap({ SystemCommand($0[0], Array($0.dropFirst())) }).first else {
            throw MailCAError(
                .serviceUnavailable, "\(lines[0][0]) is not here, so \(server.title) was not told of its new files",
                hint: "Install \(server.title), or tell it yourself and leave --reload out.")
        }
        let outcome = try command.run()
        guard outcome.status == 0 else {
            throw MailCAError(
                .serviceUnavailable,
                "\(server.title) could not be told of its new files: \(command.line) ended with \(outcome.status): \(outcome.output.trimmedLines)",
                hint: "See what hinders it, then run the command again.")
        }
    }

    private func hangUp(_ files: [String], _ names: [String]) throws(MailCAError) {
        if let pid = Self.process(of: files, names) {
            if kill(pid, SIGHUP) == 0 { return }
            guard errno == ESRCH else {
                throw MailCAError(
                    .permissionDenied,
                    "\(server.title) (process \(pid)) could not be told: \(Errno(rawValue: errno))",
                    hint: "Run the command as root, or restart \(server.title).")
            }
        }
        throw MailCAError(
            .serviceUnavailable, "\(server.title) does not run here, so it was not told of its new files",
            hint: "Start it: on Debian with systemctl start \(server.unit).")
    }

    /// How long one that is just starting, or starting itself anew, is waited for: its number comes a moment later.
    private static let patience: Duration = .seconds(2)

    private static func process(of files: [String], _ names: [String]) -> pid_t? {
        let end = ContinuousClock.now + patience
        while true {
            for file in files {
                if let pid = number(in: FilePath(file)), process(pid, isCalled: names) { return pid }
            }
            guard ContinuousClock.now < end else { return nil }
            usleep(20_000)
        }
    }

    private static func number(in file: FilePath) -> pid_t? {
        guard let bytes = try? FileContent.read(file) else { return nil }
        let pid = pid_t(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        return pid.flatMap { $0 > 1 ? $0 : nil }
    }

    /// Whether that number still is the server's: a stale file may have another process's.
    private static func process(_ pid: Int32, isCalled names: [String]) -> Bool {
        guard let found = try? FileContent.read(FilePath("/proc/\(pid)/comm")) else { return false }
        let name = String(decoding: found, as: UTF8.self)
        return names.contains { name.hasPrefix($0) }
    }
}

extension MailServer {
    /// What Debian calls its service.
    public var unit: String {
        switch self {
        case .sendmail: "sendmail"
        case .postfix: "postfix"
        case .exim: "exim4"
        case .dovecot: "dovecot"
        case .opensmtpd: "opensmtpd"
        case .cyrus: "cyrus-imapd"
        }
    }
}

extension DeployedDirectory {
    /// Tells the servers that read it what changed there.
    /// - Returns: those that had to be told.
    /// - Throws: as `Reload.tell`, the first failure after all were tried.
    @discardableResult
    public func tellServers(changed: Set<String>) throws(MailCAError) -> [MailServer] {
        var told: [MailServer] = []
        var failure: MailCAError?
        for server in servers.isEmpty ? [.sendmail] : servers {
            do throws(MailCAError) {
                if try Reload(server).tell(changed: changed) { told.append(server) }
            } catch { if failure == nil { failure = error } }
        }
        if let failure { throw failure }
        return told
    }
}
