import Glibc
public import SystemPackage

/// Where mail servers have their configuration on the system at hand: of the places that distributions use, the first
/// that is there.
public struct ConfigurationPlaces: Sendable {
    /// A place as Debian has it, and what Fedora and RHEL, Arch, FreeBSD and OpenBSD have instead.
    private struct Place {
        let debian: String
        let others: [String]
        /// Whether the others have one file for all that Debian has in that directory.
        var isOneFile = false
    }

    private static let known = [
        Place(debian: "/etc/postfix", others: ["/usr/local/etc/postfix"]),
        Place(debian: "/etc/dovecot", others: ["/usr/local/etc/dovecot"]),
        Place(
            debian: "/etc/exim4",
            others: ["/etc/exim/exim.conf", "/etc/mail/exim.conf", "/usr/local/etc/exim/configure"], isOneFile: true),
        Place(
            debian: "/etc/smtpd.conf",
            others: [
                "/etc/smtpd/smtpd.conf", "/etc/opensmtpd/smtpd.conf", "/etc/mail/smtpd.conf",
                "/usr/local/etc/mail/smtpd.conf",
            ]),
        Place(debian: "/etc/imapd.conf", others: ["/etc/cyrus/imapd.conf", "/usr/local/etc/imapd.conf"]),
        Place(debian: "/etc/cyrus.conf", others: ["/etc/cyrus/cyrus.conf", "/usr/local/etc/cyrus.conf"]),
        Place(debian: "/etc/mail/m4", others: ["/etc/mail"]),
    ]
    /// What `m4` makes `sendmail.cf` from: Debian, Fedora and FreeBSD, older Red Hat and SUSE, OpenBSD.
    private static let sendmailFolders = [
        "/usr/share/sendmail/cf", "/usr/share/sendmail-cf", "/usr/lib/sendmail-cf", "/usr/local/share/sendmail/cf",
    ]

    /// Below which directory they are looked for.
    private let root: FilePath

    /// - Parameter root: of the system at hand, or of an image of another one.
    public init(root: FilePath = "/") { self.root = root }

    /// Where this system has what Debian has there; Debian's place where none is found.
    public func path(_ debian: String) -> String {
        for place in Self.known where debian == place.debian || debian.hasPrefix("\(place.debian)/") {
            guard let found = ([place.debian] + place.others).first(where: isThere) else { return debian }
            let isWhole = place.isOneFile && found != place.debian
            return isWhole ? found : found + debian.dropFirst(place.debian.count)
        }
        return debian
    }

    /// The same as a path of the system that runs.
    public func file(_ debian: String) -> FilePath { below(path(debian)) }

    /// The directory of Sendmail's m4 files; nil where they are not installed.
    public var sendmailFolder: String? { Self.sendmailFolders.first { isThere("\($0)/m4/cf.m4") } }

    /// Whether the files are those of the running system, whose servers can be asked.
    var isRunningSystem: Bool { root == "/" }

    func isThere(_ path: String) -> Bool { access(below(path).string, F_OK) == 0 }

    func below(_ path: String) -> FilePath { root.appending(FilePath(path).components) }
}

extension ConfigurationFragment {
    /// For the file where this system has it.
    public func placed(_ places: ConfigurationPlaces) -> ConfigurationFragment {
        ConfigurationFragment(file: places.path(file), text: text)
    }
}
