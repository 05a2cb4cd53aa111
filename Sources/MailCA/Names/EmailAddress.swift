/// The address of a mailbox, as it stands in certificates: `local@domain`.
///
/// The local part is a dot-atom (RFC 5322 §3.2.3) of at most 64 octets (RFC 5321 §4.5.3.1.1), in ASCII or in any
/// script (RFC 6531 §3.3); the domain is a `HostName`. Quoted local parts and address literals, though mail may
/// have them, are refused: they stand in no certificate that other programs would match.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    /// What comes before the `@`, its case kept: only the domain's own server knows whether it matters (RFC 5321 §2.4).
    ///
    /// In Unicode normalization form C, as RFC 6532 §3.1 wants it. What is typed in another form is turned into
    /// NFC rather than refused: which form it comes in is the keyboard's and the disk's doing, and invisible. It is
    /// done here because SmtpUTF8Mailbox is compared octet by octet (RFC 9598 §5).
    public let localPart: String

    /// What comes after the `@`. Never a wildcard; a single label is accepted, and left to the CA's permitted names.
    public let domain: HostName

    /// Whether the local part is outside ASCII: then the certificate holds an SmtpUTF8Mailbox (RFC 9598 §3) instead
    /// of an rfc822Name (RFC 5280 §4.2.1.6). A domain in another script alone does not make it so.
    public var isInternationalized: Bool { localPart.utf8.contains { $0 >= 0x80 } }

    /// The canonical text: the local part as typed, the domain in lowercase A-labels.
    public var description: String { "\(localPart)@\(domain.ascii)" }

    /// What the ledger finds the address by: as the description, with ASCII letters in lower case.
    ///
    /// Mail servers deliver `Taro@` and `taro@` to one mailbox, so certificates of both belong to one person.
    public var lookupKey: String { "\(localPart.asciiLowercased)@\(domain.ascii)" }

    /// Reads an address as it was typed, without a display name and without angle brackets.
    /// - Throws: `MailCAError` with code `invalidName`, which says what is wrong, where, and what to do.
    public init(_ text: String) throws(MailCAError) {
        if let plain = EmailAddress(plain: text) { self = plain } else { self = try EmailAddress(reading: text) }
    }

    /// Reads it rule by rule.
    init(reading text: String) throws(MailCAError) {
        // Longer than any address that fits: not worth normalizing.
        guard text.utf8.count <= 4096 else { throw EmailAddress.tooLong(text, octets: text.utf8.count) }
        let text = EmailAddress.normalized(text)
        try EmailAddress.refuseOtherForms(text)
        // By code point: a mark after the @ would make one Character of the two.
        let scalars = text.unicodeScalars
        guard let at = scalars.lastIndex(of: "@") else { throw EmailAddress.withoutAt(text) }
        let local = String(scalars[..<at])
        let domainText = String(scalars[scalars.index(after: at)...])
        try EmailAddress.refuseOtherMailboxes(local, domainText, text)
        try LocalPart(text: local, address: text).check()
        let domain: HostName
        do {
            domain = try HostName(reading: domainText)
        } catch {
            throw MailCAError(
                .invalidName, "the domain of \(quoted(text)): \(error.message)", hint: error.hint, cause: error)
        }
        guard !domain.isWildcard else {
            throw MailCAError(
                .invalidName, "the domain of \(quoted(text)) is a wildcard, and no mailbox is at one",
                hint: "Give the whole address of one mailbox.")
        }
        let octets = local.utf8.count + 1 + domain.ascii.utf8.count
        guard octets <= 254 else { throw EmailAddress.tooLong(text, octets: octets) }
        self.localPart = local
        self.domain = domain
    }

    /// One of plain names, of at most 254 octets.
    private init?(plain text: String) {
        let bytes = text.utf8
        guard bytes.count <= 254, let at = bytes.lastIndex(of: UInt8(ascii: "@")),
            PlainName.isLocalPart(bytes[..<at])
        else { return nil }
        let host = String(text[bytes.index(after: at)...])
        guard let domain = HostName(plain: host) else { return nil }
        localPart = String(text[..<at])
        self.domain = domain
    }

    private static func normalized(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        // The standard library's own normalization, without Foundation and without a table of ours.
        text._withNFCCodeUnits { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// With A–Z in lower case, and everything else as it is.
    fileprivate var asciiLowercased: String {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        return String(decoding: utf8.map { capitals.contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
