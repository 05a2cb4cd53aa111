public import FoundationEssentials
import Glibc
public import MailCA
public import MailLayouts
import OpenSSLKit
public import SystemPackage

/// Finds what is wrong with a directory of certificates, a file or a CA before a mail server or a user does.
public struct Verifier: Sendable {
    let layout: MailLayout
    let authority: Authority?
    let now: Date
    let asRoot: Bool

    /// How long before the end of something one is told, in days.
    static let warningDays = 30

    /// - Parameters:
    ///   - layout: whose directory it is.
    ///   - authority: the CA of this machine, whose ledger knows more than the files do.
    ///   - now: at which everything has to be valid.
    public init(layout: MailLayout, authority: Authority? = nil, now: Date = Date()) {
        self.layout = layout
        self.authority = authority
        self.now = now
        asRoot = geteuid() == 0
    }

    /// Checks a directory in `/etc/mail/certs` form.
    /// - Throws: `MailCAError` where the directory cannot be read at all.
    public func verify(directory: FilePath) throws(MailCAError) -> Report {
        let snapshot = try Snapshot(directory, now: now, asRoot: asRoot, authority: authority)
        let checks: [any Check] = [
            PermissionsCheck(), FilesCheck(), PairCheck(), ChainCheck(), CertificateCheck(), RevocationListCheck(),
            HashLinkCheck(), AccessMapCheck(), ServerListsCheck(), StrayFilesCheck(),
        ]
        return Report(subjects: [directory.string], findings: checks.flatMap { $0.findings(in: snapshot) })
    }
}

/// One kind of thing that can be wrong with a directory.
protocol Check: Sendable {
    func findings(in snapshot: Snapshot) -> [Finding]
}
