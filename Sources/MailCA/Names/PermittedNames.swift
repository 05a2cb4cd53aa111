/// The names that a CA may put into certificates: what its name constraints say (RFC 5280 §4.2.1.10), asked beforehand.
///
/// A domain brings its subdomains with it, for hosts, wildcards and mailboxes alike. A name of a single label is
/// permitted only if exactly that label is listed, also where the CA is not constrained: `mail` means another
/// machine in every network.
public struct PermittedNames: Sendable, Hashable {
    /// The permitted domains; in an unconstrained CA, the single labels that it was made for.
    public let domains: [HostName]
    /// The permitted blocks of IP addresses; with none of them, no address is permitted.
    public let addressBlocks: [AddressBlock]
    /// Whether every fully qualified name and every address is permitted.
    public let unconstrained: Bool

    /// Takes domains and blocks that were read before. A wildcard is no domain: it permits nothing here.
    public init(domains: [HostName], addressBlocks: [AddressBlock] = [], unconstrained: Bool = false) {
        self.domains = domains
        self.addressBlocks = addressBlocks
        self.unconstrained = unconstrained
    }

    /// Reads domains (`example.org`) and blocks (`192.0.2.0/24`, or one address) as they were typed; what is given
    /// twice is kept once.
    /// - Throws: `MailCAError` with code `invalidName`, also for a wildcard.
    public init(
        parsing domains: [String], addressBlocks: [String] = [], unconstrained: Bool = false
    ) throws(MailCAError) {
        var names: [HostName] = []
        for text in domains {
            let name = try HostName(text)
            guard !name.isWildcard else {
                throw MailCAError(
                    .invalidName, "\(quoted(text)) is a wildcard, not a domain",
                    hint: "Give \(name.ascii.dropFirst(2)) instead: its subdomains come with it.")
            }
            if !names.contains(name) { names.append(name) }
        }
        var blocks: [AddressBlock] = []
        for text in addressBlocks {
            let block = try AddressBlock(text)
            if !blocks.contains(block) { blocks.append(block) }
        }
        self.init(domains: names, addressBlocks: blocks, unconstrained: unconstrained)
    }

    /// Whether a server may have `name`.
    public func permits(_ name: ServerName) -> Bool {
        switch name {
        case .host(let host): permits(host)
        case .address(let address): unconstrained || addressBlocks.contains { $0.contains(address) }
        }
    }

    /// Whether a mailbox may have `address`.
    public func permits(_ address: EmailAddress) -> Bool { permits(address.domain) }

    /// Whether a host or a mail domain may have `name`; for a wildcard, whether every name that it stands for may be used.
    public func permits(_ name: HostName) -> Bool {
        domains.contains { name.isWithin($0) } || (unconstrained && name.isFullyQualified)
    }

    /// Refuses a server's name that is not permitted.
    /// - Throws: `MailCAError` with code `notPermitted`, which lists what is.
    public func check(_ name: ServerName) throws(MailCAError) {
        guard !permits(name) else { return }
        switch name {
        case .host(let host): throw refusal(host.ascii, domain: host)
        case .address(let address):
            throw MailCAError(
                .notPermitted, "this CA may not name the address \(address): \(list)",
                hint: "Name the host instead, or make another CA that permits the address.")
        }
    }

    /// Refuses a mailbox that is not permitted.
    /// - Throws: `MailCAError` with code `notPermitted`, which lists what is.
    public func check(_ address: EmailAddress) throws(MailCAError) {
        guard permits(address) else { throw refusal(address.description, domain: address.domain) }
        // OpenSSL 3.0 looks for the host of a SmtpUTF8Mailbox itself among the constraints, and finds none above it.
        guard !address.isInternationalized || unconstrained || domains.contains(address.domain) else {
            throw MailCAError(
                .notPermitted,
                "the address \(quoted(address.description)) is not in ASCII, and mail servers accept such a one only at a domain that the CA was made for, not below it: \(list)",
                hint: "Give an address in ASCII, or make another CA with --domain \(address.domain.unicode).")
        }
    }

    private func refusal(_ name: String, domain: HostName) -> MailCAError {
        let labels = domain.labels
        let wanted = (domain.isWildcard || labels.count > 2 ? labels.dropFirst() : labels[...]).joined(separator: ".")
        guard domain.isFullyQualified else {
            return MailCAError(
                .notPermitted, "this CA may not name \(quoted(name)), whose domain is a single label: \(list)",
                hint: "Give the full name, such as \(wanted).example.org; or, with --domain \(wanted), make another CA."
            )
        }
        return MailCAError(
            .notPermitted, "this CA may not name \(quoted(name)): \(list)",
            hint: "Give a name that this CA permits; or, with --domain \(wanted), make another CA.")
    }

    /// "its domains are example.org and example.net, and its addresses 192.0.2.0/24"
    private var list: String {
        let names = joined(domains.map(\.ascii))
        let blocks = joined(addressBlocks.map(\.description))
        if unconstrained {
            return names.isEmpty ? "it permits full names only" : "besides full names it permits \(names)"
        }
        return switch (names.isEmpty, blocks.isEmpty) {
        case (false, true): "its names are those in \(names)"
        case (false, false): "its names are those in \(names), and its addresses those in \(blocks)"
        case (true, false): "it permits no domain, and the addresses in \(blocks)"
        case (true, true): "it permits no name at all"
        }
    }

    private func joined(_ items: [String]) -> String {
        let most = 10
        return items.prefix(most).joined(separator: ", ")
            + (items.count > most ? " and \(items.count - most) more" : "")
    }
}
