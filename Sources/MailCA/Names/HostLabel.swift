/// One label of a host name that is being read: its ASCII form, or the reason why it has none.
struct HostLabel {
    let text: String
    /// Its place in the name, counted from 1.
    let number: Int
    /// The whole name as it was typed.
    let name: String

    /// The lowercase LDH label or A-label (RFC 5890 §2.3.1) that stands for this one.
    func canonical() throws(MailCAError) -> String {
        guard !text.isEmpty else {
            throw refusal(
                "label \(number) of \(quoted(name)) is empty", "Put a label between the dots, or take one dot away.")
        }
        try checkASCII(of: text, becoming: nil)
        let ascii = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : try converted()
        guard !ascii.isEmpty else { throw refusal("\(place) holds nothing that can be seen", "Type the label again.") }
        try checkASCII(of: ascii, becoming: ascii)
        guard ascii.utf8.count <= 63 else { throw tooLong("it has \(ascii.utf8.count)") }
        if ascii.hasPrefix("xn--") {
            try checkALabel(ascii)
        } else if ascii.utf8.dropFirst(2).starts(with: "--".utf8) {
            throw refusal(
                "\(place) has hyphens as third and fourth character, which only \"xn--\" may have (RFC 5890 §2.3.1)",
                "Choose another label; certificates with such names are refused elsewhere.")
        }
        return ascii
    }

    private func converted() throws(MailCAError) -> String {
        do { return try IDNA.ascii(text) } catch { throw refusal(error) }
    }

    /// Letters, digits and hyphens (RFC 1123 §2.1) are all there is of ASCII in a label.
    private func checkASCII(of label: String, becoming mapped: String?) throws(MailCAError) {
        let mapping = mapped == nil || mapped == text.lowercased() ? "" : " (its ASCII form is \(quoted(label)))"
        for (offset, scalar) in label.unicodeScalars.enumerated() where scalar.isASCII {
            var spot: String { "as character \(offset + 1)\(mapping)" }
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-": continue
            case "_":
                throw refusal(
                    "\(place) holds an underscore \(spot)",
                    "Host names have hyphens instead (RFC 1123 §2.1): use \"-\".")
            case "*":
                throw refusal(
                    "\(place) holds \"*\" \(spot); a wildcard is one whole label, the leftmost",
                    "Write *.example.org, or name each host.")
            case "\"", "'", "`":
                throw refusal("\(place) holds a quotation mark \(spot)", "Give the name without quotation marks.")
            default:
                throw refusal("\(place) holds \(scalar.named) \(spot)", "Use letters, digits and hyphens only.")
            }
        }
        if label.utf8.first == UInt8(ascii: "-") {
            throw refusal("\(place) begins with a hyphen\(mapping)", "Take the hyphen away.")
        }
        if label.utf8.last == UInt8(ascii: "-") {
            throw refusal("\(place) ends with a hyphen\(mapping)", "Take the hyphen away.")
        }
    }

    private func checkALabel(_ ascii: String) throws(MailCAError) {
        let unicode: String
        do { unicode = try IDNA.unicode(ascii) } catch { throw refusal(error) }
        if let mix = ScriptMix(in: unicode) {
            let decoded = text == unicode ? "" : ", which stands for \(quoted(unicode)),"
            throw refusal(
                "\(place)\(decoded) \(mix.description)", "Write the label in one script: these letters look alike.")
        }
    }

    private func refusal(_ failure: IDNA.Failure) -> MailCAError {
        if failure.isTooLong { return tooLong("its ASCII form has more") }
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            return refusal(
                "\(place) is not a valid A-label: \(failure)", "Type the name in its own script instead.", failure)
        }
        if failure.isDisallowed, let (character, position) = disallowed {
            return refusal(
                "\(place) holds \(character.named) as character \(position), "
                    + "which IDNA 2008 does not allow in a domain name",
                "Use letters and digits of the script.", failure)
        }
        return refusal("\(place) \(failure.reason)", "Type the label as its registry gives it.", failure)
    }

    /// The first character that libidn2 refuses by itself, and where it is.
    private var disallowed: (Unicode.Scalar, Int)? {
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            do {
                _ = try IDNA.ascii(String(scalar))
            } catch {
                if error.isDisallowed { return (scalar, offset + 1) }
            }
        }
        return nil
    }

    private var place: String { "label \(number) (\(quoted(text))) of \(quoted(name))" }

    private func tooLong(_ size: String) -> MailCAError {
        refusal(
            "\(place) is too long: \(size), and 63 characters are the most (RFC 1035 §2.3.4)", "Give a shorter label.")
    }

    private func refusal(_ message: String, _ hint: String, _ cause: (any Error)? = nil) -> MailCAError {
        MailCAError(.invalidName, message, hint: hint, cause: cause)
    }
}
