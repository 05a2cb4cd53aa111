import Glibc

/// Asks the system for the addresses of a host, for no longer than one would wait.
enum Resolver {
    /// - Throws: `unresolved`, `timedOut`.
    static func addresses(
        of host: String, port: UInt16, _ deadline: Deadline
    ) throws(TLSConnection.Failure) -> [SocketAddress] {
        let operation = "find the address of \(host.shown)"
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw .init(.unresolved, operation, detail: "it is not a name")
        }
        let (code, addresses) = try DetachedWork.run(operation, deadline) { ask(host, port) }
        guard code == 0, !addresses.isEmpty else {
            let words = gai_strerror(code).map { String(cString: $0) }
            throw .init(.unresolved, operation, detail: code == 0 ? "it has none" : words)
        }
        return addresses
    }

    /// - Returns: getaddrinfo(3)'s status, and what it found, each once.
    private static func ask(_ host: String, _ port: UInt16) -> (Int32, [SocketAddress]) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        var addresses: [SocketAddress] = []
        var next = found
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ SocketAddress($0, port: port) }),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        return (code, addresses)
    }
}
