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

    /// Versions below TLS 1.2 that it takes, and weak ciphers.
    let oldVersions: [String]?
    let weakCiphers: [String]?
    /// Its DANE records, where they were given or looked up.
    let tlsa: [Record]?

    struct Record: Encodable {
        let record: String
        let matches: Bool
    }

    init(_ seen: Observation, _ published: PublishedRecords? = nil) {
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
        oldVersions = seen.weaknesses?.versions.map(\.description)
        weakCiphers = seen.weaknesses?.suites.map(\.description)
        tlsa = session.flatMap { session in
            published?.verdicts(on: session, seen.service).map { Record(record: "\($0)", matches: $1 == .matches) }
        }
    }

    var line: String {
        guard let version, let cipher else { return "" }
        let request = asksForCertificate == true ? "asks for certificates" : "asks for no certificate"
        var line = "\(url): \(version), \(cipher), \(request); \(certificate?.line ?? "no certificate")"
        if let tlsa, !tlsa.isEmpty {
            line +=
                "; true to \(tlsa.count(where: \.matches)) of \(tlsa.count) DANE record\(tlsa.count == 1 ? "" : "s")"
        }
        return line + "\n"
    }
}
