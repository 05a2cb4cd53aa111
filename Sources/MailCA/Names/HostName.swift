/// The name of a host or of a mail domain, as it stands in certificates: lowercase A-labels without a final dot.
///
/// Accepted are the letters, digits and hyphens of RFC 1123 §2.1, in labels of at most 63 and a name of at most 253
/// characters (RFC 1035 §2.3.4); names in other scripts, which become A-labels by IDNA 2008 (RFC 5890); and one whole
/// leftmost label `*` with two labels or more after it (RFC 9525 §6.3). Everything else is refused with its reason.
public struct HostName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The canonical form, `mail.xn--r8jz45g.jp`: what is compared, and what a dNSName holds (RFC 5280 §4.2.1.6).
    public let ascii: String

    /// Whether the leftmost label is `*`.
    public var isWildcard: Bool { ascii.utf8.first == UInt8(ascii: "*") }

    /// The labels of `ascii` from left to right, `*` among them.
    public var labels: [String] { ascii.split(separator: ".").map(String.init) }

    /// Whether there are two labels or more, so that the name means the same on every machine.
    public var isFullyQualified: Bool { ascii.utf8.contains(UInt8(ascii: ".")) }

    /// The name with its A-labels decoded, to be shown to a reader.
    public var unicode: String {
        labels.map { $0.hasPrefix("xn--") ? ((try? IDNA.unicode($0)) ?? $0) : $0 }.joined(separator: ".")
    }

    /// The canonical form.
    public var description: String { ascii }

    /// Reads a name as it was typed. One final dot is dropped.
    /// - Throws: `MailCAError` with code `invalidName`, which says what is wrong, in which label, and what to do.
    public init(_ text: String) throws(MailCAError) {
        if let plain = HostName(plain: text) { self = plain } else { self = try HostName(reading: text) }
    }

    /// One that stands for itself.
    init?(plain text: String) {
        guard PlainName.isHost(text.utf8) else { return nil }
        ascii = text
    }

    /// Reads it rule by rule.
    init(reading text: String) throws(MailCAError) {
        try HostName.refuseWhatIsNoHostName(text)
        var parts = HostName.split(text)
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        var labels: [String] = []
        for (offset, part) in parts.enumerated() {
            if offset == 0, part == "*" {
                labels.append(part)
            } else {
                labels.append(try HostLabel(text: part, number: offset + 1, name: text).canonical())
            }
        }
        try HostName.checkWildcard(labels, text)
        try HostName.refuseNumericEnd(labels, text)
        let ascii = labels.joined(separator: ".")
        guard ascii.utf8.count <= 253 else {
            throw HostName.tooLong(text, "its ASCII form has \(ascii.utf8.count) characters")
        }
        self.ascii = ascii
    }

    /// Whether this is `domain`, or a name under it. A wildcard counts as the name after its `*.`.
    public func isWithin(_ domain: HostName) -> Bool {
        let name = isWildcard ? ascii.dropFirst(2) : ascii[...]
        return name == domain.ascii || name.hasSuffix("." + domain.ascii)
    }

    public static func < (left: HostName, right: HostName) -> Bool { left.ascii < right.ascii }
}
