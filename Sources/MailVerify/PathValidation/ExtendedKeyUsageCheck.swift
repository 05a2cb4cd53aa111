import OpenSSLKit

/// An extended key usage that says what the certificate is for, and not "anything" (RFC 5280 §4.2.1.12).
///
/// OpenSSL takes one without it for good for everything. Whether it is the right one OpenSSL looks at itself.
struct ExtendedKeyUsageCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard member.isLeaf, path.validation.purpose != .any, let fields = member.fields else { return [] }
        let purpose = path.validation.purposeName
        let usage = fields.extensions.extendedKeyUsage
        if usage.isEmpty {
            return [
                member.error(
                    "path.no-usage",
                    "the certificate has no extended key usage, so that nothing says that it is for \(purpose)")
            ]
        }
        guard usage.contains(.any) else { return [] }
        return [
            member.error(
                "path.any-usage",
                "the certificate is for any use whatever (anyExtendedKeyUsage), and not for \(purpose) alone")
        ]
    }
}
