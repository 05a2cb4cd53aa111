import OpenSSLKit

/// What names in certificates may look like (RFC 5280 §4.2.1.6, §4.2.1.10).
enum NameSyntax {
    /// Whether an alternative name is one of its kind. Kinds that mail does not use are not looked into.
    static func isSound(_ name: GeneralName) -> Bool {
        switch name {
        case .dnsName(let text): isHost(text, mayBeWildcard: true)
        case .rfc822Name(let text): isMailbox(text)
        case .ipAddress(let bytes): bytes.count == 4 || bytes.count == 16
        case .smtpUTF8Mailbox(let text): isInternationalMailbox(text)
        case .uniformResourceIdentifier(let text): hasScheme(text)
        case .directoryName, .other: true
        case .malformed: false
        }
    }

    /// Whether a constraint is one that verifiers compare alike. The empty one stands for every name.
    static func isSound(constraint name: GeneralName) -> Bool {
        switch name {
        case .dnsName(let text): text.isEmpty || isHost(text, mayBeWildcard: false)
        case .rfc822Name(let text):
            // A mailbox, a host, or with a leading dot all hosts below a domain.
            text.contains("@") ? isMailbox(text) : text.isEmpty || isHost(text.withoutLeadingDot, mayBeWildcard: false)
        case .uniformResourceIdentifier(let text): isHost(text.withoutLeadingDot, mayBeWildcard: false)
        case .ipAddress(let bytes): bytes.count == 8 || bytes.count == 32
        case .smtpUTF8Mailbox, .directoryName, .other: true
        case .malformed: false
        }
    }

    /// The letters, digits and hyphens of RFC 1123 §2.1; a wildcard is the whole leftmost label (RFC 9525 §6.3). Names
    /// that end in a number are addresses, and these have a kind of their own.
    static func isHost(_ text: String, mayBeWildcard: Bool) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if mayBeWildcard && labels.count > 1 && labels[0] == "*" { labels.removeFirst() }
        guard let last = labels.last, !last.utf8.allSatisfy(isDigit) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != hyphen && label.utf8.last != hyphen
                && label.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == hyphen }
        }
    }

    /// A dot-atom or a quoted string, and a host (RFC 5321 §4.1.2).
    private static func isMailbox(_ text: String) -> Bool {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let local = text.utf8[..<at]
        guard isHost(String(text[text.utf8.index(after: at)...]), mayBeWildcard: false) else { return false }
        if local.count > 2 && local.first == quote && local.last == quote {
            return !local.dropFirst().dropLast().contains(quote)
        }
        return local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { isLetter($0) || isDigit($0) || atomMarks.contains($0) }
        }
    }

    /// RFC 9598 §3: its domain has no A-labels there, or only these.
    private static func isInternationalMailbox(_ text: String) -> Bool {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")), at != text.utf8.startIndex else { return false }
        let labels = text[text.utf8.index(after: at)...].split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { !$0.isEmpty } && !text[..<at].utf8.contains(UInt8(ascii: "@"))
    }

    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), let first = text.utf8.first else { return false }
        return isLetter(first) && text.utf8.index(after: colon) != text.utf8.endIndex
            && text.utf8[..<colon].allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
    }

    private static let hyphen = UInt8(ascii: "-")
    private static let quote = UInt8(ascii: "\"")
    private static let atomMarks = Set("!#$%&'*+-/=?^_`{|}~".utf8)
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }
}

extension String {
    fileprivate var withoutLeadingDot: String { hasPrefix(".") ? String(dropFirst()) : self }
}
