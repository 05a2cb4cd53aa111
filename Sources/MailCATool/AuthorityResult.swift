import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// What came of making a CA.
struct AuthorityResult: CommandResult {
    let name: String
    let domains: [String]
    let addressBlocks: [String]
    let unconstrained: Bool
    /// The CA certificates, the one that signs first; none where nothing was made.
    let certificates: [CertificateResult]
    let files: [FileResult]
    let kept: [String]
    /// Where the root's key was put, to be taken away.
    let rootKey: String?
    /// The lines for sendmail.mc.
    let sendmailMC: String
    let dryRun: Bool
    private let options: String
    private let hasPair: Bool

    private enum CodingKeys: CodingKey {
        case name, domains, addressBlocks, unconstrained, certificates, files, kept, rootKey, sendmailMC, dryRun
    }

    init(_ authority: Authority, _ outcome: LayoutPlan.Outcome, _ command: InitCACommand) {
        let home = command.common.homeDirectory
        let certs = command.common.certsDirectory
        let profiles: [Profile] = command.offlineRoot ? [.root, .issuing] : [.root]
        name = authority.certificateFields.last?.subject.commonName ?? ""
        domains = authority.permitted.domains.map(\.ascii)
        addressBlocks = authority.permitted.addressBlocks.map(\.description)
        unconstrained = authority.permitted.unconstrained
        certificates = zip(authority.certificates, authority.certificateFields).map { CertificateResult($0, $1) }
        var own = [FileResult(path: home.ledger, mode: "0600")]
        for profile in profiles {
            own.append(FileResult(path: home.certificate(profile), mode: "0644"))
            if FileStatus(home.key(profile)) != nil { own.append(FileResult(path: home.key(profile), mode: "0600")) }
        }
        if let rootKey = command.rootKey { own.append(FileResult(path: FilePath(rootKey), mode: "0600")) }
        files = own + outcome.written.map { FileResult($0, in: certs) }
        kept = outcome.kept.map { certs.appending($0).string }
        rootKey = command.rootKey
        sendmailMC = SendmailConfiguration.authority(certs: certs)
        dryRun = false
        options = command.common.places
        hasPair = FileStatus(certs.appending(MailLayout.FileName.certificate)) != nil
    }

    init(planned parameters: AuthorityParameters, _ command: InitCACommand) throws(MailCAError) {
        let home = command.common.homeDirectory
        let certs = command.common.certsDirectory
        let permitted = try parameters.permittedNames()
        name = parameters.name
        domains = permitted.domains.map(\.ascii)
        addressBlocks = permitted.addressBlocks.map(\.description)
        unconstrained = permitted.unconstrained
        certificates = []
        var paths = [(home.ledger, "0600"), (home.certificate(.root), "0644")]
        paths.append((command.rootKey.map { FilePath($0) } ?? home.key(.root), "0600"))
        if command.offlineRoot { paths += [(home.certificate(.issuing), "0644"), (home.key(.issuing), "0600")] }
        paths += MailLayout.authorityFileNames(count: command.offlineRoot ? 2 : 1).map { (certs.appending($0), "0644") }
        files = paths.map { FileResult(path: $0, mode: $1) }
        kept = []
        rootKey = command.rootKey
        sendmailMC = SendmailConfiguration.authority(certs: certs)
        dryRun = true
        options = command.common.places
        hasPair = FileStatus(certs.appending(MailLayout.FileName.certificate)) != nil
    }

    var text: String {
        var text = "\(dryRun ? "Would make" : "Made") the CA \(name)\n"
        for certificate in certificates { text += "  \(certificate.line)\n" }
        let names = domains + addressBlocks
        text +=
            unconstrained
            ? "It can sign for every host and user there is.\n"
            : "It can sign for \(names.joined(separator: ", ")) and what is below, and for nobody else.\n"
        text +=
            "\n"
            + FileResult.text(files, dryRun ? "Would write, with links to the CA certificates and lists:" : "Wrote:")
        for path in kept { text += "  kept  \(path)\n" }
        if let rootKey, !dryRun {
            text += "\nTake \(rootKey) away now, to two safe places: it is needed only for a new issuing CA.\n"
        }
        text +=
            "\nIn sendmail.mc, above the MAILER lines and at the very left, so that revoked users are refused even\n"
        text += "when a list is missing:\n\n\(sendmailMC)\n\(SendmailConfiguration.requirements)\n"
        text += """

            Next:
              mailca issue-server HOST\(options)\(hasPair ? " --force" : "")
              mailca issue-client USER@\(domains.first ?? "DOMAIN")\(options)

            """
        return text
    }
}
