/// What clients know a server by: the name of its host, or an IP address.
public enum ServerName: Sendable, Hashable, CustomStringConvertible {
    /// A dNSName (RFC 5280 §4.2.1.6), which may be a wildcard.
    case host(HostName)
    /// An iPAddress (RFC 5280 §4.2.1.6).
    case address(IPAddress)

    /// Reads an address where `text` is written like one, and a host name otherwise.
    /// - Throws: `MailCAError` with code `invalidName`; also for 0.0.0.0 and ::, which no client connects to.
    public init(_ text: String) throws(MailCAError) {
        guard ServerName.looksLikeAddress(text) else {
            self = .host(try HostName(text))
            return
        }
        let address = try IPAddress(text)
        guard !address.isUnspecified else {
            throw MailCAError(
                .invalidName, "\(address) stands for every address, so it names no server",
                hint: "Give the address that clients connect to.")
        }
        self = .address(address)
    }

    /// The canonical text of the name or the address.
    public var description: String {
        switch self {
        case .host(let name): name.description
        case .address(let address): address.description
        }
    }

    /// Two colons, an opening bracket, or nothing but what IPv4 addresses, ports and blocks are written with.
    private static func looksLikeAddress(_ text: String) -> Bool {
        let bytes = text.utf8
        if bytes.first == UInt8(ascii: "[") || bytes.lazy.filter({ $0 == UInt8(ascii: ":") }).count > 1 { return true }
        let marks: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/")]
        return bytes.contains { marks.contains($0) }
            && bytes.allSatisfy { ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || marks.contains($0) }
    }
}
