/// Two scripts in one word, of which a reader cannot tell the letters apart: a Cyrillic `а` in a Latin `pаypal`.
///
/// What UTS #39 §5.2 calls "moderately restrictive", a little stricter: one script; or Latin with one other whose
/// letters do not look like Latin ones; or the scripts that Japanese, Korean and Chinese are written in, with Latin.
struct ScriptMix: Sendable, Hashable {
    let script: Script
    let other: Script
    /// The first character that does not go with those before it.
    let scalar: Unicode.Scalar
    /// Where it is, counted in code points from 1.
    let position: Int

    /// "mixes Latin and Cyrillic letters: character 2 is "а" (U+0430)"
    var description: String {
        "mixes \(script.rawValue) and \(other.rawValue) letters: character \(position) is \(scalar.named)"
    }

    /// What is mixed in `word`, or nil if its letters go together.
    init?(in word: some StringProtocol) {
        // ASCII has letters of one script.
        if word.utf8.allSatisfy({ $0 < 0x80 }) { return nil }
        var seen: [Script] = []
        for (offset, scalar) in word.unicodeScalars.enumerated() {
            guard let script = Script(of: scalar), !seen.contains(script) else { continue }
            guard Self.goTogether(seen + [script]) else {
                self.script = seen.first { !Self.goTogether([$0, script]) } ?? seen[0]
                self.other = script
                self.scalar = scalar
                self.position = offset + 1
                return
            }
            seen.append(script)
        }
        return nil
    }

    private static func goTogether(_ scripts: [Script]) -> Bool {
        if scripts.count < 2 { return true }
        let besidesLatin = Set(scripts).subtracting([.latin])
        if besidesLatin.count == 1 { return besidesLatin.isDisjoint(with: looksLikeLatin) }
        return writtenTogether.contains { besidesLatin.isSubset(of: $0) }
    }

    private static let writtenTogether: [Set<Script>] = [
        [.han, .hiragana, .katakana], [.han, .bopomofo], [.han, .hangul],
    ]

    private static let looksLikeLatin: Set<Script> = [
        .greek, .cyrillic, .armenian, .georgian, .cherokee, .coptic, .lisu, .canadianAboriginal, .other,
    ]
}
