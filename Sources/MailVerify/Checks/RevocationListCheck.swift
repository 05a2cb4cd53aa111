import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit

/// Whether the revocation lists are there, right, current, in the order that Sendmail needs, and no older than the ledger.
struct RevocationListCheck: Check {
    /// A file of lists, and who goes by it. Postfix and OpenSMTPD read none.
    private struct Source {
        let role: Fault.Role
        let lists: [RevocationList]
        let readers: [MailServer]
    }

    func findings(in snapshot: Snapshot) -> [Finding] {
        guard !snapshot.authorities.isEmpty else { return [] }
        return sources(snapshot).flatMap { findings(of: $0, snapshot) } + order(snapshot)
    }

    /// Where both files have the same lists, one is looked at for all.
    private func sources(_ snapshot: Snapshot) -> [Source] {
        let single = snapshot.servers.filter { [.sendmail, .exim].contains($0) }
        let both = snapshot.servers.filter { [.dovecot, .cyrus].contains($0) }
        let combined = snapshot.authoritiesAndListsFile?.bytes.flatMap { try? RevocationList.all(pem: $0) } ?? []
        if !single.isEmpty, snapshot.authoritiesAndListsFile == nil || Set(combined) == Set(snapshot.lists) {
            // That one of the two is missing is another check's matter.
            let readers = snapshot.listsFile == nil || snapshot.authoritiesAndListsFile == nil ? single : single + both
            return [Source(role: .lists, lists: snapshot.lists, readers: readers)]
        }
        return [
            Source(role: .lists, lists: snapshot.lists, readers: single),
            Source(role: .authoritiesAndLists, lists: combined, readers: both),
        ].filter { !$0.readers.isEmpty }
    }

    private func findings(of source: Source, _ snapshot: Snapshot) -> [Finding] {
        let path = snapshot.path(source.role.name)
        let remedy = Snapshot.layout
        let file = source.role == .lists ? snapshot.listsFile : snapshot.authoritiesAndListsFile
        guard file != nil else {
            guard source.role == .lists else { return [] }
            return [
                Finding(
                    "revocation-list.missing", .error, path,
                    "the file is not there\(snapshot.outcome(of: .missing(.lists), for: source.readers))",
                    remedy: remedy)
            ]
        }
        guard !source.lists.isEmpty else {
            // Where it has no certificates either, that is told of it.
            if source.role == .authoritiesAndLists, CombinedFileCheck.certificates(snapshot).isEmpty { return [] }
            let fault = source.role == .lists ? Fault.malformed(.lists) : .listMissing(ofSigner: true)
            return [
                Finding(
                    "revocation-list.malformed", .error, path,
                    "there is no revocation list in it that can be read\(snapshot.outcome(of: fault, for: source.readers))",
                    remedy: remedy)
            ]
        }
        return snapshot.authorities.flatMap { coverage(of: $0, source, snapshot, path, remedy) }
    }

    private func coverage(
        of authority: Certificate, _ source: Source, _ snapshot: Snapshot, _ path: String, _ remedy: String
    ) -> [Finding] {
        guard let subject = try? authority.subject() else { return [] }
        let lists = source.lists.filter { (try? $0.issuer())?.der == subject.der }
        let isSigner = authority == snapshot.signingAuthority
        // A server that goes without the list of a CA above the one that signs does not mind.
        let missing = snapshot.consequences(of: .listMissing(ofSigner: isSigner), for: source.readers)
        guard let missing else { return [] }
        let outcome = ": \(missing)"
        guard !lists.isEmpty else {
            return [
                Finding(
                    "revocation-list.no-coverage", .error, path, "there is none of the CA \(subject)\(outcome)",
                    remedy: remedy)
            ]
        }
        guard let list = lists.first(where: { $0.isSigned(by: authority) }) else {
            return [
                Finding(
                    "revocation-list.foreign", .error, path,
                    "the one of \(subject) is signed with another key than that CA's\(outcome)", remedy: remedy)
            ]
        }
        return Self.freshness(
            of: list, "the revocation list of \(subject)", path, snapshot.now, remedy, isSigner: isSigner
        ) {
            snapshot.consequences(of: $0, for: source.readers)
        } + age(of: list, authority, snapshot, path, remedy)
    }

    /// Whether it is in its time.
    /// - Parameters:
    ///   - isSigner: whether it is of the CA that signs users.
    ///   - consequences: what comes of it, in words.
    static func freshness(
        of list: RevocationList, _ name: String, _ path: String, _ now: Date, _ remedy: String,
        isSigner: Bool = true, consequences: (Fault) -> String?
    ) -> [Finding] {
        guard let start = try? list.thisUpdate(), let end = try? list.nextUpdate() else {
            return [
                Finding(
                    "revocation-list.malformed", .error, path, "\(name) does not say until when it counts",
                    remedy: remedy)
            ]
        }
        func outcome(_ fault: Fault) -> String { consequences(fault).map { ": \($0)" } ?? "" }
        if now < start {
            return [
                Finding(
                    "revocation-list.not-yet-valid", .error, path,
                    "\(name) counts only from \(Timestamp.readable(start)), and it is \(Timestamp.readable(now))\(outcome(.listNotYetValid))",
                    remedy: "set the clock right, as with timedatectl set-ntp true")
            ]
        }
        if end <= now {
            return [
                Finding(
                    "revocation-list.expired", .error, path,
                    "\(name) ended on \(Timestamp.readable(end))\(outcome(.listExpired(ofSigner: isSigner)))",
                    remedy: remedy)
            ]
        }
        // A quarter of its life is the margin of a short one, thirty days that of a long one.
        let margin = min(Double(Verifier.warningDays) * 86_400, end.timeIntervalSince(start) / 4)
        guard end < now.addingTimeInterval(margin) else { return [] }
        return [
            Finding(
                "revocation-list.expires-soon", .warning, path,
                "\(name) ends on \(Timestamp.readable(end)), and from then on\(outcome(.listExpired(ofSigner: isSigner)))",
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

    private func order(_ snapshot: Snapshot) -> [Finding] {
        guard snapshot.servers.contains(.sendmail), let signing = snapshot.signingAuthority,
            let first = snapshot.lists.first, !first.isSigned(by: signing),
            snapshot.lists.contains(where: { $0.isSigned(by: signing) })
        else { return [] }
        return [
            Finding(
                "sendmail.revocation-list.order", .error, snapshot.path(Snapshot.Name.revocationLists),
                "Sendmail reads only the first list of the file, and that is not the one of the CA that signs users: without the links beside it revoked users get in, or nobody does",
                remedy: Snapshot.layout)
        ]
    }
}
