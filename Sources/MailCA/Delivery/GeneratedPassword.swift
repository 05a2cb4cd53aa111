public import OpenSSLKit

/// A password that is made up for a file and read aloud once: five groups of four letters and digits, 99 bits.
///
/// Letters that look or sound like a digit or another letter are left out (i, l, o, 0, 1).
public enum GeneratedPassword {
    static let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789".utf8)
    static let groups = 5
    static let groupLength = 4

    /// - Throws: ``MailCAError`` with code `internalFault` where the system gives no random bytes.
    public static func make() throws(MailCAError) -> SecretBytes {
        // The largest multiple of the alphabet's size: a byte above it is drawn again, so that all are equally likely.
        let limit = 256 / alphabet.count * alphabet.count
        var characters: [UInt8] = []
        defer { SecretBytes.wipe(&characters) }
        while characters.count < groups * groupLength {
            var drawn = try crypto { () throws(OpenSSLError) in try randomBytes(32) }
            for byte in drawn where Int(byte) < limit && characters.count < groups * groupLength {
                characters.append(alphabet[Int(byte) % alphabet.count])
            }
            SecretBytes.wipe(&drawn)
        }
        var text: [UInt8] = []
        defer { SecretBytes.wipe(&text) }
        for group in 0..<groups {
            if group > 0 { text.append(UInt8(ascii: "-")) }
            text += characters[group * groupLength..<(group + 1) * groupLength]
        }
        return SecretBytes(text)
    }

    /// Whether a chosen password can be typed into every program that imports the file: printable ASCII, not empty.
    /// - Throws: ``MailCAError`` with code `invalidParameters`.
    public static func check(chosen password: SecretBytes) throws(MailCAError) {
        guard !password.isEmpty else {
            throw MailCAError(
                .invalidParameters, "the password is empty, and some programs cannot import such a file",
                hint: "Leave the option out, and a password is made up.")
        }
        guard password.withBytes({ $0.allSatisfy { (0x20...0x7e).contains($0) } }) else {
            throw MailCAError(
                .invalidParameters,
                "the password has characters that are not printable ASCII, which Java cannot import",
                hint: "Use letters, digits and punctuation.")
        }
    }
}
