import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import SystemPackage

/// `mailca tlsa`
struct TLSACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tlsa",
        abstract: "Print a server's DANE records, as a zone file has them.",
        discussion: """
            Examples:
              mailca tlsa mail.example.org
              mailca tlsa mail.example.org --port 25 --port 587 --next
              mailca tlsa mail.example.org --usage 2

            A record 3 1 1 names the server's key. It stays true through every renew; for
            a new key, see mailca help rekey, and --next prints the record of the one that
            is staged.

            A record 2 1 1 names the CA's key, and stays true through every new key of the
            server. It holds only where the server sends the CA's certificate: with
            --usage 2 that is put at the end of cert.pem, now and whenever mailca writes
            it. When the record is out of the DNS again: --usage 2 --withdraw.

            \(ExitStatus.help)
            """)

    @Argument(help: "The host to which the MX record leads.")
    var host: String

    @OptionGroup var ports: PortOptions

    @Option(help: ArgumentHelp("Whose key: 3 for the server's, 2 for the CA's.", valueName: "3|2"))
    var usage: TLSARecord.Usage = .server

    @Flag(help: "Also the record of the key that is staged.")
    var next = false

    @Flag(help: "With --usage 2: the record is no longer in the DNS, so the root is not sent any more.")
    var withdraw = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if usage == .authority && next {
            throw ValidationError("--next goes with --usage 3: a new key of the server changes no record of the CA's")
        }
        if usage == .server && withdraw { throw ValidationError("--withdraw goes with --usage 2") }
    }

    func run() throws {
        let workplace = try Workplace(common)
        let host = try ServedHost(host, workplace.authority)
        if usage == .authority {
            let files = try IssuerInChain(workplace: workplace, host: host, common: common).set(!withdraw)
            let digest = workplace.authority.certificateFields[0].publicKey.sha256
            let records = withdraw ? [] : ports.records(for: [host.name.ascii], .authority, digest, .served)
            return Output.show(TLSAResult(records: records, files: files, dryRun: common.dryRun), common)
        }
        var records = try served(host, workplace.authority).flatMap { digest in
            ports.records(for: [host.name.ascii], .server, digest, .served)
        }
        if next { records += try staged(host, workplace.authority) }
        Output.show(TLSAResult(records: records, files: [], dryRun: common.dryRun), common)
    }

    /// The keys that are served; where the certificate lies nowhere here, those of all that are valid.
    private func served(_ host: ServedHost, _ authority: Authority) throws(MailCAError) -> [[UInt8]] {
        for place in host.places where place.isForeign {
            Messages.warning(
                "\(place.directory.path.appending(MailLayout.FileName.certificate)) is not the certificate that was laid out: the record is that of its key"
            )
        }
        var keys: [[UInt8]] = []
        for key in host.places.map(\.servedKey) where !keys.contains(key) { keys.append(key) }
        guard keys.isEmpty else { return keys }
        for entry in try host.live(authority) where !keys.contains(entry.keyFingerprint) {
            keys.append(entry.keyFingerprint)
        }
        guard !keys.isEmpty else {
            throw MailCAError(
                .notFound, "no certificate that is valid was issued to \(host.name)",
                hint: "Check the spelling, or make one with mailca issue-server.")
        }
        return keys
    }

    private func staged(_ host: ServedHost, _ authority: Authority) throws(MailCAError) -> [TLSAResult.Record] {
        var records: [TLSAResult.Record] = []
        for place in host.places {
            guard let staged = place.directory.deployment.staged,
                let entry = try authority.ledger.entry(staged.certificate)
            else { continue }
            records += ports.records(for: [host.name.ascii], .server, entry.keyFingerprint, .next)
        }
        if records.isEmpty {
            Messages.note("no key of \(host.name) is staged: mailca rekey \(host.name) --staged makes one")
        }
        return records
    }
}
