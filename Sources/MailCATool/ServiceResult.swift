import MailVerify
import OpenSSLKit

/// What was seen of a running mail server.
struct ServiceResult: Encodable {
    let url: String
    let address: String?
    let greeting: String?
    /// Of TLS.
    let version: String?
    let cipher: String?
    let certificate: CertificateResult?
    /// How many certificates were sent.
    let chainLength: Int?
    let asksForCertificate: Bool?
    /// The CAs that it names when it asks.
    let authorities: [String]?

    init(_ seen: Observation) {
        url = "\(seen.service)"
        address = seen.address?.description
        greeting = seen.greeting?.description
        let session = seen.session
        version = session?.version.description
        cipher = session?.cipher
        certificate = session?.certificates.first.flatMap { certificate in
            (try? certificate.fields()).map { CertificateResult(certificate, $0) }
        }
        chainLength = session?.certificates.count
        asksForCertificate = session?.asksForCertificate
        authorities = session?.authorities.map(\.description)
    }

    var line: String {
        guard let version, let cipher else { return "" }
        let request = asksForCertificate == true ? "asks for certificates" : "asks for no certificate"
        return "\(url): \(version), \(cipher), \(request); \(certificate?.line ?? "no certificate")\n"
    }
}
