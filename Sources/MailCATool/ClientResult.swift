import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit

/// What came of making users' certificates.
struct ClientResult: CommandResult {
    struct User: Encodable {
        let certificate: CertificateResult
        let files: [FileResult]
        /// Made up for this file, and shown here only.
        let password: String?
        /// Other certificates of the same user that are valid now.
        let otherLiveCertificates: [CertificateResult]

        init(
            certificate: CertificateResult, files: [FileResult], password: SecretBytes?, others: [CertificateResult]
        ) {
            self.certificate = certificate
            self.files = files
            self.password = password.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } }
            otherLiveCertificates = others
        }
    }

    let users: [User]

    var text: String {
        var text = users.map(\.text).joined(separator: "\n")
        let hasPassword = users.contains { $0.password != nil }
        let what = users.count == 1 ? "it" : "each"
        text +=
            hasPassword
            ? "\nNext: hand \(what) over, the password by another way than the file.\n"
            : "\nNext: hand \(what) over by a safe way: a key in PEM is not encrypted.\n"
        return text
    }

    var essentialText: String {
        users.compactMap { user in user.password.map { "\(user.certificate.names.first ?? "")\t\($0)\n" } }.joined()
    }
}

extension ClientResult.User {
    fileprivate var text: String {
        var text = "Made a certificate for \(certificate.line)\n\n\(FileResult.text(files, "Wrote:"))"
        if let password { text += "\nThe password of the file, shown this once:\n\n    \(password)\n" }
        if !otherLiveCertificates.isEmpty {
            text +=
                "\nThe user has \(otherLiveCertificates.count) more that \(otherLiveCertificates.count == 1 ? "is" : "are") valid:\n"
            for other in otherLiveCertificates { text += "  \(other.line)\n" }
        }
        return text
    }
}
