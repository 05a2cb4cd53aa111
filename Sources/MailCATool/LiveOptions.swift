import ArgumentParser
import MailCA

/// What `mailca verify` is told of running mail servers.
struct LiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Connect here, and look for the name of the URL in the certificate.", valueName: "address"))
    var connect: String?

    @Option(help: ArgumentHelp("Come from this address of this machine.", valueName: "address"))
    var source: String?

    @Option(help: ArgumentHelp("Whether this user is let in by the certificate: a .p12 file.", valueName: "file"))
    var client: String?

    @Option(help: ArgumentHelp("Read the password of --client from the first line of a file.", valueName: "file"))
    var clientPasswordFile: String?

    @Option(help: ArgumentHelp("Whether this user is refused, as after mailca revoke: a .p12 file.", valueName: "file"))
    var expectRefused: String?

    @Option(
        help: ArgumentHelp(
            "The same for --expect-refused. Default: --client-password-file.", valueName: "file"))
    var expectRefusedPasswordFile: String?

    @Option(
        help: ArgumentHelp("Who would get the mail that is to be relayed. None is sent.", valueName: "address"))
    var recipient = "someone@example.com"

    @Option(
        help: ArgumentHelp(
            "A DANE record that it has to be true to: \"3 1 1 HEX\", or a file of such, or of lines as mailca tlsa prints them.",
            valueName: "record|file"))
    var tlsa: [String] = []

    @Flag(help: "Look its DANE records up in the DNS.")
    var dns = false

    @Option(
        help: ArgumentHelp("Ask this one, and not those of /etc/resolv.conf. A port may follow.", valueName: "address"))
    var resolver: String?

    @Option(help: ArgumentHelp("Give a conversation up after so long.", valueName: "seconds"))
    var timeout = 10

    /// For messages.
    static let names = "--connect, --source, --client, --expect-refused, --recipient, --tlsa and --dns"

    var isUsed: Bool {
        let all = [connect, source, client, clientPasswordFile, expectRefused, expectRefusedPasswordFile]
        return all.contains { $0 != nil } || asksForDANE || resolver != nil
    }

    var asksForDANE: Bool { dns || !tlsa.isEmpty }

    func validate() throws {
        if dns && !tlsa.isEmpty {
            throw ValidationError("--tlsa and --dns do not go together: one says what the other asks")
        }
        if resolver != nil && !dns { throw ValidationError("--resolver goes with --dns") }
        if !(1...3_600).contains(timeout) { throw ValidationError("--timeout is a number of seconds, up to an hour") }
        if clientPasswordFile != nil && client == nil && expectRefused == nil {
            throw ValidationError("--client-password-file goes with --client")
        }
        if expectRefusedPasswordFile != nil && expectRefused == nil {
            throw ValidationError("--expect-refused-password-file goes with --expect-refused")
        }
    }
}
