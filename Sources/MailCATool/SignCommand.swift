import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// What a request may be signed for.
enum RequestProfile: String, ExpressibleByArgument, CaseIterable {
    case server, client
}

/// `mailca sign`
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign the key of a certification request.",
        discussion: """
            Examples:
              mailca sign mx2.csr --profile server
              mailca sign taro.csr --profile client --as taro@example.org

            The request has to be signed with its own key. Its key is taken, and where --as
            does not say whom it is for, its names, as far as they are of the CA's domains;
            nothing else of it is believed. Weak and odd keys are refused, and keys that
            are known as the CA's or somebody else's. Writes NAME.pem, with the chain.

            \(ExitStatus.help)
            """)

    @Argument(help: "A PKCS #10 request, in PEM or DER.")
    var request: String

    @Option(help: "What the certificate is for.")
    var profile: RequestProfile

    @Option(
        name: .customLong("as"), parsing: .upToNextOption,
        help: ArgumentHelp("Whom it is for, whatever the request says: hosts, or one mail address.", valueName: "name"))
    var names: [String] = []

    @Option(help: ArgumentHelp("How long it is valid. Default: 365.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Which of the user's devices it is for.", valueName: "label"))
    var device: String?

    @Option(help: ArgumentHelp("Where the file goes. Default: here.", valueName: "dir"))
    var out: String?

    @Flag(help: "Replace an existing file.")
    var force = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let request = try RequestFile.read(request)
        let kind: Profile = profile == .server ? .server : .client
        let names = try names.isEmpty ? RequestedNames.of(request, for: kind) : names
        guard kind == .server || names.count == 1 else {
            throw MailCAError(
                .invalidParameters,
                "a user's certificate is for one address, and here are \(names.count): \(names.joined(separator: ", "))",
                hint: "Nothing was signed. Name one with --as.")
        }
        let parameters =
            kind == .server
            ? CertificateParameters.server(names, days: days, request: request)
            : CertificateParameters.client(names[0], device: device, days: days, request: request)
        var workplace = try Workplace(common)
        try workplace.authority.check([parameters])
        let delivery = try ClientDelivery(
            stems: [ClientDelivery.stem(names[0])], directory: common.usersDirectory(out),
            form: .certificate)
        if common.dryRun {
            if !force { try delivery.refuseIfPresent() }
            return Output.show(PlannedResult(kind: profile.rawValue, names: names, files: delivery.files), common)
        }
        try workplace.unlock(passphrase)
        let reserved = try delivery.reserve(replacing: force, workplace.ledger)
        let issued = try workplace.authority.issue(parameters)
        _ = try delivery.write([issued], chosen: nil, to: reserved)
        try reserved.commit()
        Output.show(SignedResult(certificate: CertificateResult(issued), files: delivery.files), common)
        try workplace.refreshLists()
    }
}

/// What came of signing a request.
struct SignedResult: CommandResult {
    let certificate: CertificateResult
    let files: [FileResult]

    var text: String { "Made a certificate for \(certificate.line)\n\n\(FileResult.text(files, "Wrote:"))" }
}
