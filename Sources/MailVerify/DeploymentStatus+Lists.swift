import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

extension DeploymentStatus {
    /// A list that is not the newest is bad only so far as somebody gets in, or nobody.
    mutating func judgeList(_ authority: Authority, _ newest: [SignedRevocationList]) throws(MailCAError) {
        let file = path.appending(Name.revocationLists)
        guard let bytes = try? FileContent.read(file) else {
            return add(
                .critical, "\(file) is not there, or cannot be read: users are refused, or revoked ones let in",
                "mailca crl")
        }
        let lists = (try? RevocationList.all(pem: bytes)) ?? []
        for (certificate, fields) in zip(authority.certificates, authority.certificateFields) {
            guard let list = lists.first(where: { $0.isSigned(by: certificate) }), let end = try? list.nextUpdate()
            else {
                return add(.critical, "\(file) holds no revocation list of \(fields.subject)", "mailca crl")
            }
            guard end > authority.now else {
                return add(
                    .critical,
                    "the revocation list of \(fields.subject) in \(file) ended on \(Timestamp.readable(end)): users are refused",
                    "mailca crl")
            }
            if let known = newest.first(where: { $0.issuer == fields.serialNumber }),
                try judge(list, newest: known, file, authority)
            {
                return
            }
        }
        add(.warning, "\(file) is not as the CA laid it out", "mailca crl")
    }

    /// - Returns: whether it lacks something that the ledger knows, or knows something that the ledger lacks.
    private mutating func judge(
        _ list: RevocationList, newest: SignedRevocationList, _ file: FilePath, _ authority: Authority
    ) throws(MailCAError) -> Bool {
        if let number = list.number, number > newest.number {
            add(
                .critical,
                "\(file) has list number \(number), and the last that the ledger knows is number \(newest.number): the ledger was cut short, or put back from a backup",
                "see mailca audit --verify, then mailca crl")
            return true
        }
        // One can come for each that ended, so that the counts are the same.
        var query = LedgerQuery(.revoked, at: authority.now)
        query.limit = Self.revocationsLookedAt
        let last = try authority.ledger.entries(query).filter {
            $0.issuer == newest.issuer && $0.validity.contains(authority.now)
        }
        let listed = Set(((try? list.entries()) ?? []).map(\.serialNumber))
        guard list.count != newest.count || last.contains(where: { !listed.contains($0.serialNumber) }) else {
            return false
        }
        add(
            .critical,
            "\(file) has list number \(list.number ?? 0), and the newest is number \(newest.number): who was revoked since still gets in",
            "mailca crl")
        return true
    }

    private static let revocationsLookedAt = 100
}
