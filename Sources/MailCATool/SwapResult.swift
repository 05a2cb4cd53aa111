import MailCA
import MailLayouts

/// The next key in place.
struct SwapResult: CommandResult {
    let host: String
    let certificate: CertificateResult
    let records: [TLSAResult.Record]
    let files: [FileResult]
    let kept: [String]
    let dryRun: Bool
    private let restart: String?

    private enum CodingKeys: CodingKey { case host, certificate, records, files, kept, dryRun }

    init(
        host: ServedHost, certificate: LedgerEntry, records: [TLSAResult.Record], files: [FileResult], kept: [String],
        directory: DeployedDirectory, common: CommonOptions
    ) {
        self.host = host.name.ascii
        self.certificate = CertificateResult(certificate)
        (self.records, self.files, self.kept, dryRun) = (records, files, kept, common.dryRun)
        let servers = directory.servers.isEmpty ? [.sendmail] : directory.servers
        restart = directory.deployment.reload ? nil : servers.map(\.title).joined(separator: ", ")
    }

    var text: String {
        var text = "\(dryRun ? "Would put" : "Put") the next key of \(host) in place: \(certificate.line)\n\n"
        text += FileResult.text(files, dryRun ? "Would write:" : "Wrote:")
        for path in kept { text += "  kept  \(path)\n" }
        if let restart { text += "\nNext: tell \(restart) of the new key (it was not told here)\n" }
        let old = records.filter { $0.state == .old }
        guard !old.isEmpty else { return text }
        text += "\nThen, when the new key is served, out of the DNS with\n\n"
        return text + old.map { "\($0.record)\n" }.joined()
    }
}
