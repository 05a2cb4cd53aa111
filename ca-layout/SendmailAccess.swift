public import MailCA
public import OpenSSLKit

/// Sendmail's access map: whose certificates let their holders relay.
///
/// Sendmail looks a certificate's issuer up as `CertIssuer:` and the name in OpenSSL's one-line form, every byte that
/// is not printable ASCII, a space, or one of `<>()"+\` written as `+HH`. The key of a look-up is cut at 256 bytes:
/// a longer name would never match, and one of just that length would match every other that begins like it.
public enum SendmailAccess {
    /// The most characters that an encoded name may have to be found, under either tag.
    public static let longestName = 244

    /// The name as it stands in the map.
    /// - Throws: `MailCAError` with code `internalFault`.
    public static func encode(_ name: DistinguishedName) throws(MailCAError) -> String {
        let line = try internally { () throws(OpenSSLError) in try name.oneLine() }
        return line.utf8.map { byte in
            let isPlain = (0x21...0x7e).contains(byte) && !reserved.contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "+" + [byte].hexadecimal().uppercased()
        }.joined()
    }

    private static let reserved = Set("<>()\"+\\".utf8)

    /// The same, where Sendmail can match it.
    /// - Parameter what: whose name it is, for the error.
    /// - Throws: `MailCAError` with the codes `invalidName` (it is too long), `internalFault`.
    public static func matchable(
        _ name: DistinguishedName, _ what: String = "the CA's name"
    ) throws(MailCAError) -> String {
        let encoded = try encode(name)
        guard encoded.utf8.count <= longestName else {
            throw MailCAError(
                .invalidName,
                "Sendmail cannot match \(what) \(name): encoded it has \(encoded.utf8.count) characters, and \(longestName) are the most",
                hint: "Choose a shorter name: a letter outside ASCII counts for 12 and more.")
        }
        return encoded
    }

    /// `sendmail.access` where only some of a CA's clients may relay: a line for the CA, and one for each of them. What
    /// is looked up is a name, so every certificate of that name counts that is neither revoked nor expired.
    /// - Throws: as ``matchable(_:_:)``.
    static func map(
        of authority: Authority, listing subjects: [DistinguishedName]
    ) throws(MailCAError) -> String {
        var lines = ["CertIssuer:\(try matchable(authority.certificateFields[0].subject))\tSUBJECT"]
        var seen: Set<String> = []
        for subject in subjects {
            let name = try matchable(subject, "the user's name")
            // makemap would fail on a second one.
            if seen.insert(name).inserted { lines.append("CertSubject:\(name)\tRELAY") }
        }
        return """
            # Who may relay: those named here, by certificates of this CA. Kept by mailca.
            # The lines below go into /etc/mail/access, once; then: makemap hash /etc/mail/access < /etc/mail/access

            """ + lines.map { "\($0)\n" }.joined()
    }

    /// `sendmail.access`: a line for each CA that signs clients.
    /// - Throws: as ``matchable(_:_:)``.
    static func map(of authority: Authority) throws(MailCAError) -> String {
        let name = try matchable(authority.certificateFields[0].subject)
        return """
            # Who may relay: every holder of a certificate that this CA signed. Kept by mailca.
            # The line below goes into /etc/mail/access, once; then: makemap hash /etc/mail/access < /etc/mail/access
            CertIssuer:\(name)\tRELAY

            """
    }
}
