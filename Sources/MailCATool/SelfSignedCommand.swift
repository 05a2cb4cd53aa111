import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// `mailca self-signed`
struct SelfSignedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-signed",
        abstract: "Make a certificate for this server that no CA signs, and lay it out for Sendmail.",
        discussion: """
            Example:
              mailca self-signed mail.example.org

            Without a host, it is made for this machine's full name. An existing pair
            is not touched without --force.

            \(ExitStatus.help)
            """)

    @Argument(help: "Host names and IP addresses by which the server is reached; the first becomes its common name.")
    var hosts: [String] = []

    @Option(help: ArgumentHelp("How long it is valid. Default: 365.", valueName: "number"))
    var days: Int?

    @Option(help: "Which kind of key.")
    var key: KeyAlgorithm = .ecP256

    @Flag(help: "Replace an existing pair; the old one is kept beside it under a name with the time in it.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let now = Date()
        let names = hosts.isEmpty ? [try MachineName.fullyQualified().description] : hosts
        let certs = common.certsDirectory
        if common.dryRun { return try plan(names, in: certs) }
        let issued = try SelfSigned.server(names, days: days, key: key, now: now)
        var plan = try MailLayout.sendmail.plan(selfSigned: issued)
        plan.keepAllOld(now)
        if !force { plan.mustBeNew = MailLayout.pairFileNames }
        if let advice = key.advice { Messages.warning(advice) }
        let transaction = try FileTransaction(directory: certs)
        Messages.tell(recovered: transaction.recovered, in: certs)
        let outcome = try plan.apply(in: transaction)
        let result = ServerResult(
            issued, outcome, common: common, configuration: SendmailConfiguration.selfSigned(certs: certs),
            otherWay: "mailca init-ca --domain DOMAIN")
        Output.show(result, common)
    }

    /// Says what would be made.
    private func plan(_ names: [String], in certs: FilePath) throws(MailCAError) {
        let servers = try SelfSigned.check(names, days: days, key: key)
        var plan = LayoutPlan(items: [])
        if !force { plan.mustBeNew = MailLayout.pairFileNames }
        try plan.refuse(under: certs)
        let files = [
            FileResult(path: certs.appending(MailLayout.FileName.privateKey), mode: "0600"),
            FileResult(path: certs.appending(MailLayout.FileName.certificate), mode: "0644"),
        ]
        Output.show(PlannedResult(kind: "self-signed", names: servers.map(\.description), files: files), common)
    }
}
