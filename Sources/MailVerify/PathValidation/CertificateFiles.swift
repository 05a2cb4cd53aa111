public import MailCA
import MailLayouts
import OpenSSLKit
public import SystemPackage

/// Certificates in files, each validated by itself.
public struct CertificateFiles: Sendable {
    let validation: PathValidation
    /// The CA whose ledger knows what was revoked; nil where that is another's.
    let authority: Authority?

    public init(_ validation: PathValidation, authority: Authority? = nil) {
        self.validation = validation
        self.authority = authority
    }

    /// Validates the first certificate of a file, PEM or DER, with what stands after it as its chain.
    /// - Throws: `MailCAError` where the file cannot be read, or has no certificate in it.
    public func verify(file: FilePath) throws(MailCAError) -> Report {
        Report(subjects: [file.string], findings: try judge(FileContent.read(file), file.string).findings)
    }

    /// What came of a file's first certificate, and what is to be said of it.
    /// - Throws: `MailCAError` with code `damaged` where there is none that can be read.
    func judge(
        _ bytes: [UInt8], _ path: String
    ) throws(MailCAError) -> (verdict: PathValidation.Verdict, findings: [Finding]) {
        let certificates: [Certificate]
        do { certificates = try Certificate.all(in: bytes) } catch {
            throw MailCAError(
                .damaged, "there is no certificate in \(path.shown) that can be read: \(error)",
                hint: "Give a certificate in PEM or DER.", cause: error)
        }
        guard let leaf = certificates.first else { return (.init(path: nil, findings: []), []) }
        let verdict = validation.validate(leaf, with: Array(certificates.dropFirst()), subject: path)
        guard let authority, !verdict.findings.contains(where: { $0.id == "path.revoked" }),
            let entry = try authority.ledger.entry(leaf.serialNumber), entry.certificate == leaf.der,
            let revocation = entry.revocation
        else { return (verdict, verdict.findings) }
        let finding = Finding(
            "certificate.revoked", .error, path,
            "it was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue))",
            remedy: "issue a new one")
        return (verdict, verdict.findings + [finding])
    }
}
