import COpenSSL

/// Name constraints of the kinds that can be compared without OpenSSL: permitted hosts and mail domains, and addresses
/// (RFC 5280 §4.2.1.10).
struct PlainConstraints {
    private var hosts: [String] = []
    private var domains: [String] = []
    private var permittedAddresses: [[UInt8]] = []
    private var excludedAddresses: [[UInt8]] = []

    /// - Returns: nil where only OpenSSL can compare them.
    init?(_ constraints: CertificateExtensions.NameConstraints) {
        for name in constraints.permitted {
            switch name {
            case .dnsName(let text) where Self.isPlain(text) && !text.hasPrefix("."): hosts.append(text.lowercased())
            case .rfc822Name(let text) where Self.isPlain(text) && !text.contains("@"):
                domains.append(text.lowercased())
            case .ipAddress(let bytes) where bytes.count == 8 || bytes.count == 32: permittedAddresses.append(bytes)
            default: return nil
            }
        }
        for name in constraints.excluded {
            guard case .ipAddress(let bytes) = name, bytes.count == 8 || bytes.count == 32 else { return nil }
            excludedAddresses.append(bytes)
        }
        guard constraints.permitted.count + constraints.excluded.count <= 100 else { return nil }
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    /// Whether they surely allow a name; one of a kind that they do not speak of they do.
    func allow(_ name: GeneralName) -> Bool {
        switch name {
        case .dnsName(let text):
            let host = text.lowercased()
            return hosts.isEmpty || hosts.contains { host == $0 || host.hasSuffix("." + $0) }
        case .rfc822Name(let text):
            if domains.isEmpty { return true }
            let parts = text.lowercased().split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            return domains.contains {
                $0.hasPrefix(".") ? parts[1].hasSuffix($0) && parts[1].count > $0.count : parts[1] == $0
            }
        case .ipAddress(let bytes):
            return (permittedAddresses.isEmpty || permittedAddresses.contains { Self.covers($0, bytes) })
                && !excludedAddresses.contains { Self.covers($0, bytes) }
        default: return false
        }
    }

    /// Whether an address is in a block of address and mask.
    private static func covers(_ block: [UInt8], _ address: [UInt8]) -> Bool {
        guard block.count == address.count * 2 else { return false }
        return address.indices.allSatisfy { (address[$0] ^ block[$0]) & block[address.count + $0] == 0 }
    }
}
