import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

extension ErrorResult {
    init(_ error: MailCAError) {
        self.init(error: Body(code: error.code.rawValue, message: error.message, hint: error.hint))
    }
}

/// A file that was written, or would be.
struct FileResult: Encodable {
    let path: String
    /// Octal, or nil for a link.
    let mode: String?
    /// Where a link leads.
    let target: String?

    init(_ item: LayoutPlan.Item, in directory: FilePath) {
        path = directory.appending(item.name).string
        if case .link(let target) = item.content {
            self.target = target
            mode = nil
        } else {
            target = nil
            mode = item.summary
        }
    }

    init(path: FilePath, mode: String) {
        self.path = path.string
        self.mode = mode
        target = nil
    }

    var line: String { "  \(mode ?? "link")  \(path)\(target.map { " -> \($0)" } ?? "")\n" }

    /// A list of files under a heading.
    static func text(_ files: [FileResult], _ heading: String) -> String {
        files.isEmpty ? "" : "\(heading)\n\(files.map(\.line).joined())"
    }
}

/// A certificate that was made, or is known.
struct CertificateResult: Encodable {
    let serialNumber: String
    let subject: String
    let names: [String]
    let key: String
    let notBefore: String
    let notAfter: String
    let sha256: String?
    let device: String?

    init(_ issued: IssuedCertificate) {
        serialNumber = issued.serialNumber.description
        subject = issued.fields.subject.description
        names = issued.names
        key = issued.fields.publicKey.description
        notBefore = Timestamp.rfc3339(issued.fields.validity.notBefore)
        notAfter = Timestamp.rfc3339(issued.fields.validity.notAfter)
        sha256 = issued.certificate.fingerprint.hexadecimal()
        device = issued.device
    }

    init(_ entry: LedgerEntry) {
        let certificate = entry.certificate.flatMap { try? Certificate(der: $0) }
        serialNumber = entry.serialNumber.description
        subject = (try? certificate?.subject().description) ?? ""
        names = entry.names
        key = (try? certificate?.publicKey().description) ?? ""
        notBefore = Timestamp.rfc3339(entry.validity.notBefore)
        notAfter = Timestamp.rfc3339(entry.validity.notAfter)
        sha256 = certificate?.fingerprint.hexadecimal()
        device = entry.device
    }

    init(_ certificate: Certificate, _ fields: CertificateFields) {
        serialNumber = fields.serialNumber.description
        subject = fields.subject.description
        names = []
        key = fields.publicKey.description
        notBefore = Timestamp.rfc3339(fields.validity.notBefore)
        notAfter = Timestamp.rfc3339(fields.validity.notAfter)
        sha256 = certificate.fingerprint.hexadecimal()
        device = nil
    }

    /// `taro@example.org, EC P-256, until 2027-11-23T19:59:59Z, serial 019a…`
    var line: String {
        let name = names.isEmpty ? subject : names.joined(separator: ", ")
        return "\(name)\(device.map { " (\($0))" } ?? ""), \(key), until \(notAfter), serial \(serialNumber)"
    }
}
