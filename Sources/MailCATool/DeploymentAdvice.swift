import MailCA
import MailLayouts

/// What one should know of a deployment: where two truths meet, and what mailca cannot do.
struct DeploymentAdvice {
    /// None where they were put in.
    let lines: [DeploymentResult.Lines]
    let warnings: [String]
    let next: String

    init(
        directory: DeployedDirectory, before: Deployment?, servers: [MailServer], policy: ClientPolicy,
        lines: [DeploymentResult.Lines], _ system: SystemWarnings, _ authority: Authority, _ common: CommonOptions
    ) {
        self.lines = lines
        var warnings: [String] = []
        if servers.contains(.opensmtpd) && policy != .encryption { warnings.append(Self.openSMTPD) }
        if directory.deployment.certificate == nil {
            warnings.append(
                "there is no certificate of this CA's for the server in \(directory.path): mailca issue-server HOST\(common.places)"
            )
        }
        let readers = servers.filter(\.readsKeyAsItself)
        if let first = readers.first, directory.deployment.keyGroup == nil {
            warnings.append(
                "\(first.title) reads the key as a user of its own, and only root may read it now: deploy again with --key-group ssl-cert (on Debian the package ssl-cert makes that group; adduser \(first.user) ssl-cert)"
            )
        }
        if directory.deployment.keyGroup != nil, directory.servers.contains(.sendmail) {
            warnings.append(
                "Sendmail offers no STARTTLS with a key that a group may read, unless confDONT_BLAME_SENDMAIL has GroupReadableKeyFile: it is in the lines that mailca deploy sendmail --print --key-group \(directory.deployment.keyGroup ?? "") shows"
            )
        }
        if lines.isEmpty, servers.contains(.sendmail), policy != .encryption {
            warnings.append(
                "who may relay stands in \(directory.path.appending("sendmail.access")): its lines go into /etc/mail/access, and the map is built anew (makemap hash /etc/mail/access </etc/mail/access)"
            )
        }
        warnings += system.all(for: servers, reading: directory, authority)
        if servers.contains(where: \.takesMail) {
            let policies = system.publicPolicies()
            let known = before?.servers.map(\.name) ?? []
            // Whether the domain has a policy that is published elsewhere, the DNS alone knows: it is said once.
            let isNew = servers.contains { $0.takesMail && !known.contains($0.rawValue) }
            warnings += policies.isEmpty && isNew ? [Self.publicPolicy] : policies
        }
        self.warnings = warnings
        next =
            "Next: put the lines in, restart \(servers.map(\.title).joined(separator: " and ")), then check with mailca verify\(common.places)"
    }

    /// Where two truths meet.
    static let publicPolicy =
        "if your domain publishes an MTA-STS policy (dig TXT _mta-sts.DOMAIN), other mail servers refuse a certificate of a private CA on port 25: serve a public one there, or withdraw the policy (mode: none). DANE is another matter: mailca tlsa"

    /// What has to be said when deploying and when revoking.
    static let openSMTPD =
        "OpenSMTPD cannot be told of a revocation: a revoked certificate relays there until it expires. Let certificates live for days (issue-client --days 7), or give it a CA of its own"
}

extension MailServer {
    /// As whom it reads its files on Debian.
    var user: String {
        switch self {
        case .exim: "Debian-exim"
        case .cyrus: "cyrus"
        default: "root"
        }
    }
}
