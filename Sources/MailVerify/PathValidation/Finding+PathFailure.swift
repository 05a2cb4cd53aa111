import FoundationEssentials
import MailCA
import OpenSSLKit

extension Finding {
    /// What OpenSSL refused, in our words: which certificate, why, and what to do.
    /// - Parameter member: the certificate that it refused.
    init(_ failure: TrustStore.Failure, of member: PathMember, validation: PathValidation) {
        let (id, message, remedy) = Self.words(failure, member, validation)
        self.init(id, .error, member.subject, message, remedy: remedy)
    }

    private static func words(
        _ failure: TrustStore.Failure, _ member: PathMember, _ validation: PathValidation
    ) -> (id: String, message: String, remedy: String) {
        let (name, replacement) = (member.name, member.replacement)
        let issuer = (try? member.certificate.issuer()).map { "\($0)" } ?? "its issuer"
        let time = Timestamp.readable(validation.time)
        switch failure.kind {
        case .expired:
            let end = (member.fields?.validity.notAfter).map { "ended on \(Timestamp.readable($0))" } ?? "has ended"
            return ("path.expired", "\(name) \(end), and it is to be valid on \(time)", replacement)
        case .notYetValid:
            let start = (member.fields?.validity.notBefore).map { " only from \(Timestamp.readable($0))" } ?? " later"
            return (
                "path.not-yet-valid", "\(name) is valid\(start), and it is to be valid on \(time)",
                "set the clock right, as with timedatectl set-ntp true, or give another --at"
            )
        case .revoked: return ("path.revoked", "\(name) was revoked: \(issuer) lists it", replacement)
        case .revocationListMissing:
            return (
                "path.no-list",
                "there is no revocation list of \(issuer), so that nobody knows whether \(name) was revoked",
                "give it too, with --crl FILE; mailca crl makes those of the CA of this machine"
            )
        case .revocationListExpired:
            return (
                "path.list-expired", "the revocation list of \(issuer) has ended by \(time)",
                "get the newest; mailca crl makes that of the CA of this machine"
            )
        case .revocationListNotYetValid:
            return (
                "path.list-not-yet-valid", "the revocation list of \(issuer) is not valid yet on \(time)",
                "set the clock right, as with timedatectl set-ntp true, or give another --at"
            )
        case .revocationListInvalid:
            return (
                "path.list-invalid", "the revocation list of \(issuer) cannot be believed: \(failure.reason)",
                "get it again from whoever runs that CA; mailca crl makes that of the CA of this machine"
            )
        case .issuerMissing:
            return (
                "path.no-issuer",
                "nothing leads from \(name) to a root that is trusted: no certificate of \(issuer) fits",
                "give the CA certificates between with --chain FILE, and the root with --ca FILE"
            )
        case .rootNotTrusted:
            return (
                "path.untrusted-root",
                member.isLeaf
                    ? "the certificate signed itself, and is not among those that are trusted"
                    : "it leads to \(name), which is not among those that are trusted",
                "name the right root with --ca FILE, if you trust that one; else have the certificate issued by your own CA"
            )
        case .signature:
            return (
                "path.signature",
                "the signature of \(name) was not made by \(issuer): it was changed, or is another CA's",
                replacement
            )
        case .namesNotPermitted:
            return (
                "path.names-not-permitted",
                "\(name) holds a name that a CA above it may not give (\(failure.reason))",
                "have it issued by a CA for that domain, as mailca init-ca --domain makes one"
            )
        case .namesMalformed:
            return (
                "path.names-incomparable",
                "a name of \(name), or a constraint on it, cannot be compared: \(failure.reason)", replacement
            )
        case .purpose:
            let usage = member.fields?.extensions.extendedKeyUsage ?? []
            let uses = usage.isEmpty ? "" : " (it is for \(usage.map(\.description).joined(separator: ", ")))"
            return ("path.purpose", "\(name) is not for \(validation.purposeName)\(uses)", replacement)
        case .notAuthority:
            return (
                "path.not-a-ca", "\(name) signed another one, and is not a CA's that may: \(failure.reason)",
                replacement
            )
        case .pathTooLong:
            let limit = validation.maximumIntermediates.map { ", where at most \($0) may (--depth)" } ?? ""
            return (
                "path.too-long", "too many CA certificates stand between\(limit): \(failure.reason)",
                validation.maximumIntermediates == nil
                    ? replacement : "allow more with --depth N, or have it issued nearer to the root"
            )
        case .weak: return ("path.weak", "\(name) is too weak for programs of today: \(failure.reason)", replacement)
        case .extensions:
            return ("path.extensions", "\(name) is not as RFC 5280 wants it: \(failure.reason)", replacement)
        case .other: return ("path.invalid", "\(name) does not verify: \(failure.reason)", replacement)
        }
    }
}
