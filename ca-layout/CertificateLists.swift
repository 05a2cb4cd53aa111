import FoundationEssentials
import MailCA
import OpenSSLKit

/// The lists that mail servers are given which read no revocation lists, or read them too kindly: whose certificates may
/// relay, and whose may not, by SHA-256 of the certificate. They are written line by line: there may be a million.
struct CertificateLists: Sendable {
    let authority: Authority
    /// Whose certificates are listed, as names are compared; none for those of all users.
    let users: Set<String>

    /// `exim.clients`: whoever holds a valid certificate, one a line.
    func eximClients(isListed: Bool) -> LayoutPlan.Piece {
        lines(live, only: isListed) { "\($0.hexadecimal())\n" }
    }

    /// The source of Postfix's map of those that may relay, where not all may.
    func postfixClients() -> LayoutPlan.Piece {
        lines(live, only: true) { "\($0.hexadecimal(separator: ":")) mailca_listed\n" }
    }

    /// The source of Postfix's map of those that are revoked. Who is expired is refused without it.
    func postfixRevoked() -> LayoutPlan.Piece {
        let query = LedgerQuery(profiles: [.client, .server], states: [.issued], isRevoked: true, endsFrom: today)
        return lines(query, only: false) { "\($0.hexadecimal(separator: ":")) REJECT certificate revoked\n" }
    }

    /// The subjects of those that may relay, for Sendmail's access map; without those that it cannot match, which was
    /// said when they were issued.
    func subjects() throws(MailCAError) -> [DistinguishedName] {
        var subjects: [DistinguishedName] = []
        try authority.ledger.forEachEntry(live) { (entry) throws(MailCAError) in
            guard isWanted(entry), let der = entry.certificate else { return }
            let subject = try internally { () throws(OpenSSLError) in try Certificate(der: der).subject() }
            if (try? SendmailAccess.matchable(subject)) != nil { subjects.append(subject) }
        }
        return subjects
    }

    private var live: LedgerQuery {
        LedgerQuery(profiles: [.client], states: [.issued], isRevoked: false, endsFrom: today)
    }

    /// An entry stays for the rest of the day on which its certificate ends, so that lists do not change every second:
    /// each server that reads them looks at the certificate's time itself.
    private var today: Date {
        Date(timeIntervalSince1970: (authority.now.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
    }

    private func isWanted(_ entry: LedgerEntry) -> Bool {
        users.isEmpty || entry.names.contains(where: users.contains)
    }

    /// - Parameter only: leave out whom nobody listed.
    private func lines(
        _ query: LedgerQuery, only: Bool, _ line: @escaping @Sendable ([UInt8]) -> String
    ) -> LayoutPlan.Piece {
        .stream { take throws(MailCAError) in
            var part: [UInt8] = []
            try authority.ledger.forEachEntry(query) { (entry) throws(MailCAError) in
                guard !only || isWanted(entry), let der = entry.certificate else { return }
                part += Array(line(Digest.sha256(der)).utf8)
                guard part.count > 64 << 10 else { return }
                try take(part)
                part.removeAll(keepingCapacity: true)
            }
            if !part.isEmpty { try take(part) }
        }
    }
}
