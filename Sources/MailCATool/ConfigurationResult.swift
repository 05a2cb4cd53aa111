import MailLayouts
import SystemPackage

/// A file of a server's configuration that was changed, or would be.
struct ConfigurationResult: Encodable {
    let server: String
    let path: String
    /// `written`, `changed` or `removed`.
    let kind: String
    /// Where the old one is kept.
    let kept: String?

    static func all(_ change: ConfigurationSwitch) -> [ConfigurationResult] {
        change.changes.map {
            ConfigurationResult(
                server: change.server.rawValue, path: $0.path.string, kind: $0.kind.rawValue,
                kept: change.kept[$0.path]?.string)
        }
    }

    static func text(_ results: [ConfigurationResult], dryRun: Bool) -> String {
        results.map { result in
            let verb = dryRun ? "Would be \(result.kind)" : result.kind.prefix(1).uppercased() + result.kind.dropFirst()
            return "\(verb): \(result.path)\(result.kept.map { " (the old one is \($0))" } ?? "")\n"
        }.joined()
    }

    /// The exact next command.
    static func next(_ servers: [MailServer], isTold: Bool) -> String {
        let commands = servers.compactMap { server -> String? in
            switch server {
            case .postfix: isTold ? nil : "postfix reload"
            case .dovecot: isTold ? nil : "doveadm reload"
            case .sendmail: "\(ConfigurationPlaces().sendmailBuild) && systemctl restart sendmail"
            default: nil
            }
        }
        let all = commands + ["mailca verify"]
        return "Next: \(all.joined(separator: ", then "))"
    }
}
