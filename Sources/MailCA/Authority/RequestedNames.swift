public import OpenSSLKit

/// The names that a request asks for, as the CA would put them into a certificate.
public enum RequestedNames {
    /// - Parameter profile: whose names: a server's hosts and addresses, or a user's one mail address.
    /// - Returns: those of the alternative names that fit the profile; where there are none, the CN of the subject.
    /// - Throws: ``MailCAError`` with code `invalidRequest` where there is none that fits.
    public static func of(_ request: CertificateRequest, for profile: Profile) throws(MailCAError) -> [String] {
        let alternatives: [GeneralName]
        let common: String?
        do {
            alternatives = try request.alternativeNames()
            common = try request.subject().commonName
        } catch {
            throw MailCAError(
                .invalidRequest, "the names in the request cannot be read: \(error)",
                hint: "Say with --as whom it is for.", cause: error)
        }
        let isUser = profile == .client
        let asked = alternatives.compactMap(\.typed).filter { $0.contains("@") == isUser }
        if !asked.isEmpty { return asked }
        if let common, common.contains("@") == isUser { return [common] }
        throw MailCAError(
            .invalidRequest,
            "the request names no \(isUser ? "mail address" : "host"), so it is not known whom it is for",
            hint: "Say it with --as, as in --as \(isUser ? "user@example.org" : "mail.example.org").")
    }
}
