import FoundationEssentials
import Glibc
public import MailCA
public import MailLayouts
public import OpenSSLKit

extension LiveProbe {
    /// Waits until the server shows just this certificate, as it should once it has been told of it.
    /// - Parameter patience: for a server that is still starting, or serving with its old processes.
    /// - Throws: `MailCAError` with code `serviceUnavailable`, which says what it does instead.
    public func expect(_ certificate: Certificate, within patience: Duration = .seconds(10)) throws(MailCAError) {
        try Self.expect(certificate, of: [self], within: patience)
    }

    /// The same of the first of several services that somebody listens at.
    public static func expect(
        _ certificate: Certificate, of probes: [LiveProbe], within patience: Duration = .seconds(10)
    ) throws(MailCAError) {
        let deadline = Deadline(in: patience)
        while true {
            var reason: String?
            for var probe in probes {
                probe.timeout = min(probe.timeout, max(deadline.remaining, .seconds(1)))
                let seen = probe.look()
                if seen.session?.certificates.first == certificate { return }
                if seen.end?.stage == .connecting && probes.count > 1 { continue }
                reason = "\(probe.service)\(probe.host.map { " at \($0)" } ?? "") \(seen.shortcoming)"
                break
            }
            guard deadline.hasPassed else {
                usleep(100_000)
                continue
            }
            var services: [String] = []
            for probe in probes where !services.contains("\(probe.service)") { services.append("\(probe.service)") }
            throw MailCAError(
                .serviceUnavailable, reason ?? "nothing answers at \(services.joined(separator: ", "))",
                hint: "Look at the server's log, and at its configuration: mailca verify \(services.first ?? "URL")")
        }
    }

    /// Where the mail servers of this machine are looked at: on its own addresses, under the name of the certificate.
    public static func local(_ server: MailServer, serving certificate: Certificate) -> [LiveProbe] {
        let names = (try? certificate.fields().extensions.subjectAlternativeNames) ?? []
        let name = names.lazy.compactMap { ServerName(of: $0) }.first
        guard let name = name ?? (try? ServerName("localhost")) else { return [] }
        return server.services.flatMap { kind in
            ["127.0.0.1", "::1"].map { LiveProbe(MailService(kind, name), host: $0, timeout: .seconds(5)) }
        }
    }
}

extension MailServer {
    /// What it serves, the most usual first.
    var services: [MailService.Kind] {
        switch self {
        case .sendmail, .postfix, .exim, .opensmtpd: [.smtp, .submission, .smtps]
        case .dovecot, .cyrus: [.imap, .imaps, .pop3, .pop3s, .sieve]
        }
    }
}

extension ServerName {
    /// Of a name in a certificate that stands for one host.
    fileprivate init?(of name: GeneralName) {
        switch name {
        case .dnsName(let text):
            guard let host = try? HostName(text), !host.isWildcard else { return nil }
            self = .host(host)
        case .ipAddress(let bytes):
            guard let address = IPAddress(bytes: bytes) else { return nil }
            self = .address(address)
        default: return nil
        }
    }
}

extension Observation {
    /// Why it is not the certificate that was expected.
    fileprivate var shortcoming: String {
        if let session {
            guard let other = session.certificates.first else { return "shows no certificate" }
            return "still serves the certificate with the serial number \(other.serialNumber)"
        }
        if let end { return "could not be looked at: \(end.failure)" }
        switch security {
        case .refused(let reply): return "offers STARTTLS, and then refuses it: \(reply)"
        case .notOffered: return "offers no STARTTLS"
        default: return "does not let anybody in: \(greeting.map { "\($0)" } ?? "it says nothing")"
        }
    }
}
