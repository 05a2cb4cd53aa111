/// Forms of an address that a mail program may show, and a certificate cannot hold.
extension EmailAddress {
    static func refuseOtherForms(_ text: String) throws(MailCAError) {
        guard !text.isEmpty else {
            throw refusal("the e-mail address is empty", "Give an address such as taro@example.org.")
        }
        try refuseDisplayName(text)
        // Before what is hidden: a space is what local parts are quoted for.
        if text.utf8.first == UInt8(ascii: "\""), text.utf8.contains(UInt8(ascii: "@")) {
            throw refusal(
                "\(quoted(text)) has a quoted local part, which certificates here do not hold",
                "Give the mailbox an address without quotation marks (RFC 5321 §4.1.2 advises against them).")
        }
        if let hidden = HiddenCharacter.first(in: text) {
            throw refusal(
                "the e-mail address \(quoted(text)) holds \(hidden.description)",
                hidden.remedy)
        }
        if text.utf8.prefix(7).elementsEqual("mailto:".utf8) {
            throw refusal("\(quoted(text)) is a link, not an address", "Give only what comes after \"mailto:\".")
        }
    }

    /// `Taro <taro@example.org>`: RFC 5322 §3.4's name-addr.
    private static func refuseDisplayName(_ text: String) throws(MailCAError) {
        let scalars = text.unicodeScalars
        guard let open = scalars.firstIndex(of: "<"), let close = scalars.lastIndex(of: ">"), open < close,
            // An address in a quoted local part is not one that was asked for.
            scalars[close...].dropFirst().allSatisfy({ $0 == " " })
        else { return }
        let inner = String(scalars[scalars.index(after: open)..<close])
        guard inner.utf8.contains(UInt8(ascii: "@")) else { return }
        throw refusal(
            "\(quoted(text)) is an address in angle brackets, as in a message's header",
            "Give only the address: \(quoted(inner)).")
    }

    static func refuseOtherMailboxes(_ local: String, _ domain: String, _ text: String) throws(MailCAError) {
        if local.isEmpty {
            throw refusal("\(quoted(text)) has nothing before the @", "Give an address such as taro@example.org.")
        }
        if domain.isEmpty {
            throw refusal("\(quoted(text)) has nothing after the @", "Give an address such as taro@example.org.")
        }
        if domain.utf8.first == UInt8(ascii: "[") {
            throw refusal(
                "\(quoted(text)) has an address literal in place of a domain",
                "Give the address with its domain's name.")
        }
    }

    static func withoutAt(_ text: String) -> MailCAError {
        if text.unicodeScalars.contains(where: { $0 == "\u{FF20}" || $0 == "\u{FE6B}" }) {
            return refusal("\(quoted(text)) has a full-width or small @", "Type the @ in half width.")
        }
        return refusal("\(quoted(text)) has no @, so it is not an e-mail address", "Give it as user@domain.")
    }

    static func tooLong(_ text: String, octets: Int) -> MailCAError {
        refusal(
            "the e-mail address \(quoted(text)) is too long: \(octets) octets, and 254 are the most "
                + "(RFC 5321 §4.5.3.1.3)", "Give the mailbox a shorter address.")
    }

    private static func refusal(_ message: String, _ hint: String) -> MailCAError {
        MailCAError(.invalidName, message, hint: hint)
    }
}
