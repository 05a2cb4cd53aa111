import ArgumentParser
import MailCA
import OpenSSLKit

/// `mailca renew`
struct RenewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Make a new certificate for a key that its holder keeps.",
        discussion: """
            Examples:
              mailca renew mail.example.org
              mailca renew taro@example.org --out certificates
              mailca renew --due 30d

            A server's is put in the place of the old one; a user's is written as
            ADDRESS.pem, for the key that the user has. The old certificate counts until
            it ends, unless --revoke-old. A DANE record of the key (3 1 1) stays true.

            \(ExitStatus.help)
            """)

    @OptionGroup var renewal: RenewalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Renewal(options: renewal, newKey: nil, protection: .modern, passphrase: passphrase, common: common).run()
    }
}

/// Which certificates are to be made anew, and how.
struct RenewalOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Serial numbers, mail addresses or hosts.", valueName: "certificate"))
    var certificates: [String] = []

    @Option(
        help: ArgumentHelp("All that end within this time, as 30d, and have no newer one.", valueName: "time"),
        transform: DurationArgument.init)
    var due: DurationArgument?

    @Flag(help: "All valid certificates of each name.")
    var all = false

    @Option(help: ArgumentHelp("The certificates of this device alone.", valueName: "label"))
    var device: String?

    @Option(help: ArgumentHelp("How long it is valid. Default: as long as the old one.", valueName: "number"))
    var days: Int?

    @Flag(help: "Revoke the old certificate (superseded).")
    var revokeOld = false

    @Option(help: ArgumentHelp("Where users' files go. Default: here.", valueName: "dir"))
    var out: String?

    @Flag(help: "Replace existing files of users.")
    var force = false

    func validate() throws {
        if certificates.isEmpty == (due == nil) {
            throw ValidationError("name certificates, or give --due with a time such as 30d")
        }
    }
}
