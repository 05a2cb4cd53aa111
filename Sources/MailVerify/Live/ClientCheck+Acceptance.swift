import MailCA
public import OpenSSLKit

extension ClientCheck {
    /// Whether a certificate relays, or logs in as its owner and as nobody else, and whether it is the certificate that
    /// does it.
    public func acceptance(of credentials: TLSCredentials) -> [Finding] {
        let owner = Self.owner(credentials.certificate)
        let seen = look(showing: credentials, like: credentials.certificate)
        guard let admission = seen.admission, admission.isGranted, seen.session?.asksForCertificate == true else {
            let reason = obstacle(seen) ?? Self.noWord(seen)
            return [
                finding(
                    "live.client-refused", .error, "the certificate of \(owner) is of no use: \(reason)",
                    Self.remedy(seen))
            ]
        }
        switch admission.right {
        case .relaying: return relaying(owner, admission, credentials)
        case .loggingIn: return loggingIn(owner, admission, credentials)
        }
    }

    private func relaying(_ owner: String, _ admission: Admission, _ credentials: TLSCredentials) -> [Finding] {
        if look(showing: nil, like: credentials.certificate).admission?.isGranted == true {
            return [relaysAnyway]
        }
        return [
            finding(
                "live.client-relays", .note,
                "\(owner) may send to \(recipient) by the certificate, and without it one may not (\(admission.reply))")
        ]
    }

    /// Of those who may do it in any case nothing can be proved.
    var relaysAnyway: Finding {
        finding(
            "live.relays-anyway", .warning,
            "one may send to \(recipient) without any certificate from here, so that nothing is proved of one",
            "ask from another machine, or with --source ADDRESS from one that may not; from there it must be refused")
    }

    private func loggingIn(_ owner: String, _ admission: Admission, _ credentials: TLSCredentials) -> [Finding] {
        let stranger = look(showing: credentials, like: credentials.certificate, as: Self.nobody)
        if stranger.admission?.isGranted == true {
            return [
                finding(
                    "live.logs-in-as-anyone", .error,
                    "the certificate of \(owner) logs in under a name that is not in it (\(Self.nobody)): \(stranger.admission.map { "\($0.reply)" } ?? "")",
                    "take the name from the certificate alone: see mailca deploy SERVER --print")
            ]
        }
        // The server does not say as whom: it takes the name of the one that it has in mind, and no other.
        let name = names(credentials.certificate).first {
            look(showing: credentials, like: credentials.certificate, as: $0).admission?.isGranted == true
        }
        let identity = name.map { "as \($0) and as no other" } ?? "though under none of the names in it"
        return [
            finding(
                "live.client-logs-in", .note, "the certificate of \(owner) logs in, \(identity) (\(admission.reply))")
        ]
    }

    /// Whom a server can make of a certificate.
    private func names(_ certificate: Certificate) -> [String] {
        var names: [String] = []
        let common = (try? certificate.subject().commonName) ?? nil
        for name in [common].compactMap({ $0 }) + Attempt.addresses(of: certificate).map({ "\($0)" })
        where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    static let nobody = "nobody-of-this-name@example.invalid"

    private static func noWord(_ seen: Observation) -> String {
        seen.end.map { "\($0.failure)" } ?? seen.greeting.map { "\($0)" } ?? "the server says nothing"
    }

    private static func remedy(_ seen: Observation) -> String {
        if seen.session?.asksForCertificate == false {
            return "have the server ask for certificates: see mailca deploy SERVER --print"
        }
        if let admission = seen.admission, !admission.isRefused {
            return "name a recipient that the server would take, with --recipient"
        }
        return "look at the certificate with mailca show, at the server's lists with mailca verify, and at its log"
    }
}
