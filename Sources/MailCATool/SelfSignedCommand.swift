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
        if !force { try ServerPair.refuseIfPresent(in: certs, command: "self-signed") }
        let issued = try SelfSigned.server(names, days: days, key: key, now: now)
        var plan = try MailLayout.sendmail.plan(selfSigned: issued)
        plan.replacement = .keepOld(now)
        if let advice = key.advice { Messages.warning(advice) }
        let outcome = common.dryRun ? nil : try plan.apply(under: certs)
        let result = ServerResult(
            issued, plan, outcome, common: common,
            configuration: SendmailConfiguration.selfSigned(certs: certs), otherWay: "mailca init-ca --domain DOMAIN")
        Output.show(result, common)
    }
}

/// The server's certificate and key in a directory.
enum ServerPair {
    /// - Throws: ``MailCAError`` with code `alreadyExists`.
    static func refuseIfPresent(in certs: FilePath, command: String, keyToo: Bool = true) throws(MailCAError) {
        let names = [MailLayout.FileName.certificate] + (keyToo ? [MailLayout.FileName.privateKey] : [])
        for name in names where FileContent.exists(certs.appending(name)) {
            throw MailCAError(
                .alreadyExists, "\(certs.appending(name)) is there already",
                hint:
                    "Nothing was changed. Use mailca \(command) … --force to replace it and keep the old one beside it."
            )
        }
    }
}
