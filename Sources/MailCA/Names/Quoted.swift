/// `text` in quotation marks, fit for a message: what a terminal would act on, or a reader could not see, is written
/// as `\u{…}`, and what is longer than 80 characters ends in `…`.
///
/// Every name that came from outside passes through here on its way into an error, so that an error cannot move a
/// cursor, start a second log line, or turn the direction of the text around it.
func quoted(_ text: some StringProtocol) -> String {
    let limit = 80
    var result = ""
    var length = 0
    for scalar in text.unicodeScalars {
        let shown = scalar.shown(first: length == 0)
        guard length + shown.unicodeScalars.count <= limit else {
            result += "…"
            break
        }
        result += shown
        length += shown.unicodeScalars.count
    }
    return "\"\(result)\""
}

extension Unicode.Scalar {
    /// The usual way to write a code point: `U+0041`.
    var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The character and its code point, or the code point alone where there is nothing to see: `"а" (U+0430)`.
    var named: String {
        isSeen && !properties.generalCategory.isMark && self != "\"" ? "\"\(self)\" (\(codePoint))" : codePoint
    }

    /// Whether it shows as itself: neither control, format, private-use or unassigned, nor a space other than U+0020.
    var isSeen: Bool {
        if isASCII { return value >= 0x20 && value < 0x7F }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default:
            return !properties.isDefaultIgnorableCodePoint
        }
    }

    fileprivate func shown(first: Bool) -> String {
        if self == "\"" || self == "\\" { return "\\\(self)" }
        // A mark at the start would sit on the quotation mark.
        guard isSeen, !(first && properties.generalCategory.isMark) else {
            return "\\u{\(String(value, radix: 16, uppercase: true))}"
        }
        return String(self)
    }
}

extension Unicode.GeneralCategory {
    /// Combining marks, which attach to the character before them.
    var isMark: Bool { self == .nonspacingMark || self == .spacingMark || self == .enclosingMark }
}
