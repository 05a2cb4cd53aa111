public import MailCA
import OpenSSLKit

/// Puts a user's certificate to the proof at a running mail server: it has to be let in, or it has to be refused.
public struct ClientCheck: Sendable {
    /// Without credentials or anything to ask for.
    public let probe: LiveProbe
    /// Whom to ask for in mail that is to be relayed.
    public let recipient: EmailAddress

    /// - Throws: `MailCAError` with code `invalidParameters` where certificates have no meaning.
    public init(_ probe: LiveProbe, recipient: EmailAddress) throws(MailCAError) {
        guard probe.service.kind.right != nil else {
            throw MailCAError(
                .invalidParameters, "a user's certificate is good for nothing at \(probe.service)",
                hint: "Give a service that users talk to: smtp, submission, smtps, imap, imaps, pop3, pop3s, sieve.")
        }
        self.probe = probe
        self.recipient = recipient
    }

    var subject: String { "\(probe.service)" }

    /// A conversation in which this is shown.
    /// - Parameter identity: as whom to log in; nil for whoever the certificate says.
    func look(
        showing credentials: TLSCredentials?, like certificate: Certificate, as identity: String? = nil
    ) -> Observation {
        var probe = probe
        probe.credentials = credentials
        probe.attempt = Attempt(as: certificate, recipient: recipient)
        probe.attempt?.identity = identity
        return probe.look()
    }

    /// Whose certificate it is.
    static func owner(_ certificate: Certificate) -> String {
        if let address = Attempt.addresses(of: certificate).first { return "\(address)" }
        return (try? certificate.subject().description) ?? "the certificate"
    }

    func finding(_ id: String, _ severity: Severity, _ message: String, _ remedy: String = "nothing") -> Finding {
        Finding(id, severity, subject, message, remedy: remedy)
    }

    /// Where it was not let in, or not even asked.
    func obstacle(_ seen: Observation) -> String? {
        if let end = seen.end, seen.admission == nil {
            return end.failure.alert == nil ? nil : "TLS ended with it: \(end.failure.detail ?? "\(end.failure)")"
        }
        guard let session = seen.session else { return nil }
        if !session.asksForCertificate { return "it was not asked for" }
        guard let admission = seen.admission, !admission.isGranted else { return nil }
        return "\(admission.reply)"
    }
}
