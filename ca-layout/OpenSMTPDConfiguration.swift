/// The lines of OpenSMTPD's `smtpd.conf` that put a directory of certificates to work.
///
/// OpenSMTPD either demands a client's certificate on a port or does not look at it, so relaying by certificate has a
/// port of its own in every policy. It reads no revocation lists, and cannot tell one certificate of the CA from another:
/// a revoked one relays until it expires, and with ``RelayRule/listed`` nobody relays by certificate.
public enum OpenSMTPDConfiguration {
    /// Lines for `smtpd.conf`.
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        var lines = [
            "pki mailca cert \"\(request.file(MailLayout.FileName.certificate))\"",
            "pki mailca key \"\(request.file(MailLayout.FileName.privateKey))\"",
        ]
        if request.policy != .encryption {
            lines.append("ca mailca cert \"\(request.file(MailLayout.FileName.authorities))\"")
        }
        lines += listen("port 25 tls pki mailca")
        let certificate = "verify pki mailca ca mailca tag mailca_certificate"
        switch request.policy {
        case .encryption: break
        case .relay: lines += listen("port 587 tls-require \(certificate)")
        case .demand: lines += listen("port 465 smtps \(certificate)")
        case .passwordOrCertificate:
            lines += listen("port 465 smtps \(certificate)") + listen("port 587 tls-require pki mailca auth")
        }
        let rules = matches(request)
        if !rules.isEmpty { lines += ["action \"mailca_relay\" relay"] + rules }
        return [ConfigurationFragment(file: "/etc/smtpd.conf", text: lines.map { "\($0)\n" }.joined())]
    }

    /// What else the lines need, and must not have beside them.
    public static let requirements = """
        They take the place of "listen on localhost", go above every match line, and need OpenSMTPD 7
        (Debian 12: bookworm-backports) and the package ca-certificates. OpenSMTPD knows no revocation:
        a revoked certificate relays until it expires, so let certificates live for days, not for a
        year. Look at the lines with smtpd -n, then systemctl restart opensmtpd; the same after a new
        certificate: a reload ends the daemon. Where there is no IPv6 the lines with "::" go.
        """

    private static func matches(_ request: ConfigurationRequest) -> [String] {
        let password =
            request.policy == .passwordOrCertificate
            ? ["match auth from any for any action \"mailca_relay\""] : []
        switch (request.policy, request.relay) {
        case (.encryption, _), (_, .listed): return password
        case (_, .all):
            return ["match tag mailca_certificate from any for any action \"mailca_relay\""] + password
        }
    }

    private static func listen(_ rest: String) -> [String] {
        ["0.0.0.0", "::"].map { "listen on \($0) \(rest)" }
    }
}
