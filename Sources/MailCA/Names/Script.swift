/// The writing system of a character, as far as it is needed to see that two of them are mixed.
///
/// From the Script property of Unicode (UAX #24), which the standard library does not offer. Scripts that nobody
/// types addresses in are `other`; digits, punctuation and marks that go with any script have none.
enum Script: String, Sendable, Hashable, CaseIterable {
    case latin = "Latin"
    case greek = "Greek"
    case cyrillic = "Cyrillic"
    case armenian = "Armenian"
    case georgian = "Georgian"
    case cherokee = "Cherokee"
    case coptic = "Coptic"
    case lisu = "Lisu"
    case canadianAboriginal = "Canadian Aboriginal"
    case hebrew = "Hebrew"
    case arabic = "Arabic"
    case syriac = "Syriac"
    case thaana = "Thaana"
    case nko = "N’Ko"
    case devanagari = "Devanagari"
    case bengali = "Bengali"
    case gurmukhi = "Gurmukhi"
    case gujarati = "Gujarati"
    case oriya = "Oriya"
    case tamil = "Tamil"
    case telugu = "Telugu"
    case kannada = "Kannada"
    case malayalam = "Malayalam"
    case sinhala = "Sinhala"
    case thai = "Thai"
    case lao = "Lao"
    case tibetan = "Tibetan"
    case myanmar = "Myanmar"
    case khmer = "Khmer"
    case mongolian = "Mongolian"
    case ethiopic = "Ethiopic"
    case tifinagh = "Tifinagh"
    case yi = "Yi"
    case bopomofo = "Bopomofo"
    case hangul = "Hangul"
    case han = "Han"
    case hiragana = "Hiragana"
    case katakana = "Katakana"
    case other = "another script’s"

    /// The script of `scalar`; nil for what goes with every script: digits, punctuation, symbols, shared marks.
    init?(of scalar: Unicode.Scalar) {
        if scalar.isASCII {
            guard scalar.properties.isAlphabetic else { return nil }
            self = .latin
            return
        }
        let category = scalar.properties.generalCategory
        switch category {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber:
            break
        default:
            return nil
        }
        if let script = Script.listed(scalar.value) {
            self = script
        } else if category.isMark || category == .decimalNumber || Script.isShared(scalar.value) {
            return nil
        } else {
            self = .other
        }
    }
}
