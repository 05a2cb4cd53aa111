import OpenSSLKit

/// Name constraints that every verifier keeps to: critical, in a CA's certificate, and not empty (RFC 5280 §4.2.1.10).
struct NameConstraintsCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard let extensions = member.fields?.extensions, let constraints = extensions.nameConstraints else {
            return []
        }
        if extensions.basicConstraints?.isCA != true {
            return [
                member.error(
                    "path.constraints-in-leaf", "\(member.name) has name constraints, and only a CA's may have them")
            ]
        }
        var findings: [Finding] = []
        if !extensions.critical.contains(ExtensionIdentifier.nameConstraints) {
            findings.append(
                member.error(
                    "path.constraints-not-critical",
                    "the name constraints of \(member.name) are not critical, so that a program may pass over them"))
        }
        let names = constraints.permitted + constraints.excluded
        if names.isEmpty {
            findings.append(
                member.error("path.constraints-empty", "the name constraints of \(member.name) constrain nothing"))
        }
        findings += names.filter { !NameSyntax.isSound(constraint: $0) }.prefix(1).map { name in
            member.error(
                "path.constraints-malformed",
                "the name constraints of \(member.name) hold \(name.description.shown), which programs read in different ways"
            )
        }
        return findings
    }
}
