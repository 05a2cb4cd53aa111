import MailLayouts
import SystemPackage

/// What the lines are to do: `mailca deploy --purpose`.
enum Purpose: String, CaseIterable, Sendable {
    case encryption, relay, demand
    case passwordOrCertificate = "password-or-certificate"
}

/// The lines that `mailca deploy SERVER --print` prints, by the file that they go into.
enum PrintedLines {
    static func postfix(_ certs: String, _ purpose: Purpose, listed: Bool = false) -> [String: String] {
        byFile(PostfixConfiguration.fragments(request(certs, purpose, listed: listed)))
    }

    static func dovecot(_ certs: String, _ purpose: Purpose) -> [String: String] {
        byFile(DovecotConfiguration.fragments(request(certs, purpose)))
    }

    static func cyrus(_ certs: String, _ purpose: Purpose) -> [String: String] {
        byFile(CyrusConfiguration.fragments(request(certs, purpose)))
    }

    private static func request(_ certs: String, _ purpose: Purpose, listed: Bool = false) -> ConfigurationRequest {
        ConfigurationRequest(
            certs: FilePath(certs), policy: ClientPolicy(rawValue: purpose.rawValue) ?? .relay,
            relay: listed ? .listed : .all)
    }

    /// The lines of every file of the server's configuration, by the file's path.
    static func exim(_ certs: String, _ policy: ClientPolicy, _ relay: RelayRule = .all) -> [String: String] {
        byFile(EximConfiguration.fragments(request(certs, policy, relay)))
    }

    static func openSMTPD(_ certs: String, _ policy: ClientPolicy, _ relay: RelayRule = .all) -> [String: String] {
        byFile(OpenSMTPDConfiguration.fragments(request(certs, policy, relay)))
    }

    private static func request(
        _ certs: String, _ policy: ClientPolicy, _ relay: RelayRule
    ) -> ConfigurationRequest {
        ConfigurationRequest(certs: FilePath(certs), policy: policy, relay: relay)
    }

    private static func byFile(_ fragments: [ConfigurationFragment]) -> [String: String] {
        Dictionary(fragments.map { ($0.file, $0.text) }) { $0 + $1 }
    }
}
