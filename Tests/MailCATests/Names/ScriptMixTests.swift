import Testing

@testable import MailCA

@Suite("Scripts in one word")
struct ScriptMixTests {
    @Test(
        "The scripts of one language go together, and most go with Latin",
        arguments: [
            "", "example", "пример", "παράδειγμα", "例え", "日本語のメール", "ラーメンtokyo", "日本メールmail", "注音ㄅㄆㄇ", "漢字한글mail",
            "한국", "ไทย", "ไทยmail", "हिन्दी", "हिन्दीmail", "عربيmail", "קליקmail", "123-456", "м123", "straße", "々仝", "〆切",
            "ー",
            "e\u{323}\u{301}", "עִברִית", "ʻokina", "中文2024", "ᏣᎳᎩ", "\u{10330}\u{10331}",
        ])
    func goTogether(word: String) {
        #expect(ScriptMix(in: word)?.description == nil)
    }

    @Test(
        "Scripts with letters that look alike do not go together",
        arguments: [
            ("pаypal", Script.latin, Script.cyrillic, 2), ("аpple", .cyrillic, .latin, 2),
            ("gοogle", .latin, .greek, 2),
            ("αбв", .greek, .cyrillic, 2), ("եxample", .armenian, .latin, 2), ("Ꭺpple", .cherokee, .latin, 2),
            ("ꓐank", .lisu, .latin, 2), ("mailⲟ", .latin, .coptic, 5), ("한ぁ", .hangul, .hiragana, 2),
            ("漢ひ한", .hiragana, .hangul, 3), ("カㄅ", .katakana, .bopomofo, 2), ("ไทยລາວ", .thai, .lao, 4),
            ("漢б", .han, .cyrillic, 2), ("a\u{10330}", .latin, .other, 2), ("a1б", .latin, .cyrillic, 3),
            ("aक्б", .latin, .cyrillic, 4),
        ])
    func lookAlike(word: String, script: Script, other: Script, position: Int) throws {
        let mix = try #require(ScriptMix(in: word))
        #expect(mix.script == script)
        #expect(mix.other == other)
        #expect(mix.position == position)
    }

    @Test("Digits, punctuation and shared marks belong to no script")
    func scriptless() {
        for scalar in ["1", "-", "_", "\u{301}", "\u{3099}", "・", "❤", "\u{2BC}"] as [Unicode.Scalar] {
            #expect(Script(of: scalar) == nil, "\(scalar)")
        }
    }

    @Test("The ranges of each script are pairs in rising order")
    func classifiesSamples() {
        let samples: [(Unicode.Scalar, Script)] = [
            ("A", .latin), ("é", .latin), ("ſ", .latin), ("Ω", .greek), ("ἀ", .greek), ("ж", .cyrillic),
            ("ԥ", .cyrillic),
            ("ա", .armenian), ("ა", .georgian), ("א", .hebrew), ("ع", .arabic), ("ܐ", .syriac), ("ހ", .thaana),
            ("ߊ", .nko),
            ("अ", .devanagari), ("অ", .bengali), ("ਅ", .gurmukhi), ("અ", .gujarati), ("ଅ", .oriya), ("அ", .tamil),
            ("అ", .telugu), ("ಅ", .kannada), ("അ", .malayalam), ("අ", .sinhala), ("ก", .thai), ("ກ", .lao),
            ("ཀ", .tibetan),
            ("က", .myanmar), ("ក", .khmer), ("ᠠ", .mongolian), ("አ", .ethiopic), ("ⴰ", .tifinagh), ("ꀀ", .yi),
            ("ㄅ", .bopomofo),
            ("가", .hangul), ("ᄀ", .hangul), ("漢", .han), ("々", .han), ("𠮷", .han), ("あ", .hiragana), ("ア", .katakana),
            ("ー", .katakana), ("ᐁ", .canadianAboriginal), ("ᎠA".unicodeScalars.first!, .cherokee), ("ⲁ", .coptic),
            ("ꓐ", .lisu),
        ]
        for (scalar, script) in samples { #expect(Script(of: scalar) == script, "\(scalar.named)") }
        #expect(Set(samples.map(\.1)) == Set(Script.allCases).subtracting([.other]))
    }
}
