import Foundation
import MailLayouts
import TestSupport

/// What the lines are to do: `mailca deploy --purpose`.
typealias Purpose = ClientPolicy

/// The lines that `mailca deploy SERVER --print` prints, by the file that they go into.
enum PrintedLines {
    private struct Printed: Decodable {
        struct Server: Decodable {
            struct Fragment: Decodable {
                let file: String
                let text: String
            }

            let fragments: [Fragment]
        }

        let configuration: [Server]
    }

    static func of(
        _ server: String, _ certs: String, _ purpose: Purpose, _ relay: RelayRule = .all, more: [String] = []
    ) throws -> [String: String] {
        let line = ["deploy", server, "--print", "--json", "--certs", certs, "--purpose", purpose.rawValue]
        let outcome = try Command.mailca(line + ["--relay", relay.rawValue] + more)
        guard outcome.status == 0 else { throw Room.Failure.failed(line.joined(separator: " "), outcome) }
        let printed = try JSONDecoder().decode(Printed.self, from: Data(outcome.stdout.utf8))
        return Dictionary(printed.configuration.flatMap(\.fragments).map { ($0.file, $0.text) }) { $0 + $1 }
    }

    static func postfix(_ certs: String, _ purpose: Purpose, listed: Bool = false) throws -> [String: String] {
        try of("postfix", certs, purpose, listed ? .listed : .all)
    }

    static func dovecot(_ certs: String, _ purpose: Purpose) throws -> [String: String] {
        try of("dovecot", certs, purpose)
    }

    static func cyrus(_ certs: String, _ purpose: Purpose) throws -> [String: String] {
        try of("cyrus", certs, purpose)
    }

    static func exim(_ certs: String, _ purpose: Purpose, _ relay: RelayRule = .all) throws -> [String: String] {
        try of("exim", certs, purpose, relay)
    }

    static func openSMTPD(_ certs: String, _ purpose: Purpose, _ relay: RelayRule = .all) throws -> [String: String] {
        try of("opensmtpd", certs, purpose, relay)
    }

    /// The lines for sendmail.mc.
    static func sendmail(
        _ certs: String, _ purpose: Purpose, _ relay: RelayRule = .all, sharesKey: Bool = false
    ) throws -> String {
        try of("sendmail", certs, purpose, relay, more: sharesKey ? ["--key-group", "ssl-cert"] : [])
            .values.joined()
    }
}
