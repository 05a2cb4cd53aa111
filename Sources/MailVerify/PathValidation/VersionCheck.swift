import OpenSSLKit

/// Version 3 of X.509: only it has extensions (RFC 5280 §4.1.2.1).
struct VersionCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard let version = member.fields?.version, version != 3 else { return [] }
        return [
            member.error(
                "path.version",
                "\(member.name) is of version \(version) of X.509, and certificates of today are of version 3")
        ]
    }
}
