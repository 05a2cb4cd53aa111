import MailCA
import OpenSSLKit

/// Lists of the CAs in the path that have a number, by which one knows the newest (RFC 5280 §5.2.3).
struct RevocationListNumberCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard !member.isLeaf || member.isRoot, let subject = try? member.certificate.subject() else { return [] }
        let lists = path.validation.revocationLists ?? []
        guard lists.contains(where: { !$0.isNumbered && (try? $0.issuer()) == subject }) else { return [] }
        return [
            member.error(
                "path.list-without-number",
                "a revocation list of \(subject) has no number, so that nobody knows whether it is the newest",
                remedy: "ask whoever runs that CA for another list; mailca crl makes one of the CA of this machine")
        ]
    }
}
