import FoundationEssentials
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage

/// Validates certificates in files for `mailca verify`, with what the options say, or by the CA of this machine.
struct PathInspection {
    private let validation: PathValidation
    /// The CA whose ledger knows what was revoked; nil where another was named.
    private let authority: Authority?

    /// - Throws: `MailCAError` where a file cannot be read, or where there is no CA at all.
    init(_ options: PathOptions, _ common: CommonOptions, _ authority: Authority?) throws(MailCAError) {
        let time = options.at?.date ?? Date()
        let peer = try options.peer()
        let anchors: [Certificate]
        if !options.ca.isEmpty {
            anchors = try CertificateFile.read(options.ca)
        } else if let authority {
            anchors = authority.certificates
        } else {
            let path = common.certsDirectory.appending(MailLayout.FileName.authorities)
            guard try FileContent.exists(path) else {
                throw MailCAError(
                    .notFound, "there is no CA here that the certificate could lead to",
                    hint: "Name its certificate with --ca FILE.")
            }
            anchors = try CertificateFile.read(path)
        }
        let chain = try CertificateFile.read(options.chain)
        let lists = try options.crl.isEmpty ? nil : CertificateFile.revocationLists(options.crl)
        validation = try PathValidation(
            roots: anchors, chain: chain + anchors, revocationLists: lists, purpose: options.use, peer: peer,
            time: time,
            maximumIntermediates: options.depth)
        self.authority = options.ca.isEmpty ? authority : nil
    }

    /// - Throws: `MailCAError` where the file cannot be read, or has no certificate in it.
    func look(at path: FilePath) throws(MailCAError) -> Report {
        let certificates = try CertificateFile.read(path)
        guard let leaf = certificates.first else { return Report(subjects: [path.string]) }
        var findings = validation.validate(leaf, with: Array(certificates.dropFirst()), subject: path.string).findings
        if let authority, let revocation = try authority.ledger.entry(leaf.serialNumber)?.revocation,
            !findings.contains(where: { $0.id == "path.revoked" })
        {
            findings.append(
                Finding(
                    "certificate.revoked", .error, path.string,
                    "it was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue))",
                    remedy: "issue a new one"))
        }
        return Report(subjects: [path.string], findings: findings)
    }
}
