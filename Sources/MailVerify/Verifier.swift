public import FoundationEssentials
import Glibc
public import MailCA
public import MailLayouts
import OpenSSLKit
public import SystemPackage

/// Finds what is wrong with a directory of certificates, a file or a CA before a mail server or a user does.
public struct Verifier: Sendable {
    let layout: MailLayout
    let servers: [MailServer]?
    let authority: Authority?
    let now: Date
    let asRoot: Bool

    /// How long before the end of something one is told, in days.
    static let warningDays = 30

    /// - Parameters:
    ///   - layout: whose directory it is.
    ///   - servers: the mail servers that read it; nil for those that it is deployed for, or else Sendmail. What does not
    ///     concern any of them is not told.
    ///   - authority: the CA of this machine, whose ledger knows more than the files do.
    ///   - now: at which everything has to be valid.
    public init(
        layout: MailLayout, servers: [MailServer]? = nil, authority: Authority? = nil, now: Date = Date()
    ) {
        self.layout = layout
        self.servers = servers
        self.authority = authority
        self.now = now
        asRoot = geteuid() == 0
    }

    /// Checks a directory in `/etc/mail/certs` form.
    /// - Throws: `MailCAError` where the directory cannot be read at all.
    public func verify(directory: FilePath) throws(MailCAError) -> Report {
        let snapshot = try Snapshot(directory, now: now, asRoot: asRoot, authority: authority, servers: servers)
        let checks: [any Check] = [
            PermissionsCheck(), OpenSMTPDFilesCheck(), ReaderCheck(), ExposureCheck(), FilesCheck(), PairCheck(),
            ChainCheck(), CertificateCheck(), RevocationListCheck(), CombinedFileCheck(), HashLinkCheck(),
            AccessMapCheck(), MapsCheck(), ServerListsCheck(), StrayFilesCheck(),
        ]
        let findings = checks.flatMap { $0.findings(in: snapshot) }
        let rest = ChangedFilesCheck().findings(in: snapshot).filter { changed in
            // Whatever else is wrong with a file says more.
            !findings.contains { $0.subject == changed.subject }
        }
        return Report(subjects: [directory.string], servers: snapshot.servers, findings: findings + rest)
    }
}

/// One kind of thing that can be wrong with a directory.
protocol Check: Sendable {
    func findings(in snapshot: Snapshot) -> [Finding]
}
