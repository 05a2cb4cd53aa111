import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// `mailca show`
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything that is known of a certificate.",
        discussion: """
            Examples:
              mailca show taro@example.org
              mailca show mail.example.org --text
              mailca show 01a20a2cde0dd1b5b8c9ebddf2986888
              mailca show /etc/mail/certs/cert.pem

            All certificates of a name are shown, the newest first. Of a file, also
            whether the CA made what is in it. What could be both is taken as a name;
            ./NAME is the file.

            \(ExitStatus.help)
            """)

    @Argument(
        help: ArgumentHelp(
            "A serial number, a mail address, a host, or a file in PEM or DER.", valueName: "certificate"))
    var certificate: String

    @Flag(help: "Print the certificate too: in words, and in PEM.")
    var text = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let now = Date()
        let path = FilePath(certificate)
        let mayBeFile = certificate.contains("/") || FileStatus(path) != nil
        // A file can be looked at without a CA.
        let workplace = try mayBeFile ? Workplace.whereThere(common) : Workplace(common)
        var found = try workplace.map { try known(in: $0.authority, mayBeFile: mayBeFile, at: now) } ?? []
        if found.isEmpty && mayBeFile {
            for certificate in try CertificateFile.read(path) {
                found.append(try details(of: certificate, workplace?.authority, at: now))
            }
        }
        guard !found.isEmpty else {
            throw MailCAError(
                .notFound, "no certificate has the number or the name \(certificate.shown), and no file is called so",
                hint: "mailca list shows those that there are.")
        }
        Output.show(CertificatesResult(certificates: found), common)
    }

    /// What the ledger knows under that number or name.
    private func known(
        in authority: Authority, mayBeFile: Bool, at now: Date
    ) throws(MailCAError) -> [CertificateDetails] {
        if certificate.contains("/") { return [] }
        let records: [CertificateRecord]
        do { records = try authority.records(of: certificate, at: now) } catch {
            // The name of a file need not be one of a host.
            guard mayBeFile && error.code == .invalidName else { throw error }
            return []
        }
        return try records.map { (record) throws(MailCAError) in
            try CertificateDetails(record, in: authority, text: text)
        }
    }

    private func details(
        of certificate: Certificate, _ authority: Authority?, at now: Date
    ) throws(MailCAError) -> CertificateDetails {
        guard let authority else { return try CertificateDetails(certificate, nil, at: now, text: text) }
        let acquaintance = try authority.acquaintance(with: certificate, at: now)
        if case .known(let record) = acquaintance {
            return try CertificateDetails(record, in: authority, text: text)
        }
        return try CertificateDetails(certificate, acquaintance, at: now, text: text)
    }
}
