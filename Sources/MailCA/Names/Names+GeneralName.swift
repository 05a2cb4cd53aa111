public import OpenSSLKit

extension ServerName {
    /// As a subject alternative name (RFC 5280 §4.2.1.6).
    public var generalName: GeneralName {
        switch self {
        case .host(let host): .dnsName(host.ascii)
        case .address(let address): .ipAddress(address.bytes)
        }
    }
}

extension EmailAddress {
    /// As a certificate writes it: a mailbox whose local part is not ASCII has its domain in Unicode too (RFC 8398 §3).
    ///
    /// RFC 9598 has asked for A-labels since, but OpenSSL 3.0, which the mail servers run on, then finds no name
    /// constraint that permits it.
    var mailbox: String { isInternationalized ? "\(localPart)@\(domain.unicode)" : description }

    /// As a subject alternative name: an rfc822Name, or a SmtpUTF8Mailbox where the local part is not ASCII.
    public var generalName: GeneralName { isInternationalized ? .smtpUTF8Mailbox(mailbox) : .rfc822Name(mailbox) }
}

extension GeneralName {
    /// As a person types it: a host, an IP address or a mail address; nil where it is none of them.
    var typed: String? {
        switch self {
        case .dnsName(let text), .rfc822Name(let text), .smtpUTF8Mailbox(let text): text
        case .ipAddress(let bytes): IPAddress(bytes: bytes)?.description
        default: nil
        }
    }
}

extension PermittedNames {
    /// As name constraints (RFC 5280 §4.2.1.10); nil where everything is permitted.
    ///
    /// A DNS constraint covers subdomains by itself; a mail one does only with a leading dot. IP addresses that are
    /// not permitted by block are excluded altogether.
    var nameConstraints: CertificateExtensions.NameConstraints? {
        guard !unconstrained else { return nil }
        var permitted: [GeneralName] = domains.flatMap {
            [.dnsName($0.ascii), .rfc822Name($0.ascii), .rfc822Name(".\($0.ascii)")]
        }
        var excluded: [GeneralName] = []
        for family in [4, 16] {
            let blocks = addressBlocks.filter { $0.address.bytes.count == family }
            permitted += blocks.map { .ipAddress($0.bytes) }
            if blocks.isEmpty { excluded.append(.ipAddress([UInt8](repeating: 0, count: family * 2))) }
        }
        return .init(permitted: permitted, excluded: excluded)
    }

    /// What the name constraints of a CA's certificate permit; where there are none, every name, and besides them
    /// the single labels among `domains`.
    init(_ constraints: CertificateExtensions.NameConstraints?, domains: [String]) throws(MailCAError) {
        guard let constraints else {
            try self.init(parsing: domains, unconstrained: true)
            return
        }
        var domains: [HostName] = []
        var blocks: [AddressBlock] = []
        for name in constraints.permitted {
            switch name {
            case .dnsName(let text): domains.append(try HostName(text))
            case .ipAddress(let bytes): blocks.append(try AddressBlock(bytes: bytes))
            default: continue
            }
        }
        self.init(domains: domains, addressBlocks: blocks)
    }
}

/// Reads every text of a list as a name, and stops at the first that is none.
func parse<Name: Hashable>(
    _ texts: [String], _ read: (String) throws(MailCAError) -> Name
) throws(MailCAError) -> [Name] {
    var names: [Name] = []
    for text in texts {
        let name = try read(text)
        if !names.contains(name) { names.append(name) }
    }
    return names
}
