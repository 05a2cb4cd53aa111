import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// What came of making a server's certificate.
struct ServerResult: CommandResult {
    let certificate: CertificateResult
    let files: [FileResult]
    /// Paths under which old files were kept.
    let kept: [String]
    /// The lines for sendmail.mc.
    let sendmailMC: String
    /// The DANE records, one for each host.
    let tlsa: [String]
    let dryRun: Bool
    /// The next command, and another way to go on.
    private let next: String
    private let otherWay: String?

    private enum CodingKeys: CodingKey { case certificate, files, kept, sendmailMC, tlsa, dryRun }

    init(
        _ issued: IssuedCertificate, _ plan: LayoutPlan, _ outcome: LayoutPlan.Outcome?, common: CommonOptions,
        configuration: String, otherWay: String? = nil
    ) {
        let certs = common.certsDirectory
        certificate = CertificateResult(issued)
        files = (outcome?.written ?? plan.items).map { FileResult($0, in: certs) }
        kept = (outcome?.kept ?? []).map { certs.appending($0).string }
        sendmailMC = configuration
        let hosts = issued.names.filter { name in (try? HostName(name)).map { !$0.isWildcard } ?? false }
        tlsa = hosts.map { TLSARecord(host: $0, key: issued.fields.publicKey).description }
        dryRun = common.dryRun
        next = "mailca verify\(common.places)"
        self.otherWay = otherWay
    }

    var text: String {
        var text = "\(dryRun ? "Would make" : "Made") a certificate for \(certificate.line)\n\n"
        text += FileResult.text(files, dryRun ? "Would write:" : "Wrote:")
        for path in kept { text += "  kept  \(path)\n" }
        text += "\nIn sendmail.mc (above the MAILER lines):\n\n\(sendmailMC.indented)"
        if !tlsa.isEmpty {
            text += "\nIn the DNS, where its zone is signed (DANE):\n\n\(tlsa.joined(separator: "\n").indented)\n"
        }
        text += "\nNext: build sendmail.cf anew, restart Sendmail, and check with\n  \(next)\n"
        if let otherWay { text += "To let users relay by certificate, make a CA: \(otherWay)\n" }
        return text
    }
}
