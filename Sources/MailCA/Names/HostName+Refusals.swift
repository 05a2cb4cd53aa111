/// What is refused before, or after, a name is looked at label by label.
extension HostName {
    /// The four characters that part labels: RFC 3490 §3.1, kept by UTS #46 §2.3.
    private static let dots: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]

    static func split(_ text: String) -> [String] {
        text.unicodeScalars.split(omittingEmptySubsequences: false) { dots.contains($0) }.map { String($0) }
    }

    static func refuseWhatIsNoHostName(_ text: String) throws(MailCAError) {
        guard !text.isEmpty else {
            throw MailCAError(.invalidName, "the host name is empty", hint: "Give a name such as mail.example.org.")
        }
        // Longer than any name that fits even as UTF-8: not worth converting.
        guard text.utf8.count <= 2048 else { throw tooLong(text, "it has \(text.utf8.count) bytes") }
        // The joiners belong to some scripts; libidn2 knows where (RFC 5892 appendix A.1, A.2).
        if let hidden = HiddenCharacter.first(in: text, allowing: ["\u{200C}", "\u{200D}"]) {
            throw MailCAError(
                .invalidName, "the host name \(quoted(text)) holds \(hidden.description)",
                hint: hidden.remedy)
        }
        let scalars = text.unicodeScalars
        if scalars.contains("@") {
            throw MailCAError(
                .invalidName, "\(quoted(text)) is an e-mail address, not a host name",
                hint: "Give only what comes after the @.")
        }
        if scalars.contains("/") {
            throw MailCAError(
                .invalidName, "\(quoted(text)) holds \"/\", which no host name does",
                hint: "Give only the name of the host, without what comes before :// or after a slash.")
        }
        if scalars.contains(":") {
            throw MailCAError(
                .invalidName, "\(quoted(text)) holds \":\", which no host name does",
                hint: "Give the name without a port.")
        }
    }

    static func checkWildcard(_ labels: [String], _ text: String) throws(MailCAError) {
        guard labels.first == "*", labels.count < 3 else { return }
        throw MailCAError(
            .invalidName, "the wildcard name \(quoted(text)) has fewer than two labels after \"*\"",
            hint: "A wildcard stands for one label of a domain: *.example.org.")
    }

    /// A last label that a resolver would read as part of an IPv4 address: RFC 3696 §2, and inet_aton's `0x7f000001`.
    static func refuseNumericEnd(_ labels: [String], _ text: String) throws(MailCAError) {
        guard let last = labels.last, isNumber(last) else { return }
        if labels.count == 4, labels.allSatisfy(isNumber) {
            throw MailCAError(
                .invalidName, "\(quoted(text)) is written like an IPv4 address, not like a host name",
                hint: "Give it where an address is asked for, or give the name of the host.")
        }
        throw MailCAError(
            .invalidName, "the last label (\(quoted(last))) of \(quoted(text)) is a number, as in an IPv4 address",
            hint: "Give a name whose last label has a letter, such as mail.example.org.")
    }

    private static func isNumber(_ label: String) -> Bool {
        let digits = label.unicodeScalars
        if label.hasPrefix("0x") { return digits.dropFirst(2).allSatisfy { $0.properties.isASCIIHexDigit } }
        return digits.allSatisfy { ("0"..."9").contains($0) }
    }

    static func tooLong(_ text: String, _ size: String) -> MailCAError {
        MailCAError(
            .invalidName, "the host name \(quoted(text)) is too long: \(size), and 253 is the most (RFC 1035 §2.3.4)",
            hint: "Give a shorter name.")
    }
}
