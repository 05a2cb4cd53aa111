import FoundationEssentials
import MailCA
import OpenSSLKit

/// Everything about one certificate.
struct CertificateDetails: Encodable {
    /// How it was taken back.
    struct Revocation: Encodable {
        let date: String
        let reason: String
        let act: ActRow?
        /// The number of the newest list of its CA, and whether it is on that.
        let listNumber: Int64?
        let isListed: Bool?
    }

    enum Acquaintance: String, Encodable {
        case known, other, lost, stranger
    }

    let serialNumber: String
    let state: String
    let profile: String?
    let subject: String?
    let names: [String]
    let device: String?
    let fullName: String?
    let issuer: String?
    let issuerSerialNumber: String?
    let notBefore: String
    let notAfter: String
    let key: String?
    let sha256: String?
    /// Of the subject public key info.
    let keySHA256: String
    let createdAt: String?
    /// By which it was issued, given up or recovered.
    let act: ActRow?
    let revocation: Revocation?
    /// Whether the ledger has it: `known`; `other` where it has another one under that number; `lost` where the CA signed
    /// it all the same; `stranger`. Nil where there is no CA to ask.
    let ledger: Acquaintance?
    let text: String?
    let pem: String?

    init(_ record: CertificateRecord, in authority: Authority, text: Bool) throws(MailCAError) {
        let entry = record.entry
        let fields = try record.certificate.map { (certificate) throws(MailCAError) in try Self.fields(certificate) }
        var users = UserNames()
        serialNumber = entry.serialNumber.description
        state = record.standing.rawValue
        profile = entry.profile.rawValue
        subject = fields?.subject.description
        names = entry.names
        device = entry.device
        fullName = entry.fullName
        let known = authority.certificateFields.first { $0.serialNumber == entry.issuer }
        issuer = (fields?.issuer ?? known?.subject)?.description
        issuerSerialNumber = entry.issuer.description
        notBefore = Timestamp.rfc3339(entry.validity.notBefore)
        notAfter = Timestamp.rfc3339(entry.validity.notAfter)
        key = fields?.publicKey.description
        sha256 = record.certificate?.fingerprint.hexadecimal()
        keySHA256 = entry.keyFingerprint.hexadecimal()
        createdAt = Timestamp.rfc3339(entry.createdAt)
        act = record.origin.map { ActRow($0, &users) }
        revocation = entry.revocation.map { revocation in
            Revocation(
                date: Timestamp.rfc3339(revocation.date), reason: revocation.reason.rawValue,
                act: record.revocation.map { ActRow($0, &users) }, listNumber: record.listing?.number,
                isListed: record.listing?.isListed)
        }
        ledger = .known
        self.text = try text ? record.certificate.map(Self.text) : nil
        pem = text ? record.certificate?.pem : nil
    }

    /// Of one that the ledger does not have.
    init(
        _ certificate: Certificate, _ acquaintance: Authority.Acquaintance?, at now: Date, text: Bool
    ) throws(MailCAError) {
        let fields = try Self.fields(certificate)
        serialNumber = fields.serialNumber.description
        state = fields.validity.notAfter.addingTimeInterval(1) > now ? "valid" : "expired"
        profile = nil
        subject = fields.subject.description
        names = fields.extensions.subjectAlternativeNames.map(\.bare)
        (device, fullName) = (nil, nil)
        issuer = fields.issuer.description
        issuerSerialNumber = nil
        notBefore = Timestamp.rfc3339(fields.validity.notBefore)
        notAfter = Timestamp.rfc3339(fields.validity.notAfter)
        key = fields.publicKey.description
        sha256 = certificate.fingerprint.hexadecimal()
        keySHA256 = fields.publicKey.sha256.hexadecimal()
        (createdAt, act, revocation) = (nil, nil, nil)
        ledger = acquaintance.map(Self.word)
        self.text = try text ? Self.text(certificate) : nil
        pem = text ? certificate.pem : nil
    }

    private static func word(_ acquaintance: Authority.Acquaintance) -> Acquaintance {
        switch acquaintance {
        case .known: .known
        case .other: .other
        case .lost: .lost
        case .stranger: .stranger
        }
    }

    private static func fields(_ certificate: Certificate) throws(MailCAError) -> CertificateFields {
        do { return try certificate.fields() } catch { throw malformed(certificate, error) }
    }

    private static func text(_ certificate: Certificate) throws(MailCAError) -> String {
        do { return try certificate.text } catch { throw malformed(certificate, error) }
    }

    private static func malformed(_ certificate: Certificate, _ error: OpenSSLError) -> MailCAError {
        MailCAError(
            .damaged, "the certificate \(certificate.serialNumber) is malformed: \(error)",
            hint: "Have it made again.", cause: error)
    }
}

extension GeneralName {
    /// The name without the word for its kind where that shows by itself.
    fileprivate var bare: String {
        switch self {
        case .dnsName(let text), .rfc822Name(let text), .smtpUTF8Mailbox(let text): text.shown
        case .ipAddress: String(description.dropFirst("IP:".count))
        default: description
        }
    }
}
