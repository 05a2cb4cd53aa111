import OpenSSLKit

/// Constraints on policies that no verifier may pass over (RFC 5280 §4.2.1.11, §4.2.1.14).
struct PolicyConstraintsCheck: PathCheck {
    private static let constraints = ["2.5.29.36": "policy constraints", "2.5.29.54": "inhibitAnyPolicy"]

    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard let extensions = member.fields?.extensions else { return [] }
        return extensions.present.filter { !extensions.critical.contains($0) }.compactMap { Self.constraints[$0] }
            .prefix(1).map { name in
                member.error(
                    "path.policy-not-critical", "the \(name) of \(member.name) are not critical, as they have to be")
            }
    }
}
