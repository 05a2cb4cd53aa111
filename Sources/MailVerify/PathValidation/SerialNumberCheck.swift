import OpenSSLKit

/// A positive serial number of at most 20 octets (RFC 5280 §4.1.2.2), so that revocation finds it everywhere.
///
/// A root is on no list, and several old ones of the public CAs have the number zero.
struct SerialNumberCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard !member.isRoot || member.isLeaf, let fields = member.fields else { return [] }
        let count = fields.serialNumber.octets
        let fault: String
        if !fields.serialNumberIsPositive {
            fault = fields.serialNumber.bytes.isEmpty ? "zero" : "negative"
        } else if count > 20 {
            fault = "\(count) octets long"
        } else {
            return []
        }
        return [
            member.error(
                "path.serial-number",
                "the serial number of \(member.name) is \(fault), and has to be positive and of 20 octets at most")
        ]
    }
}
