public import FoundationEssentials
public import MailCA
public import SystemPackage

/// Takes mail servers out of a deployment: what was put into their configuration, and the files that only they read.
public struct Undeployer {
    /// What changes in their configuration.
    public let switches: [ConfigurationSwitch]
    /// The names of the files in the directory that go.
    public let fileNames: [String]
    /// What is left of the deployment; nil where there is none, or it does not change.
    private let remaining: Deployment?
    private let directory: FilePath
    private let ledger: any Ledger

    /// Whether nothing is there to be taken back.
    public var isEmpty: Bool { switches.isEmpty && fileNames.isEmpty && remaining == nil }

    /// - Parameters:
    ///   - servers: the ones that go.
    ///   - directory: the deployment's.
    ///   - certs: the same, as it stands in configurations.
    ///   - places: where the configurations are.
    ///   - isDry: whether nothing may be touched, not even what a killed command left begun.
    /// - Throws: the errors of `Ledger`, and `alreadyExists` where a configuration has something of ours that is not to
    ///   be taken back without somebody who knows it.
    public init(
        _ servers: [MailServer], from directory: FilePath, certs: FilePath, in places: ConfigurationPlaces,
        _ ledger: any Ledger, now: Date, isDry: Bool = false
    ) throws(MailCAError) {
        self.directory = directory
        self.ledger = ledger
        let request = ConfigurationRequest(certs: certs)
        var switches: [ConfigurationSwitch] = []
        for server in servers {
            let change = try ConfigurationSwitch.takingBack(
                server, request, directory: directory.string, in: places, ledger, now: now, isDry: isDry)
            if let change { switches.append(change) }
            try Self.refuseTraces(of: server, in: places, after: change)
        }
        self.switches = switches
        let present = Set((try? FileContent.names(in: directory)) ?? [])
        fileNames = servers.flatMap(\.ownFiles).filter { present.contains($0) }
        var deployment = try ledger.deployments().first { $0.directory == directory.string }
        deployment?.servers.removeAll { server in servers.contains { $0.rawValue == server.name } }
        // Without a server there is nobody to be told.
        if deployment?.servers.isEmpty == true { deployment?.reload = false }
        remaining = try ledger.deployments().contains { $0 == deployment } ? nil : deployment
    }

    /// Carries it out: the configurations first, so that no server ever misses a file that it reads.
    /// - Parameters:
    ///   - transaction: on the directory.
    ///   - reloading: whether the servers whose configuration changed are told.
    /// - Returns: those that were told.
    /// - Throws: `MailCAError` with code `serviceUnavailable` where a server could not be told; all is as it was then.
    public func apply(in transaction: FileTransaction, reloading: Bool) throws(MailCAError) -> [MailServer] {
        let log = DaemonLog()
        var carriedOut: [ConfigurationSwitch] = []
        var told: [MailServer] = []
        do throws(MailCAError) {
            for change in switches {
                try change.carryOut()
                carriedOut.append(change)
            }
            for change in switches where reloading {
                if try Reload(change.server).tell(changed: [], always: true) { told.append(change.server) }
            }
        } catch {
            for change in carriedOut.reversed() { try change.revert() }
            for server in told { _ = try? Reload(server).tell(changed: [], always: true) }
            let words = log.news()
            throw MailCAError(
                error.code, "\(error.message); everything is as it was before",
                hint: words.isEmpty ? error.hint : "What the servers said:\n\(words)", cause: error)
        }
        // First what others would write anew, then the files.
        if let remaining { try ledger.remember(remaining) }
        for name in fileNames { transaction.remove(name) }
        try transaction.commit()
        for change in carriedOut { try change.finish() }
        return told
    }

    /// A configuration that goes on to name what is taken away would answer nobody any more.
    private static func refuseTraces(
        of server: MailServer, in places: ConfigurationPlaces, after change: ConfigurationSwitch?
    ) throws(MailCAError) {
        var found: [String] = []
        for path in Set(server.configurationFiles.map { FileContent.real(places.file($0)) }).sorted(by: {
            $0.string < $1.string
        }) {
            let content: [UInt8]?
            if let change, change.concerns(path) {
                content = change.content(of: path)
            } else {
                content = try? FileContent.read(path)
            }
            let lines = String(decoding: content ?? [], as: UTF8.self).split(separator: "\n")
            for line in lines where line.first(where: { !$0.isWhitespace }) != "#" {
                if server.traces.contains(where: { line.contains($0) }) { found.append("\(path): \(line)") }
            }
        }
        guard found.isEmpty else {
            throw MailCAError(
                .alreadyExists,
                "\(server.title) still goes by what would be taken away: \(found.joined(separator: "; "))",
                hint: "Nothing was changed. Take these lines out by hand, then run the command again.")
        }
    }
}

extension MailServer {
    /// The files in the directory of certificates that no other server reads.
    var ownFiles: [String] {
        switch self {
        case .postfix:
            [PostfixConfiguration.revokedMap, PostfixConfiguration.clientsMap].flatMap { map in
                [map] + PostfixMapType.allCases.map { map + $0.suffix }
            }
        case .exim: [EximConfiguration.clientsList]
        case .sendmail, .dovecot, .opensmtpd, .cyrus: []
        }
    }

    /// What tells that lines are ours, and would not do without us.
    fileprivate var traces: [String] {
        switch self {
        case .postfix: ["mailca_relay", "mailca_listed"] + ownFiles
        case .exim: ownFiles
        case .sendmail, .dovecot, .opensmtpd, .cyrus: []
        }
    }

    /// Where its lines may be, as Debian has them.
    fileprivate var configurationFiles: [String] {
        switch self {
        case .postfix: ["/etc/postfix/main.cf", "/etc/postfix/master.cf"]
        case .exim:
            [
                "/etc/exim4/exim4.conf.localmacros", "/etc/exim4/conf.d/main/000_localmacros", "/etc/exim4/exim4.conf",
                "/etc/exim4/exim4.conf.template",
            ]
        case .sendmail, .dovecot, .opensmtpd, .cyrus: []
        }
    }
}
