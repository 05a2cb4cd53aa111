import FoundationEssentials
import OpenSSLKit

/// A certificate together with what it says, decoded once.
struct ReadCertificate: Sendable {
    let certificate: Certificate
    let fields: CertificateFields

    init(_ certificate: Certificate) throws(OpenSSLError) {
        self.certificate = certificate
        fields = try certificate.fields()
    }

    /// - Parameter fields: what the certificate says.
    init(_ certificate: Certificate, _ fields: CertificateFields) {
        self.certificate = certificate
        self.fields = fields
    }
}

/// The CA certificates above one that is to be signed.
struct IssuerChain: Sendable {
    /// The one that signs first, the root last.
    let members: [ReadCertificate]
    fileprivate let lastLink: LastLink

    /// - Throws: ``MailCAError`` with code `internalFault` where the chain itself does not verify.
    init(_ members: [ReadCertificate], time: Date) throws(MailCAError) {
        self.members = members
        do {
            lastLink = try LastLink(
                below: members[0].certificate, chain: members.map(\.certificate),
                time: max(time, members[0].fields.validity.notBefore))
        } catch {
            throw MailCAError(
                .internalFault, "the CA's own certificates do not verify: \(error.reason)", cause: error)
        }
    }
}

/// Builds a certificate, checks it against every rule, signs it, and checks what came out.
/// - Parameters:
///   - issuer: the chain that signs; nil for a certificate that signs itself.
///   - time: at which the result has to be valid.
/// - Throws: ``MailCAError`` with code `internalFault`: the arguments were checked before.
func sign(
    _ template: CertificateTemplate, serialNumber: SerialNumber, issuer: IssuerChain?,
    permitted: PermittedNames?, key: PrivateKey, time: Date
) throws(MailCAError) -> ReadCertificate {
    let parent = issuer?.members.first?.fields
    let builder = try crypto { () throws(OpenSSLError) in
        try CertificateBuilder(
            serialNumber: serialNumber, issuer: parent?.subject ?? template.subject, subject: template.subject,
            validity: template.validity, publicKey: template.publicKey,
            extensions: template.extensions(
                authorityKeyIdentifier: parent?.extensions.subjectKeyIdentifier ?? template.publicKey.keyIdentifier))
    }
    let fields = try crypto { () throws(OpenSSLError) in try builder.fields() }
    try fields.demandSound(template.profile, issuer: issuer, permitted: permitted)
    let signed: ReadCertificate
    do throws(OpenSSLError) {
        // It says what was built: signing adds nothing to the fields.
        signed = ReadCertificate(try builder.sign(with: key), fields)
    } catch {
        throw MailCAError(internal: error)
    }
    guard let issuer else {
        // It is its own root: with its signature, and the rules above, all is said.
        guard signed.certificate.isSigned(by: key) else {
            throw MailCAError(
                .internalFault, "the signature of the certificate does not verify, and it was not published")
        }
        return signed
    }
    try confirm(signed, issuer: issuer, purpose: template.profile.purpose, time: time)
    return signed
}

extension CertificateFields {
    /// Refuses to have signed what breaks a rule.
    func demandSound(
        _ profile: Profile, issuer: IssuerChain?, permitted: PermittedNames?
    ) throws(MailCAError) {
        let findings = Lint.findings(
            in: Lint.Subject(
                profile: profile, fields: self, issuer: issuer?.members.first?.fields, permitted: permitted))
        guard findings.isEmpty else {
            throw MailCAError(
                .internalFault,
                "the certificate was not signed, because it breaks a rule: \(findings.joined(separator: "; "))")
        }
    }
}

/// Verifies a certificate of our own making as a client would, before anyone else sees it.
private func confirm(
    _ signed: ReadCertificate, issuer: IssuerChain, purpose: TrustStore.Purpose, time: Date
) throws(MailCAError) {
    do {
        try issuer.lastLink.check(
            signed.certificate, purpose: purpose, time: max(time, signed.fields.validity.notBefore))
    } catch {
        throw MailCAError(
            .internalFault, "the signed certificate does not verify and was not published: \(error.reason)",
            cause: error)
    }
}

extension Profile {
    var purpose: TrustStore.Purpose {
        switch self {
        case .root, .issuing: .any
        case .server, .selfSigned: .server
        case .client: .client
        }
    }
}
