import OpenSSLKit

/// Extensions that can be read, all of them: OpenSSL decodes those only that it needs.
struct ExtensionSyntaxCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        let faults = member.certificate.faultyExtensions
        guard let first = faults.first else {
            guard member.fields == nil else { return [] }
            return [member.error("path.malformed", "\(member.name) cannot be read: \(Self.reason(member.certificate))")]
        }
        let fault =
            switch first.fault {
            case .malformed: "is malformed"
            case .empty: "is an empty list, and has to have one item at least"
            case .repeated: "stands there twice"
            }
        return [
            member.error(
                "path.malformed", "the extension \(first.name.shown) of \(member.name) \(fault) (RFC 5280 §4.2)")
        ]
    }

    private static func reason(_ certificate: Certificate) -> String {
        do throws(OpenSSLError) {
            _ = try certificate.fields()
            return "unknown"
        } catch { return "\(error)" }
    }
}
