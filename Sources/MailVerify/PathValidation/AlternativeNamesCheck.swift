import OpenSSLKit

/// Subject alternative names that are there and can be what they say (RFC 5280 §4.2.1.6).
struct AlternativeNamesCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard !member.isRoot || member.isLeaf, let fields = member.fields else { return [] }
        let names = fields.extensions.subjectAlternativeNames
        if names.isEmpty {
            guard member.isLeaf, path.validation.purpose != .any else { return [] }
            return [
                member.error(
                    "path.no-names",
                    "the certificate has no subject alternative name, and programs do not look at its common name")
            ]
        }
        return names.filter { !NameSyntax.isSound($0) }.prefix(1).map { name in
            member.error(
                "path.malformed-name",
                "\(member.name) holds \(name.description.shown), which is not a name of its kind (RFC 5280 §4.2.1.6)")
        }
    }
}
