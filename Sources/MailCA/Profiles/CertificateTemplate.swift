import FoundationEssentials
import OpenSSLKit

/// A certificate as it will be, before it has a serial number, an issuer and a signature.
struct CertificateTemplate: Sendable {
    var profile: Profile
    var subject: DistinguishedName
    var validity: Validity
    var publicKey: PublicKey
    var alternativeNames: [GeneralName] = []
    var basicConstraints = CertificateExtensions.BasicConstraints(isCA: false)
    var nameConstraints: CertificateExtensions.NameConstraints?

    /// A CN holds 64 characters (RFC 5280 appendix A, ub-common-name).
    static let longestCommonName = 64

    /// All extensions, with the identifier of the issuer's key; its own for who signs itself.
    func extensions(authorityKeyIdentifier: [UInt8]) -> CertificateExtensions {
        var extensions = CertificateExtensions()
        extensions.basicConstraints = basicConstraints
        extensions.keyUsage = profile.keyUsage(for: publicKey.algorithm)
        extensions.extendedKeyUsage = profile.extendedKeyUsage
        extensions.subjectKeyIdentifier = publicKey.keyIdentifier
        extensions.authorityKeyIdentifier = authorityKeyIdentifier
        extensions.nameConstraints = nameConstraints
        extensions.subjectAlternativeNames = alternativeNames
        return extensions
    }

    /// Of a server: the CN is the first host name that fits into it. Where there is none, as with IP addresses only,
    /// there is no CN: OpenSSL and GnuTLS hold one against the DNS name constraints, and refuse the certificate.
    static func server(
        _ names: [ServerName], profile: Profile, validity: Validity, publicKey: PublicKey
    ) throws(MailCAError) -> CertificateTemplate {
        let hosts = names.compactMap { name in
            if case .host(let host) = name { host.ascii } else { nil }
        }
        let first = hosts.first { $0.count <= longestCommonName }
        let subject = try crypto { () throws(OpenSSLError) in
            try DistinguishedName(first.map { [.commonName($0)] } ?? [])
        }
        return CertificateTemplate(
            profile: profile, subject: subject, validity: validity, publicKey: publicKey,
            alternativeNames: names.map(\.generalName))
    }

    /// Of a user: the CN is the address, by which Dovecot and Cyrus log in.
    static func client(
        _ address: EmailAddress, validity: Validity, publicKey: PublicKey
    ) throws(MailCAError) -> CertificateTemplate {
        let name = address.mailbox
        let subject = try crypto { () throws(OpenSSLError) in try DistinguishedName([.commonName(name)]) }
        return CertificateTemplate(
            profile: .client, subject: subject, validity: validity, publicKey: publicKey,
            alternativeNames: [address.generalName])
    }

    /// Of a CA.
    static func authority(
        _ profile: Profile, name: String, permitted: PermittedNames, pathLength: Int, validity: Validity,
        publicKey: PublicKey
    ) throws(MailCAError) -> CertificateTemplate {
        let subject = try crypto { () throws(OpenSSLError) in try DistinguishedName([.commonName(name)]) }
        return CertificateTemplate(
            profile: profile, subject: subject, validity: validity, publicKey: publicKey,
            basicConstraints: .init(isCA: true, pathLength: pathLength), nameConstraints: permitted.nameConstraints)
    }
}
