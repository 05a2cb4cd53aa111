#if canImport(Glibc)
    import Glibc
#endif

/// An IPv4 or IPv6 address, as it stands in an iPAddress name (RFC 5280 §4.2.1.6).
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    public let bytes: [UInt8]

    /// Whether it is an IPv4 address.
    public var isIPv4: Bool { bytes.count == 4 }

    /// Whether it is 0.0.0.0 or ::, which stand for "any address" and are nobody's.
    public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Dotted decimal, or the shortest lowercase form of RFC 5952 as inet_ntop(3) writes it.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = isIPv4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return bytes.description }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address of these bytes, as a certificate holds them; nil unless they are 4 or 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads dotted decimal or IPv6 text; an IPv6 address may be in brackets.
    /// - Throws: `MailCAError` with code `invalidName` for anything else, zones (`%eth0`) and ports among it, and for an
    ///   IPv4 address dressed as IPv6 (`::ffff:192.0.2.1`), which no program would look for in a certificate.
    public init(_ text: String) throws(MailCAError) {
        if let reason = IPAddress.refusal(text) { throw reason }
        let inner = text.utf8.first == UInt8(ascii: "[") ? String(text.dropFirst().dropLast()) : text
        let isIPv6 = inner.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, inner, &bytes) == 1 else {
            throw MailCAError(
                .invalidName, "\(quoted(text)) is not an IP address",
                hint: "Give an address such as 192.0.2.7 or 2001:db8::7, without leading zeros in an IPv4 address.")
        }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        if isIPv6, bytes.starts(with: mapped), let inside = IPAddress(bytes: Array(bytes.suffix(4))) {
            throw MailCAError(
                .invalidName, "\(quoted(text)) is an IPv4 address written as IPv6", hint: "Give \(inside) instead.")
        }
        self.bytes = bytes
    }

    /// What is wrong with the form of `text`, as far as one can say more than that it is no address.
    private static func refusal(_ text: String) -> MailCAError? {
        func no(_ message: String, _ hint: String) -> MailCAError { MailCAError(.invalidName, message, hint: hint) }
        let scalars = text.unicodeScalars
        if text.isEmpty { return no("the IP address is empty", "Give an address such as 192.0.2.7.") }
        if let hidden = HiddenCharacter.first(in: text) {
            return no("the IP address \(quoted(text)) holds \(hidden.description)", hidden.remedy)
        }
        guard scalars.allSatisfy(\.isASCII) else {
            return no("\(quoted(text)) is not an IP address", "Type digits, dots and colons in half width.")
        }
        if scalars.contains("%") {
            return no(
                "\(quoted(text)) has a zone, which means something on one machine only",
                "Leave out the % and what follows.")
        }
        if scalars.contains("/") {
            return no("\(quoted(text)) is a block of addresses, not one", "Leave out the / and what follows.")
        }
        if scalars.first == "[", scalars.last != "]", scalars.contains("]") {
            return no("\(quoted(text)) has something after the address", "Give the address without a port.")
        }
        let colons = scalars.filter { $0 == ":" }.count
        if colons == 1, scalars.contains(".") {
            return no("\(quoted(text)) has a port", "Give the address without it.")
        }
        if scalars.first == "[" || scalars.last == "]" {
            guard scalars.first == "[", scalars.last == "]", colons > 1 else {
                return no("\(quoted(text)) is not an IPv6 address in brackets", "Give the address without brackets.")
            }
        }
        return nil
    }
}
