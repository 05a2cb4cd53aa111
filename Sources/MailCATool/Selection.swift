import FoundationEssentials
import MailCA
import OpenSSLKit

/// Which certificates somebody means by a serial number, an address or a host.
struct Selection {
    let device: String?
    let all: Bool
    /// Leave out those that a newer one took the place of.
    var current = false

    /// - Throws: ``MailCAError`` with the codes `notFound`, `invalidName`, and `invalidParameters` where several are
    ///   meant and only one was expected: they are listed.
    func find(_ text: String, in authority: Authority) throws(MailCAError) -> [LedgerEntry] {
        if let serial = SerialNumber(hexadecimal: text), let entry = try authority.ledger.entry(serial) {
            guard entry.state == .issued, !entry.profile.isAuthority else {
                throw MailCAError(
                    .notFound, "the number \(serial) is not one of a server's or a user's certificate",
                    hint: "The number is printed when a certificate is made, and stands in it.")
            }
            return [entry]
        }
        let name = text.contains("@") ? try EmailAddress(text).lookupKey : try ServerName(text).description
        let entries = try authority.ledger.entries(
            LedgerQuery(profiles: [.server, .client], states: [.issued], name: name)
        ).filter { device == nil || $0.device == device }
        // What is only staged is not meant by a name: it took nobody's place yet.
        let staged = current ? try authority.stagedCertificates() : []
        var live: [LedgerEntry] = []
        for entry in entries where entry.isLive(at: Date()) && !staged.contains(entry.serialNumber) {
            let isOld: Bool
            if current { isOld = try authority.successor(of: entry) != nil } else { isOld = false }
            if !isOld { live.append(entry) }
        }
        // Of a host, what is served is meant, and not what lay there before.
        if current {
            let served = try authority.servedKeys()
            let laidOut = live.filter { served.contains($0.keyFingerprint) }
            if !laidOut.isEmpty { live = laidOut }
        }
        guard !live.isEmpty else {
            // One that is revoked already is worth telling about.
            if let last = entries.last { return [last] }
            throw MailCAError(
                .notFound, "no certificate\(device.map { " for the device \($0)" } ?? "") was issued to \(name)",
                hint: "Check the spelling, or give the serial number.")
        }
        guard live.count == 1 || all || device != nil else {
            let list = live.map { "\n  \(CertificateResult($0).line)" }.joined()
            throw MailCAError(
                .invalidParameters, "\(name) has \(live.count) valid certificates:\(list)",
                hint: "Nothing was done. Give a serial number, or --all, or --device.")
        }
        return live
    }
}
