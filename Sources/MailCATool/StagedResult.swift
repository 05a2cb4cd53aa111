import FoundationEssentials
import MailCA
import MailLayouts

/// The next key, and what has to be in the DNS before it is put in place.
struct StagedResult: CommandResult {
    let host: String
    let next: CertificateResult?
    let records: [TLSAResult.Record]
    let files: [FileResult]
    /// When the record was printed first, and from when on the key may be put in place.
    let printed: String?
    let due: String?
    /// The TTL, in seconds.
    let ttl: Int?
    let dryRun: Bool
    private let waits: String
    private let swap: String

    private enum CodingKeys: CodingKey { case host, next, records, files, printed, due, ttl, dryRun }

    init(
        host: ServedHost, next: LedgerEntry, records: [TLSAResult.Record], files: [FileResult],
        staged: Deployment.Staged, common: CommonOptions
    ) {
        self.host = host.name.ascii
        self.next = CertificateResult(next)
        self.records = records
        self.files = files
        printed = staged.printed.map(Timestamp.rfc3339)
        due = staged.due.map(Timestamp.rfc3339)
        ttl = Int(staged.wait)
        dryRun = common.dryRun
        let left = staged.due?.timeIntervalSince(Date()) ?? staged.wait
        waits =
            left > 0
            ? "in \(Self.length(left)), after \(staged.due.map(Timestamp.readable) ?? "the TTL")"
            : "now, as the TTL has passed"
        swap = "mailca rekey \(self.host) --swap\(common.places)"
    }

    /// What would be done.
    static func planned(_ host: ServedHost, _ directory: DeployedDirectory, _ common: CommonOptions) -> StagedResult {
        StagedResult(
            host: host.name.ascii,
            files: [
                FileResult(path: directory.path.appending(MailLayout.FileName.nextPrivateKey), mode: "0600"),
                FileResult(path: directory.path.appending(MailLayout.FileName.nextCertificate), mode: "0644"),
            ])
    }

    private init(host: String, files: [FileResult]) {
        (self.host, self.files, dryRun) = (host, files, true)
        (next, records, printed, due, ttl, waits, swap) = (nil, [], nil, nil, nil, "", "")
    }

    var text: String {
        guard let next else {
            return "Would make the next key of \(host)\n\n" + FileResult.text(files, "Would write:")
        }
        var text = files.isEmpty ? "The next key of \(host) is there: " : "Made the next key of \(host): "
        text += "\(next.line)\n\n"
        if !files.isEmpty { text += FileResult.text(files, "Wrote:") + "\n" }
        text += "In the DNS from now on, those of the key that is served and of the next one:\n\n\(essentialText)\n"
        text += "Next: \(waits)\n  \(swap)\n"
        return text
    }

    /// Who asked for nothing else still needs the records.
    var essentialText: String { records.map { "\($0.record)\n" }.joined() }

    /// `59 minutes`: what is left, so rounded up.
    static func length(_ seconds: TimeInterval) -> String {
        for (unit, name) in [(86_400.0, "day"), (3_600, "hour"), (60, "minute")] where seconds > 2 * unit {
            return "\(Int((seconds / unit).rounded(.up))) \(name)s"
        }
        let whole = max(1, Int(seconds.rounded(.up)))
        return whole == 1 ? "1 second" : "\(whole) seconds"
    }
}
