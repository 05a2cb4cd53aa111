import ArgumentParser
import MailCA
import OpenSSLKit

/// `mailca rekey`
struct RekeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rekey",
        abstract: "Make a new key and a new certificate for the same holder.",
        discussion: """
            Examples:
              mailca rekey taro@example.org --device phone
              mailca rekey mail.example.org --revoke-old
              mailca rekey mail.example.org --staged

            A server's pair is put in the place of the old one, which is kept beside it; a
            user gets a new ADDRESS.p12, its password shown once. The old certificate
            counts until it ends, unless --revoke-old.

            DANE records of the old key are not true any more after that. So, where there
            are any: --staged makes the next key, which nothing uses yet, and prints the
            records of both. Put both into the DNS. When the old ones have gone from
            everybody's memory, an hour after they were printed or --ttl, --swap puts the
            key in place; then take its predecessor's record out.

            \(ExitStatus.help)
            """)

    @OptionGroup var renewal: RenewalOptions

    @Option(help: "Which kind of key.")
    var key: KeyAlgorithm = .ecP256

    @Flag(help: "A .p12 that older Windows, macOS and Android can import, with weaker encryption.")
    var compat = false

    @OptionGroup(title: "A server's key that has DANE records") var staging: StagingOptions
    @OptionGroup var ports: PortOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard staging.step == nil else { return try staging.check(renewal) }
        if !ports.numbers.isEmpty { throw ValidationError("--port goes with --staged, --swap or --drop") }
    }

    func run() throws {
        guard let step = staging.step else {
            return try Renewal(
                options: renewal, newKey: key, protection: compat ? .insecureCompatible : .modern,
                passphrase: passphrase, common: common
            ).run()
        }
        if key.advice != nil && step == .stage { Messages.warning(key.advice ?? "") }
        let rekey = try StagedRekey(
            host: renewal.certificates[0], ports: ports, passphrase: passphrase, common: common)
        switch step {
        case .stage: try rekey.stage(key, days: renewal.days, ttl: staging.ttl?.seconds)
        case .swap:
            try rekey.swap(waiting: !staging.now, ttl: staging.ttl?.seconds, revokeOld: renewal.revokeOld)
        case .drop: try rekey.drop()
        }
    }
}

/// What to do with the key that comes next.
struct StagingOptions: ParsableArguments {
    enum Step { case stage, swap, drop }

    @Flag(help: "Make the next key, and print the records of both; again, print them again.")
    var staged = false

    @Flag(help: "Put the staged key in place.")
    var swap = false

    @Flag(help: "Give the staged key up, and revoke its certificate.")
    var drop = false

    @Option(
        help: ArgumentHelp("How long the key waits after its record was printed. Default: 1h.", valueName: "time"),
        transform: TTLArgument.init)
    var ttl: TTLArgument?

    @Flag(help: "Put it in place although others may still have the old records alone.")
    var now = false

    var step: Step? { staged ? .stage : swap ? .swap : drop ? .drop : nil }

    func validate() throws {
        guard [staged, swap, drop].count(where: { $0 }) < 2 else {
            throw ValidationError("--staged, --swap and --drop exclude each other")
        }
        if now && !swap { throw ValidationError("--now goes with --swap") }
        if ttl != nil && !staged && !swap { throw ValidationError("--ttl goes with --staged or --swap") }
    }

    /// Sees that nothing else is asked for.
    func check(_ renewal: RenewalOptions) throws {
        guard renewal.certificates.count == 1, renewal.due == nil else {
            throw ValidationError("a staged key is one host's: name it")
        }
        if renewal.all || renewal.device != nil || renewal.out != nil || renewal.force {
            throw ValidationError("--all, --device, --out and --force have nothing to do with a staged key")
        }
        if renewal.days != nil && !staged { throw ValidationError("--days goes with --staged") }
        if renewal.revokeOld && !swap {
            throw ValidationError("--revoke-old goes with --swap: until then the old one is served")
        }
    }
}
