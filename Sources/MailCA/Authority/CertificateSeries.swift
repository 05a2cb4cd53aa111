import FoundationEssentials
import OpenSSLKit

/// Very many certificates of one kind below one CA. OpenSSL makes and checks the first of them, and the others are made
/// after its pattern: of each, every rule is looked at again, and what a client would look at but the signature.
struct CertificateSeries: Sendable {
    private let first: ReadCertificate
    private let template: CertificateTemplate
    private let pattern: CertificatePattern
    private let link: PlainLink

    /// - Returns: nil where OpenSSL has to make them all.
    init?(after first: ReadCertificate, _ template: CertificateTemplate, issuer: IssuerChain) {
        guard let pattern = CertificatePattern(first.certificate),
            let link = PlainLink(authorities: issuer.members.map(\.certificate))
        else { return nil }
        self.first = first
        self.template = template
        self.pattern = pattern
        self.link = link
    }

    /// For one thread.
    func maker(key: PrivateKey) throws(MailCAError) -> Maker { try Maker(self, key: key) }

    /// Whether a certificate differs from the first in number, holder and key alone.
    private func includes(_ other: CertificateTemplate) -> Bool {
        other.profile == template.profile && other.validity == template.validity
            && other.publicKey.algorithm == template.publicKey.algorithm
            && other.subject.isEmpty == template.subject.isEmpty && other.nameConstraints == nil
            && template.nameConstraints == nil && other.basicConstraints == template.basicConstraints
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

        fileprivate init(_ series: CertificateSeries, key: PrivateKey) throws(MailCAError) {
            self.series = series
            maker = try crypto { () throws(OpenSSLError) in try CertificatePattern.Maker(series.pattern, key: key) }
            checker = PlainLink.Checker(series.link)
        }

        /// - Returns: nil where it does not belong to the series, or is not surely good: then OpenSSL has to make it.
        /// - Throws: ``MailCAError`` with code `internalFault` where it breaks a rule.
        func make(
            _ template: CertificateTemplate, serialNumber: SerialNumber, issuer: IssuerChain,
            permitted: PermittedNames?, time: Date
        ) throws(MailCAError) -> ReadCertificate? {
            guard series.includes(template) else { return nil }
            let fields = series.fields(template, serialNumber)
            try fields.demandSound(template.profile, issuer: issuer, permitted: permitted)
            let holder = CertificatePattern.Holder(
                serialNumber: serialNumber, subject: template.subject, publicKey: template.publicKey,
                alternativeNames: template.alternativeNames)
            let made = try crypto { () throws(OpenSSLError) in try maker.make(holder) }
            guard let (certificate, plain) = made,
                checker.accepts(
                    plain, purpose: template.profile.purpose, time: max(time, template.validity.notBefore),
                    verifyingSignature: false)
            else { return nil }
            return ReadCertificate(certificate, fields)
        }
    }
}
