import Testing

@testable import MailCA

@Suite("Names in messages")
struct QuotedTests {
    @Test(
        "What a terminal would act on is written as an escape",
        arguments: [
            ("plain", #""plain""#), ("a\0b", #""a\u{0}b""#), ("a\nb\r", #""a\u{A}b\u{D}""#),
            ("\u{1B}[31m", #""\u{1B}[31m""#),
            ("say \"x\"", #""say \"x\"""#), ("a\\b", #""a\\b""#), ("\u{202E}abc", #""\u{202E}abc""#),
            ("a\u{200B}b", #""a\u{200B}b""#), ("a\u{3000}b", #""a\u{3000}b""#), ("\u{301}a", #""\u{301}a""#),
            ("a\u{E000}", #""a\u{E000}""#), ("a\u{FE0F}", #""a\u{FE0F}""#), ("\u{9B}0m", #""\u{9B}0m""#),
            ("例え", "\"例え\""),
        ])
    func escapes(text: String, shown: String) {
        #expect(quoted(text) == shown)
    }

    @Test("What is longer than 80 characters is cut, and never in the midst of an escape")
    func cutsLongText() {
        #expect(quoted(String(repeating: "a", count: 80)) == "\"" + String(repeating: "a", count: 80) + "\"")
        #expect(quoted(String(repeating: "a", count: 81)) == "\"" + String(repeating: "a", count: 80) + "…\"")
        let nuls = quoted(String(repeating: "\0", count: 1000))
        #expect(nuls == "\"" + String(repeating: #"\u{0}"#, count: 16) + "…\"")
    }

    @Test("A character is named by itself and its code point, or by its code point alone")
    func namesCharacters() {
        #expect(Unicode.Scalar("а").named == "\"а\" (U+0430)")
        #expect(Unicode.Scalar("\u{1F600}").named == "\"😀\" (U+1F600)")
        #expect(Unicode.Scalar("\n").named == "U+000A")
        #expect(Unicode.Scalar("\u{301}").named == "U+0301")
    }
}
