import OpenSSLKit

/// A wildcard that would stand for a host which a CA above may not name.
///
/// OpenSSL compares `*.example.org` with the constraint as it is written, and finds it outside of `bad.example.org`.
struct WildcardCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard member.isLeaf, let fields = member.fields else { return [] }
        let domains = fields.extensions.subjectAlternativeNames.compactMap { name -> String? in
            if case .dnsName(let text) = name, text.hasPrefix("*.") { text.dropFirst(2).lowercased() } else { nil }
        }
        for authority in path.members.dropFirst() where !domains.isEmpty {
            for case .dnsName(let excluded) in authority.fields?.extensions.nameConstraints?.excluded ?? [] {
                // The label that the wildcard stands for, and the rest.
                let parts = excluded.lowercased().split(separator: ".", maxSplits: 1)
                guard parts.count == 2, let domain = domains.first(where: { $0 == parts[1] }) else { continue }
                return [
                    member.error(
                        "path.wildcard-excluded",
                        "the certificate's name *.\(domain.shown) stands for \(excluded.shown) too, which \(authority.name) may not name"
                    )
                ]
            }
        }
        return []
    }
}
