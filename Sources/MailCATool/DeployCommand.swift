public import ArgumentParser
import FoundationEssentials
import MailCA
public import MailLayouts
import SystemPackage

/// `mailca deploy`
struct DeployCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Put the CA to work on mail servers: their files, and the lines for their configuration.",
        discussion: """
            Examples:
              mailca deploy postfix
              mailca deploy sendmail dovecot --reload
              mailca deploy exim --key-group ssl-cert
              mailca deploy postfix --print
              mailca deploy

            It writes what is the CA's, in --certs, and prints what is yours to put into the
            servers' configuration. Without a name it brings every deployment up to date.
            With --reload the servers are told of their files, now and whenever mailca
            changes them; where one of them does not serve the new certificate, everything is
            put back as it was.

            What --purpose asks of clients:
              encryption               nothing: TLS only
              relay                    a certificate of yours relays, or logs in (the default)
              demand                   one port takes nobody without a certificate
              password-or-certificate  either, and nothing without TLS

            \(ExitStatus.help)
            """)

    @Argument(help: "sendmail, postfix, exim, dovecot, opensmtpd, cyrus.")
    var servers: [MailServer] = []

    @Option(help: "What clients need a certificate for.")
    var purpose: ClientPolicy = .relay

    @Option(help: "Whose certificates relay: all of the CA's, or the listed ones.")
    var relay: RelayRule?

    @Option(
        help: ArgumentHelp(
            "With --relay listed: only this one's certificates, and of others named so.", valueName: "address"))
    var user: [String] = []

    @Option(help: ArgumentHelp("Let this group read the server's key (0640), for Exim and Cyrus.", valueName: "group"))
    var keyGroup: String?

    @Flag(help: "Tell the servers of their new files, now and whenever mailca changes them.")
    var reload = false

    @Flag(name: .customLong("print"), help: "Only print the lines for the configuration, as files to include.")
    var printsOnly = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if servers.isEmpty && (printsOnly || relay != nil || keyGroup != nil) {
            throw ValidationError(
                "name the mail servers: \(MailServer.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if !user.isEmpty && relay != .listed { throw ValidationError("--user goes with --relay listed") }
    }

    func run() throws {
        if printsOnly {
            return Output.show(DeploymentResult(configuration: lines(of: servers, relay ?? .all)), common)
        }
        throw MailCAError(.internalFault, "not yet")
    }

    private func lines(of servers: [MailServer], _ relay: RelayRule) -> [DeploymentResult.Lines] {
        let request = ConfigurationRequest(certs: common.certsDirectory, policy: purpose, relay: relay)
        return servers.map { .init($0, request) }
    }
}

extension MailServer: ExpressibleByArgument {}
extension ClientPolicy: ExpressibleByArgument {}
extension RelayRule: ExpressibleByArgument {}

/// What came of a deployment, and the lines for the servers' configuration.
struct DeploymentResult: CommandResult {
    /// What goes into the configuration of one server.
    struct Lines: Encodable {
        struct Fragment: Encodable {
            let file: String
            let text: String
        }

        let server: String
        let fragments: [Fragment]
        let requirements: String

        init(_ server: MailServer, _ request: ConfigurationRequest) {
            self.server = server.rawValue
            fragments = server.fragments(request).map { Fragment(file: $0.file, text: $0.text) }
            requirements = server.requirements
        }
    }

    let configuration: [Lines]

    var text: String {
        configuration.flatMap(\.fragments).map { "# \($0.file)\n\($0.text)" }.joined(separator: "\n")
    }
}
