import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit

/// Whether the revocation lists are there, right, current, in the order that Sendmail needs, and no older than the ledger.
struct RevocationListCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard !snapshot.authorities.isEmpty else { return [] }
        let path = snapshot.path(Snapshot.Name.revocationLists)
        let remedy = Snapshot.layout
        guard snapshot.listsFile != nil else {
            return [
                Finding(
                    "revocation-list.missing", .error, path,
                    "there is none, so Sendmail refuses every user, or lets revoked ones in where it is not told to demand one",
                    remedy: remedy)
            ]
        }
        guard !snapshot.lists.isEmpty else {
            return [
                Finding(
                    "revocation-list.malformed", .error, path,
                    "there is no revocation list in it that can be read, so Sendmail refuses every user, or lets revoked ones in",
                    remedy: remedy)
            ]
        }
        return coverage(snapshot, path, remedy) + order(snapshot, path, remedy) + combined(snapshot, remedy)
    }

    private func coverage(_ snapshot: Snapshot, _ path: String, _ remedy: String) -> [Finding] {
        snapshot.authorities.flatMap { authority -> [Finding] in
            guard let subject = try? authority.subject() else { return [] }
            let lists = snapshot.lists.filter { (try? $0.issuer())?.der == subject.der }
            guard !lists.isEmpty else {
                return [
                    Finding(
                        "revocation-list.no-coverage", .error, path, "there is none of the CA \(subject)",
                        remedy: remedy)
                ]
            }
            guard let list = lists.first(where: { $0.isSigned(by: authority) }) else {
                return [
                    Finding(
                        "revocation-list.foreign", .error, path,
                        "the one of \(subject) is signed with another key than that CA's", remedy: remedy)
                ]
            }
            return Self.freshness(of: list, "the revocation list of \(subject)", path, snapshot.now, remedy)
                + age(of: list, authority, snapshot, path, remedy)
        }
    }

    /// Whether it is in its time.
    static func freshness(
        of list: RevocationList, _ name: String, _ path: String, _ now: Date, _ remedy: String
    ) -> [Finding] {
        guard let start = try? list.thisUpdate(), let end = try? list.nextUpdate() else {
            return [
                Finding(
                    "revocation-list.malformed", .error, path, "\(name) does not say until when it counts",
                    remedy: remedy)
            ]
        }
        if now < start {
            return [
                Finding(
                    "revocation-list.not-yet-valid", .error, path,
                    "\(name) counts only from \(Timestamp.readable(start)), and it is \(Timestamp.readable(now))",
                    remedy: "set the clock right, as with timedatectl set-ntp true")
            ]
        }
        if end <= now {
            return [
                Finding(
                    "revocation-list.expired", .error, path,
                    "\(name) ended on \(Timestamp.readable(end)): Sendmail refuses every user's certificate",
                    remedy: remedy)
            ]
        }
        // A quarter of its life is the margin of a short one, thirty days that of a long one.
        let margin = min(Double(Verifier.warningDays) * 86_400, end.timeIntervalSince(start) / 4)
        guard end < now.addingTimeInterval(margin) else { return [] }
        return [
            Finding(
                "revocation-list.expires-soon", .warning, path,
                "\(name) ends on \(Timestamp.readable(end)), and Sendmail refuses every user's certificate from then on",
                remedy: remedy)
        ]
    }

    /// Whether it has all that the ledger knows to be revoked.
    private func age(
        of list: RevocationList, _ authority: Certificate, _ snapshot: Snapshot, _ path: String, _ remedy: String
    ) -> [Finding] {
        guard let known = snapshot.authority, known.certificates.contains(authority),
            let serial = try? authority.fields().serialNumber,
            let revoked = try? known.ledger.entries(LedgerQuery(revokedBy: serial)), !revoked.isEmpty,
            let listed = try? Set(list.entries().map(\.serialNumber))
        else { return [] }
        let missing = revoked.filter { !listed.contains($0.serialNumber) && $0.validity.contains(snapshot.now) }
        guard let first = missing.first else { return [] }
        return [
            Finding(
                "revocation-list.stale", .error, path,
                "\(missing.count) revoked since are not on it, \(first.names.joined(separator: ", ")) for one: they still get in",
                remedy: remedy)
        ]
    }

    private func order(_ snapshot: Snapshot, _ path: String, _ remedy: String) -> [Finding] {
        guard let signing = snapshot.signingAuthority, let first = snapshot.lists.first, snapshot.lists.count > 1,
            !first.isSigned(by: signing)
        else { return [] }
        return [
            Finding(
                "sendmail.revocation-list.order", .error, path,
                "Sendmail reads only the first list of the file, and that is not the one of the CA that signs users",
                remedy: remedy)
        ]
    }

    /// `ca-crl.pem` is what Dovecot reads: all of both files.
    private func combined(_ snapshot: Snapshot, _ remedy: String) -> [Finding] {
        let path = snapshot.path(Snapshot.Name.authoritiesAndLists)
        guard let bytes = SnapshotFile(snapshot.directory.appending(Snapshot.Name.authoritiesAndLists))?.bytes else {
            return [
                Finding(
                    "authorities-and-lists.missing", .warning, path, "the file is not there; Dovecot reads it",
                    remedy: remedy)
            ]
        }
        let expected = (snapshot.authoritiesFile?.bytes ?? []) + (snapshot.listsFile?.bytes ?? [])
        guard bytes != expected else { return [] }
        return [
            Finding(
                "authorities-and-lists.stale", .warning, path, "it is not cacert.pem followed by crl.pem",
                remedy: remedy)
        ]
    }
}
