/// A character in a name that its reader cannot see, or that does something other than being seen.
///
/// No name may hold one: two names that look the same must be the same, and a name is copied into configuration
/// files, logs and terminals, where a line break or a NUL would end it early.
struct HiddenCharacter: Sendable, Hashable {
    /// What it is, with its article: "a line break".
    let kind: String
    let scalar: Unicode.Scalar
    /// Where it is, counted in code points from 1.
    let position: Int

    /// "a control character (U+0007) as character 5"
    var description: String { "\(kind) (\(scalar.codePoint)) as character \(position)" }

    /// What to do about it, in one sentence.
    var remedy: String {
        kind == "a space"
            ? "Take the space away." : "Type it by hand: what was pasted brought along more than one sees."
    }

    /// The first of `text` that is not in `allowed`.
    static func first(in text: String, allowing allowed: Set<Unicode.Scalar> = []) -> HiddenCharacter? {
        for (offset, scalar) in text.unicodeScalars.enumerated() {
            if let kind = kind(of: scalar), !allowed.contains(scalar) {
                return HiddenCharacter(kind: kind, scalar: scalar, position: offset + 1)
            }
        }
        return nil
    }

    private static func kind(of scalar: Unicode.Scalar) -> String? {
        if scalar == " " { return "a space" }
        if (0x21...0x7e).contains(scalar.value) { return nil }
        guard !scalar.isSeen else { return nil }
        switch scalar {
        case "\0": return "a NUL character"
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": return "a line break"
        case "\t": return "a tab"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control: return "a control character"
        case .spaceSeparator: return "a space"
        case .privateUse: return "a private-use character"
        case .unassigned where !scalar.properties.isDefaultIgnorableCodePoint: return "an unassigned code point"
        default:
            return scalar.properties.isBidiControl ? "a direction-changing character" : "an invisible character"
        }
    }
}
