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
    /// The next command, and another way to go on.
    private let next: String
    private let otherWay: String?
    private let requirements: String?
    private let others: [CertificateResult]

    private enum CodingKeys: CodingKey { case certificate, files, kept, sendmailMC, tlsa }

    init(
        _ issued: IssuedCertificate, _ outcome: LayoutPlan.Outcome, common: CommonOptions,
        configuration: String, otherWay: String? = nil, requirements: String? = nil, others: [CertificateResult] = []
    ) {
        let certs = common.certsDirectory
        certificate = CertificateResult(issued)
        files = outcome.written.map { FileResult($0, in: certs) }
        kept = outcome.kept.map { certs.appending($0).string }
        sendmailMC = configuration
        let hosts = issued.names.filter { name in (try? HostName(name)).map { !$0.isWildcard } ?? false }
        tlsa = hosts.map { TLSARecord(host: $0, key: issued.fields.publicKey).description }
        next = "mailca verify\(issued.profile == .selfSigned ? common.certsOption : common.places)"
        self.otherWay = otherWay
        self.requirements = requirements
        self.others = others
    }

    var text: String {
        var text = "Made a certificate for \(certificate.line)\n\n"
        text += FileResult.text(files, "Wrote:")
        for path in kept { text += "  kept  \(path)\n" }
        text += "\nIn sendmail.mc, above the MAILER lines and at the very left:\n\n\(sendmailMC)"
        if let requirements { text += "\n\(requirements)\n" }
        if !tlsa.isEmpty {
            text += "\nIn the DNS, where its zone is signed (DANE):\n\n\(tlsa.joined(separator: "\n"))\n"
        }
        if !others.isEmpty {
            text += "\nOlder certificates for the same names stay valid until they end or are revoked:\n"
            for other in others { text += "  \(other.line)\n" }
        }
        text +=
            "\nNext: build sendmail.cf anew and restart Sendmail (Debian: make -C /etc/mail && systemctl restart sendmail),\nthen check with\n  \(next)\n"
        if let otherWay { text += "To let users relay by certificate, make a CA: \(otherWay)\n" }
        return text
    }
}
