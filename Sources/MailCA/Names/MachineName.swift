#if canImport(Glibc)
    import Glibc
#endif

/// The name of the machine that this program runs on.
public enum MachineName {
    /// This machine's fully qualified name: its host name if that has a dot, else what the resolver makes of it.
    ///
    /// May ask the DNS, and then takes as long as the system's resolver does.
    /// - Throws: `MailCAError` with code `invalidName` if the machine knows itself by a short name only, or by none.
    public static func fullyQualified() throws(MailCAError) -> HostName {
        try fullyQualified(hostName: systemHostName, canonicalName: resolverName)
    }

    /// The same, with the system's answers given by the caller.
    /// - Parameters:
    ///   - hostName: what gethostname(2) says; nil if it fails.
    ///   - canonicalName: the full name that the resolver has for a short one; nil if it has none.
    static func fullyQualified(
        hostName: () -> String?, canonicalName: (String) -> String?
    ) throws(MailCAError) -> HostName {
        guard let own = hostName(), !own.isEmpty else {
            throw MailCAError(.invalidName, "this machine has no host name", hint: remedy)
        }
        if let name = try full(own) { return name }
        // The resolver's answer comes from the network or a file: what is no good name is as none.
        if let canonical = canonicalName(own), let name = try? full(canonical) { return name }
        throw MailCAError(
            .invalidName,
            "this machine's host name \(quoted(own)) is a short or local one, and the resolver knows no full name for it",
            hint: remedy)
    }

    /// The name, or nil if it is a short one or says no more than "this machine".
    private static func full(_ text: String) throws(MailCAError) -> HostName? {
        guard text.utf8.contains(UInt8(ascii: ".")) else { return nil }
        let name: HostName
        do {
            name = try HostName(text)
        } catch {
            throw MailCAError(
                .invalidName, "this machine's host name cannot stand in a certificate: \(error.message)", hint: remedy,
                cause: error)
        }
        let last = name.labels.last
        let isLocal = last == "localdomain" || last == "localhost" || name.labels.first == "localhost"
        return name.isFullyQualified && !name.isWildcard && !isLocal ? name : nil
    }

    private static let remedy =
        "Give the full name, as in: mailca self-signed mail.example.org (hostnamectl set-hostname changes it for good)."

    /// What gethostname(2) says.
    static func systemHostName() -> String? {
        // One byte more than the longest name of a host, so that it always ends in a NUL.
        var buffer = [CChar](repeating: 0, count: 257)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The canonical name that getaddrinfo(3) has for `name`.
    static func resolverName(of name: String) -> String? {
        guard !name.utf8.contains(0) else { return nil }
        var hints = addrinfo()
        hints.ai_flags = AI_CANONNAME
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        return found.pointee.ai_canonname.map { String(cString: $0) }
    }
}
