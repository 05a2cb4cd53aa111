/// Names of the plainest form, which most are: they are good by every rule there is, and told in one pass.
///
/// What is not plain may be good all the same, and is read rule by rule.
enum PlainName {
    /// Labels of lower-case letters, digits and hyphens, the last of which begins with a letter.
    static func isHost(_ name: some Collection<UInt8>) -> Bool {
        var label = (count: 0, first: UInt8(0), hasHyphenThird: false)
        var last = UInt8(ascii: ".")
        for byte in name {
            switch byte {
            case UInt8(ascii: "."):
                guard label.count > 0, last != UInt8(ascii: "-") else { return false }
                label = (0, 0, false)
                last = byte
                continue
            case UInt8(ascii: "-"):
                // Third and fourth together are for A-labels (RFC 5890 §2.3.1).
                guard label.count > 0, !(label.count == 3 && label.hasHyphenThird) else { return false }
                if label.count == 2 { label.hasHyphenThird = true }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            default: return false
            }
            if label.count == 0 { label.first = byte }
            label.count += 1
            guard label.count <= 63 else { return false }
            last = byte
        }
        return label.count > 0 && last != UInt8(ascii: "-") && label.first >= UInt8(ascii: "a") && name.count <= 253
    }

    /// Letters, digits, `_`, `+` and `-`, with single dots between them.
    static func isLocalPart(_ name: some Collection<UInt8>) -> Bool {
        let dot = UInt8(ascii: ".")
        var last = dot
        for byte in name {
            switch byte {
            case dot: guard last != dot else { return false }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                break
            default: return false
            }
            last = byte
        }
        return last != dot && name.count <= 64
    }
}
