import FoundationEssentials
import MailCA
import OpenSSLKit

/// Asks everything that can be asked of what came from a file. What is thrown is an answer; what counts is that there
/// is one.
enum Probing {
    static func ask(_ certificate: Certificate, _ material: Material) throws {
        _ = certificate.serialNumber
        _ = certificate.signatureAlgorithm
        _ = certificate.isSelfSigned
        _ = certificate.fingerprint
        _ = certificate.pem
        _ = try? certificate.text
        _ = certificate.matches(host: "mail.example.org")
        _ = certificate.matches(host: "*.example.org")
        _ = certificate.matches(address: [192, 0, 2, 7])
        _ = try? ask(certificate.subject())
        _ = try? ask(certificate.issuer())
        _ = try? ask(certificate.publicKey())
        _ = certificate.isSigned(by: certificate)
        if let fields = try? certificate.fields() {
            ask(fields.extensions)
            for profile in Profile.allCases {
                _ = Lint.findings(in: .init(profile: profile, fields: fields, issuer: fields, permitted: nil))
            }
        }
        // As a leaf, as a CA, and as one on the way.
        let members = material.members.map(\.certificate)
        let store = try TrustStore(roots: [material.root.certificate], revocationLists: material.lists)
        for purpose in [TrustStore.Purpose.server, .client, .smime, .any] {
            _ = try? store.validate(certificate, chain: members, purpose: purpose, time: now, checkRevocation: true)
        }
        let itself = try? TrustStore(roots: [certificate])
        _ = try? itself?.validate(certificate, purpose: .any, time: now)
        _ = try? itself?.validate(material.issued.certificate, chain: members, purpose: .server, time: now)
        _ = try? LastLink(below: certificate, chain: [certificate], time: now)
            .check(material.issued.certificate, purpose: .server, time: now)
        _ = try? LastLink(below: material.signer.certificate, chain: members, time: now)
            .check(certificate, purpose: .server, time: now)
        if let authority = material.authority {
            var plan = try RecoveryPlan(ledger: authority.ledger)
            _ = try? plan.add(certificate)
            _ = try? authority.acquaintance(with: certificate, at: now)
        }
    }

    static func ask(_ list: RevocationList, _ material: Material) throws {
        _ = try? ask(list.issuer())
        _ = try? list.thisUpdate()
        _ = try? list.nextUpdate()
        _ = list.number
        _ = list.count
        _ = try? list.entries()
        _ = try? list.lists(material.issued.certificate.serialNumber)
        _ = list.pem
        let members = material.members.map(\.certificate)
        let store = try? TrustStore(roots: [material.root.certificate], revocationLists: [list])
        _ = try? store?.validate(
            material.issued.certificate, chain: members, purpose: .server, time: now, checkRevocation: true)
        if let authority = material.authority {
            var plan = try RecoveryPlan(ledger: authority.ledger)
            _ = try? plan.add(list)
        }
    }

    static func ask(_ request: CertificateRequest) throws {
        _ = try? ask(request.publicKey())
        _ = try? ask(request.subject())
        _ = (try? request.alternativeNames())?.map(\.description)
        _ = request.exponentIsSound
        _ = try? request.pem()
        for profile in Profile.allCases { _ = try? RequestedNames.of(request, for: profile) }
    }

    static func ask(_ key: PrivateKey, _ material: Material) throws {
        _ = try? key.pkcs8()
        _ = try? key.pem()
        ask(key.publicKey)
        _ = material.issued.certificate.isSigned(by: key)
    }

    private static func ask(_ name: DistinguishedName) {
        _ = name.description
        _ = name.commonName
        _ = try? name.oneLine()
        _ = try? name.linkHash()
    }

    private static func ask(_ key: PublicKey) {
        _ = key.description
        _ = key.keyIdentifier
        _ = TLSARecord(host: "mail.example.org", key: key)
    }

    private static func ask(_ extensions: CertificateExtensions) {
        let constraints = extensions.nameConstraints
        let names = extensions.subjectAlternativeNames + (constraints?.permitted ?? []) + (constraints?.excluded ?? [])
        for name in names {
            _ = name.description
            switch name {
            case .dnsName(let text), .uniformResourceIdentifier(let text): _ = try? HostName(text)
            case .rfc822Name(let text), .smtpUTF8Mailbox(let text): _ = try? EmailAddress(text)
            case .ipAddress(let bytes):
                _ = IPAddress(bytes: bytes)?.description
                _ = try? AddressBlock(bytes: bytes)
            case .directoryName(let name): ask(name)
            case .other, .malformed: continue
            }
        }
        _ = extensions.keyUsage?.description
        _ = extensions.extendedKeyUsage.map(\.description)
    }
}
