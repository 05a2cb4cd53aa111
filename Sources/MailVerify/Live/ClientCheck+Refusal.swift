import MailCA
public import OpenSSLKit

extension ClientCheck {
    /// Whether a certificate is refused, as one that was revoked has to be.
    public func refusal(of credentials: TLSCredentials) -> [Finding] {
        let owner = Self.owner(credentials.certificate)
        let seen = look(showing: credentials, like: credentials.certificate)
        if let admission = seen.admission, admission.isGranted {
            let deed = admission.right == .relaying ? "may send to \(recipient)" : "logs in"
            // An address that may relay in any case is no fault of the certificate's.
            if admission.right == .relaying,
                look(showing: nil, like: credentials.certificate).admission?.isGranted == true
            {
                return [
                    finding(
                        "live.not-refused", .error,
                        "the certificate of \(owner) was to be refused, and \(deed), as everybody may from here: \(admission.reply)",
                        relaysAnyway.remedy)
                ]
            }
            return [
                finding(
                    "live.not-refused", .error,
                    "the certificate of \(owner) was to be refused, and \(deed): \(admission.reply)",
                    "see that the server reads the newest list: mailca crl, then reload it")
            ]
        }
        let isProved = seen.end?.failure.alert != nil || seen.admission?.isRefused == true
        guard isProved, seen.session?.asksForCertificate != false else {
            let reason = obstacle(seen) ?? seen.end.map { "\($0.failure)" } ?? "the server says nothing"
            return [
                finding(
                    "live.refusal-unproved", .error,
                    "whether the certificate of \(owner) is refused cannot be told: \(reason)",
                    "ask where certificates count, and for a recipient that the server would take (--recipient)")
            ]
        }
        return [
            finding(
                "live.client-is-refused", .note,
                "the certificate of \(owner) is refused, as it was to be: \(obstacle(seen) ?? "")")
        ]
    }
}
