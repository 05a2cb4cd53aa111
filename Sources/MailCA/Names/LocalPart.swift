/// The local part of an address that is being read, and the reasons to refuse it.
struct LocalPart {
    let text: String
    /// The whole address as it was typed.
    let address: String

    func check() throws(MailCAError) {
        for (offset, scalar) in text.unicodeScalars.enumerated() { try check(scalar, offset + 1) }
        try checkDots()
        guard text.utf8.count <= 64 else {
            throw refusal(
                "is too long: \(text.utf8.count) octets, and 64 are the most (RFC 5321 §4.5.3.1.1)",
                "Give the mailbox a shorter address.")
        }
        try checkWords()
    }

    /// atext of RFC 5322 §3.2.3, and beyond ASCII what can be seen and told from ASCII: RFC 6531 §3.3 allows more.
    private func check(_ scalar: Unicode.Scalar, _ position: Int) throws(MailCAError) {
        var spot: String { "as character \(position)" }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".": return
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", "/", "=", "?", "^", "_", "`", "{", "|", "}", "~": return
        case "@": throw refusal("holds another \"@\" \(spot)", "Give one address with one @.")
        case ",", ";":
            throw refusal("holds \"\(scalar)\" \(spot)", "Give one address at a time.")
        case _ where scalar.isASCII:
            throw refusal(
                "holds \(scalar.named) \(spot)", "Only letters, digits, dots and !#$%&'*+-/=?^_`{|}~ may stand there.")
        default: break
        }
        if Self.isCompatibilityForm(scalar.value) {
            throw refusal(
                "holds \(scalar.named) \(spot), another form of an ordinary character",
                "Type it in its ordinary form and width.")
        }
    }

    private func checkDots() throws(MailCAError) {
        if text.utf8.first == UInt8(ascii: ".") { throw refusal("begins with a dot", "Take the dot away.") }
        if text.utf8.last == UInt8(ascii: ".") { throw refusal("ends with a dot", "Take the dot away.") }
        let bytes = text.utf8
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }) {
            throw refusal("has two dots together", "Put one dot there, or something between the dots.")
        }
    }

    /// Scripts may change at a dot and at the `+` of a tag, since a reader sees a word end there.
    private func checkWords() throws(MailCAError) {
        for word in text.unicodeScalars.split(whereSeparator: { $0 == "." || $0 == "+" }) {
            if let first = word.first, first.properties.generalCategory.isMark {
                throw refusal(
                    "has a combining mark (\(first.codePoint)) with no letter before it",
                    "Type the letter and its mark again.")
            }
            if let mix = ScriptMix(in: String(word)) {
                throw refusal(
                    "\(mix.description) of \(quoted(String(word)))",
                    "Write each word in one script: these letters look alike.")
            }
        }
    }

    /// Blocks of characters that are other shapes of ordinary ones, which NFC leaves as they are: superscripts, letterlike
    /// symbols, circled, small, full-width and half-width forms, mathematical letters.
    private static func isCompatibilityForm(_ value: UInt32) -> Bool {
        switch value {
        case 0x2070...0x209F, 0x2100...0x214F, 0x2460...0x24FF, 0xFB00...0xFB06, 0xFE50...0xFE6F, 0xFF00...0xFFEF,
            0x1D400...0x1D7FF, 0x1F100...0x1F1AD:
            true
        default: false
        }
    }

    private func refusal(_ message: String, _ hint: String) -> MailCAError {
        MailCAError(.invalidName, "the local part \(quoted(text)) of \(quoted(address)) \(message)", hint: hint)
    }
}
