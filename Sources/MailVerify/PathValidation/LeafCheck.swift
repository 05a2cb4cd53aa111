import OpenSSLKit

/// Who talks TLS or signs mail is no CA (RFC 5280 §4.2.1.9).
struct LeafCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard member.isLeaf, path.validation.purpose != .any,
            let constraints = member.fields?.extensions.basicConstraints,
            constraints.isCA
        else { return [] }
        return [
            member.error(
                "path.leaf-is-ca",
                "the certificate is a CA's, and whoever has its key could sign others, so that it is not for \(path.validation.purposeName)"
            )
        ]
    }
}
