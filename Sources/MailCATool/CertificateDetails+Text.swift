import OpenSSLKit

/// What `mailca show` found.
struct CertificatesResult: CommandResult {
    let certificates: [CertificateDetails]

    var text: String { certificates.map(\.lines).joined(separator: "\n") }
    /// It is what was asked for.
    var essentialText: String { text }
}

extension CertificateDetails {
    fileprivate var lines: String {
        var rows: [(label: String, value: String?)] = [
            ("Profile", profile), ("Subject", subject),
            ("Names", names.isEmpty ? nil : names.joined(separator: ", ")), ("Full name", fullName),
            ("Device", device), ("Issuer", issuer), ("Valid from", readable(notBefore)),
            ("Valid until", readable(notAfter)), ("Key", key), ("SHA-256", sha256), ("Key SHA-256", keySHA256),
        ]
        rows += origin
        if let revocation { rows += self.rows(of: revocation) }
        rows.append(("Ledger", stranger))
        var lines = "Certificate \(serialNumber): \(state)\n"
        for (label, value) in rows {
            if let value { lines += "  \(label.padded(12))  \(value.shown)\n" }
        }
        if let text, let pem { lines += "\n\(text)\(pem)" }
        return lines
    }

    private var stranger: String? {
        switch ledger {
        case .known, nil: nil
        case .other: "it has another certificate under this number: mailca show \(serialNumber)"
        case .lost: "this CA signed the certificate, and the ledger does not know it"
        case .stranger: "this CA did not make it"
        }
    }

    private var origin: [(label: String, value: String?)] {
        guard let createdAt else { return [] }
        guard let act else { return [("Begun", readable(createdAt))] }
        let by = "by \(act.who) with \(act.command)"
        let label =
            switch act.kind {
            case "issued": "Issued"
            case "abandoned": "Given up"
            default: "Recovered"
            }
        // One that an older ledger had was entered in the log later.
        guard act.kind == "issued" && act.date.prefix(10) != createdAt.prefix(10) else {
            return [(label, "\(readable(act.date)) \(by)")]
        }
        return [(label, readable(createdAt)), ("Logged", "\(readable(act.date)) \(by)")]
    }

    private func rows(of revocation: Revocation) -> [(label: String, value: String?)] {
        let by = revocation.act.map { " by \($0.who) with \($0.command)" } ?? ""
        return [
            ("Revoked", "\(readable(revocation.date)) (\(revocation.reason))\(by)"),
            ("Listed", listing(revocation)),
        ]
    }

    private func listing(_ revocation: Revocation) -> String? {
        guard let number = revocation.listNumber, let isListed = revocation.isListed else { return nil }
        if isListed { return "on revocation list number \(number)" }
        return "not on revocation list number \(number): it has ended, or mailca crl is still to be run"
    }

    private func readable(_ time: String) -> String { "\(time.prefix(10)) \(time.dropFirst(11).prefix(8)) UTC" }
}
