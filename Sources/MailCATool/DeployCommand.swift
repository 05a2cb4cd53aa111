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
              mailca deploy postfix --apply-config --reload
              mailca deploy postfix --print
              mailca deploy

            It writes what is the CA's, in --certs, and prints what is yours to put into the
            servers' configuration. With --apply-config it puts that in itself, for Postfix,
            Dovecot and Sendmail: only where what it sets still is at its default, and old
            files are kept (mailca undeploy takes it back).
            Without a name it brings every deployment up to date.
            With --reload the servers are told of their files, now and whenever mailca
            changes them; where one cannot be told, or does not serve the certificate then,
            everything is put back as it was.

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

    @Option(help: ArgumentHelp("With --relay listed: this one's certificates, not everybody's.", valueName: "address"))
    var user: [String] = []

    @Option(help: ArgumentHelp("Let this group read the server's key (0640), for Exim and Cyrus.", valueName: "group"))
    var keyGroup: String?

    @Option(
        help: ArgumentHelp(
            "Write below this directory, for an image or another machine. The lines are the same.", valueName: "dir"))
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "The kind of Postfix's maps. Default: the first that postconf -m has of these.", valueName: "type"))
    var mapType: PostfixMapType?

    @Flag(help: "Tell the servers of their new files, now and whenever mailca changes them.")
    var reload = false

    @Flag(help: "Put the lines into the configuration, where nothing stands in the way.")
    var applyConfig = false

    @Flag(name: .customLong("print"), help: "Only print the lines for the configuration, as files to include.")
    var printsOnly = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if servers.isEmpty && (printsOnly || applyConfig || relay != nil || keyGroup != nil || prefix != nil) {
            throw ValidationError(
                "name the mail servers: \(MailServer.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if mapType != nil && !servers.contains(.postfix) {
            throw ValidationError("--map-type is for Postfix's maps: mailca deploy postfix --map-type TYPE")
        }
        if !user.isEmpty && relay != .listed { throw ValidationError("--user goes with --relay listed") }
        if prefix != nil && reload {
            throw ValidationError("the servers of another machine cannot be told: leave --reload out")
        }
        guard applyConfig else { return }
        if printsOnly { throw ValidationError("--print changes nothing: leave --apply-config out") }
        if prefix != nil {
            throw ValidationError("the servers of another machine cannot be asked: leave --apply-config out")
        }
        if let server = servers.first(where: { !$0.isConfigurable }) {
            throw ValidationError(
                "the configuration of \(server.title) is yours to change: its lines go where only you know (mailca deploy \(server.rawValue) --print)"
            )
        }
    }

    func run() throws {
        if printsOnly {
            // Where a CA is here, it may remember more than the options say.
            let deployment = try Workplace.whereThere(common).map { (workplace) throws(MailCAError) in
                try wanted(workplace)
            }
            return Output.show(
                DeploymentResult(
                    lines: try lines { (server) throws(MailCAError) in
                        if let deployment { return request(of: deployment, server) }
                        let mapType = server == .postfix ? try mapTypeChosen(before: nil) : .hash
                        return request(relay ?? .all, sharesKey: keyGroup != nil, mapType)
                    }), common)
        }
        let workplace = try Workplace(common)
        if !common.dryRun { try workplace.settleKeys() }
        guard !servers.isEmpty else { return try refresh(workplace) }
        let deployment = try wanted(workplace)
        let directory = DeployedDirectory(deployment)
        let deployer = try Deployer(directory, workplace.authority)
        let switches = try configurations(deployment, workplace)
        let advice = DeploymentAdvice(
            directory: directory,
            before: try workplace.ledger.deployments().first { $0.directory == deployment.directory },
            servers: servers, policy: purpose, lines: applyConfig ? [] : try lines { request(of: deployment, $0) },
            SystemWarnings(places), workplace.authority, common)
        if common.dryRun {
            let items = try deployer.changes()
            return Output.show(
                DeploymentResult(
                    files: items.map { FileResult($0, in: directory.path) }, reloaded: [], changes: switches,
                    dryRun: true, advice: advice),
                common)
        }
        let transaction = try FileTransaction.begin(directory.path)
        // Sendmail goes by what is put in once sendmail.cf was made of it.
        let configured = switches.map(\.server).filter { $0 != .sendmail }
        let served = reload ? ServedCertificate(of: directory, configured: configured) : nil
        let outcome = try deployer.apply(in: transaction, configuring: switches, reloading: reload) {
            (server) throws(MailCAError) in
            try served?.look(server)
        }
        try workplace.ledger.remember(deployment)
        Output.show(
            DeploymentResult(
                files: outcome.layout.written.map { FileResult($0, in: directory.path) },
                reloaded: outcome.reloaded, changes: switches, dryRun: false, advice: advice), common)
    }

    private func refresh(_ workplace: Workplace) throws {
        var files: [FileResult] = []
        var told: [MailServer] = []
        var failure: MailCAError?
        for deployment in try workplace.ledger.deployments() {
            let directory = DeployedDirectory(deployment)
            do throws(MailCAError) {
                let deployer = try Deployer(directory, workplace.authority)
                if common.dryRun {
                    files += try deployer.changes().map { FileResult($0, in: directory.path) }
                    continue
                }
                let isTold = reload || deployment.reload
                let served = isTold ? ServedCertificate(of: directory) : nil
                let outcome = try deployer.apply(
                    in: .begin(directory.path), reloading: isTold
                ) { (server) throws(MailCAError) in try served?.look(server) }
                files += outcome.layout.written.map { FileResult($0, in: directory.path) }
                told += outcome.reloaded
            } catch {
                if failure == nil { failure = error } else { Messages.error(error) }
            }
        }
        if let failure { throw failure }
        Output.show(DeploymentResult(files: files, reloaded: told, dryRun: common.dryRun, advice: nil), common)
    }
}

extension MailServer: ExpressibleByArgument {}
extension ClientPolicy: ExpressibleByArgument {}
extension RelayRule: ExpressibleByArgument {}
extension PostfixMapType: ExpressibleByArgument {}
