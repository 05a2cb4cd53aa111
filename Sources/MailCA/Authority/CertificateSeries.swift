import FoundationEssentials
import OpenSSLKit

/// Several certificates of one kind below one CA. OpenSSL makes and checks the first of them, and the others are made
/// after its pattern: each is held against every rule before it is signed, and read again from its bytes afterwards, with
/// the CA's constraints, the time and the purpose. Of the signatures each maker verifies its first and every 32nd.
struct CertificateSeries: Sendable {
    private let first: ReadCertificate
    private let template: CertificateTemplate
    private let pattern: CertificatePattern
    private let link: PlainLink
    private let issuer: IssuerChain
    private let permitted: PermittedNames?
    private let time: Date

    /// - Parameter time: at which they have to be valid.
    /// - Returns: nil where OpenSSL has to make them all.
    init?(
        after first: ReadCertificate, _ template: CertificateTemplate, issuer: IssuerChain, permitted: PermittedNames?,
        time: Date
    ) {
        guard template.nameConstraints == nil, let pattern = CertificatePattern(first.certificate),
            let link = PlainLink(authorities: issuer.members.map(\.certificate))
        else { return nil }
        self.first = first
        self.template = template
        self.pattern = pattern
        self.link = link
        self.issuer = issuer
        self.permitted = permitted
        self.time = time
    }

    /// For one thread.
    func maker(key: PrivateKey) throws(MailCAError) -> Maker { try Maker(self, key: key) }

    /// Whether a certificate differs from the first in number, holder and key alone.
    private func includes(_ other: CertificateTemplate) -> Bool {
        other.profile == template.profile && other.validity == template.validity
            && other.publicKey.algorithm == template.publicKey.algorithm
            && other.subject.isEmpty == template.subject.isEmpty && other.nameConstraints == nil
            && other.basicConstraints == template.basicConstraints
    }

    /// What the certificate will say.
    private func fields(_ other: CertificateTemplate, _ serialNumber: SerialNumber) -> CertificateFields {
        var fields = first.fields
        fields.serialNumber = serialNumber
        fields.subject = other.subject
        fields.publicKey = other.publicKey
        fields.extensions.subjectKeyIdentifier = other.publicKey.keyIdentifier
        fields.extensions.subjectAlternativeNames = other.alternativeNames
        return fields
    }

    /// Makes them one after the other, in one thread.
    final class Maker {
        private let series: CertificateSeries
        private let maker: CertificatePattern.Maker
        private let checker: PlainLink.Checker
        private var count = 0
        private static let signaturesPerVerification = 32

        fileprivate init(_ series: CertificateSeries, key: PrivateKey) throws(MailCAError) {
            self.series = series
            maker = try crypto { () throws(OpenSSLError) in try CertificatePattern.Maker(series.pattern, key: key) }
            checker = PlainLink.Checker(series.link)
        }

        /// - Returns: nil where it does not belong to the series, or is not surely good: then OpenSSL has to make it.
        /// - Throws: ``MailCAError`` with code `internalFault` where it breaks a rule, or its signature does not verify.
        func make(
            _ template: CertificateTemplate, serialNumber: SerialNumber
        ) throws(MailCAError) -> ReadCertificate? {
            guard series.includes(template) else { return nil }
            let fields = series.fields(template, serialNumber)
            try fields.demandSound(template.profile, issuer: series.issuer, permitted: series.permitted)
            let holder = CertificatePattern.Holder(
                serialNumber: serialNumber, subject: template.subject, publicKey: template.publicKey,
                alternativeNames: template.alternativeNames)
            let made = try crypto { () throws(OpenSSLError) in try maker.make(holder) }
            guard let (certificate, plain) = made, accepts(plain, template, verifyingSignature: false) else {
                return nil
            }
            if count.isMultiple(of: Self.signaturesPerVerification) {
                guard accepts(plain, template, verifyingSignature: true) else {
                    throw MailCAError(
                        .internalFault, "the signature of the certificate does not verify, and it was not published")
                }
            }
            count += 1
            return ReadCertificate(certificate, fields)
        }

        private func accepts(
            _ plain: PlainCertificate, _ template: CertificateTemplate, verifyingSignature: Bool
        ) -> Bool {
            checker.accepts(
                plain, purpose: template.profile.purpose, time: max(series.time, template.validity.notBefore),
                verifyingSignature: verifyingSignature)
        }
    }
}
