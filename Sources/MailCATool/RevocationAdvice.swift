import MailCA
import MailLayouts

/// What each mail server does with a revocation, for those that were deployed.
struct RevocationAdvice {
    let lines: [String]

    init(_ deployments: [Deployment]) {
        var lines: [String] = []
        for deployment in deployments.map({ DeployedDirectory($0) }) {
            for server in deployment.servers.isEmpty ? [.sendmail] : deployment.servers {
                let line = Self.line(server, isTold: deployment.deployment.reload)
                if !lines.contains(line) { lines.append(line) }
            }
        }
        self.lines = lines
    }

    private static func line(_ server: MailServer, isTold: Bool) -> String {
        switch server {
        case .sendmail:
            """
            Sendmail takes the new list at the next connection. Where confSERVER_SSL_OPTIONS does not have
            +SSL_OP_NO_TICKET, it lets clients resume older sessions until it is told: systemctl reload sendmail
            """
        case .postfix: "Postfix refuses them from the next connection on."
        case .exim: "Exim refuses them from the next connection on."
        case .dovecot where isTold, .cyrus where isTold:
            "\(server.title) was told, and refuses them from the next connection on."
        case .dovecot: "Dovecot lets them in until it is told: doveadm reload (or mailca deploy dovecot --reload, once)"
        case .cyrus:
            "Cyrus lets them in until it is told: kill -HUP $(cat /run/cyrus-master.pid) (or mailca deploy cyrus --reload, once)"
        case .opensmtpd: "Warning: \(DeploymentAdvice.openSMTPD)."
        }
    }
}
