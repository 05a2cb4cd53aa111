import MailLayouts
import OpenSSLKit

/// Whether `ca-crl.pem`, which Dovecot and Cyrus read, has all of cacert.pem and of crl.pem. The order is no matter.
struct CombinedFileCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        let role = Fault.Role.authoritiesAndLists
        guard !snapshot.authorities.isEmpty, let consequences = snapshot.consequences(of: .missing(role)) else {
            return []
        }
        let path = snapshot.path(role.name)
        guard snapshot.authoritiesAndListsFile != nil else {
            return [
                Finding(
                    "authorities-and-lists.missing", .error, path, "the file is not there: \(consequences)",
                    remedy: Snapshot.layout)
            ]
        }
        let certificates = Self.certificates(snapshot)
        let lists = (snapshot.authoritiesAndListsFile?.bytes).flatMap { try? RevocationList.all(pem: $0) } ?? []
        if certificates.isEmpty {
            return [
                Finding(
                    "authorities-and-lists.malformed", .error, path,
                    "there is no CA certificate in it\(snapshot.outcome(of: .malformed(role)))",
                    remedy: Snapshot.layout)
            ]
        }
        // That there is no list in it is told where lists are looked at.
        let isOlder = !lists.isEmpty && snapshot.lists.contains { !Self.has($0, or: lists) }
        guard !Set(certificates).isSuperset(of: snapshot.authorities) || isOlder else { return [] }
        return [
            Finding(
                "authorities-and-lists.stale", .error, path, "it does not have all that is in cacert.pem and crl.pem",
                remedy: Snapshot.layout)
        ]
    }

    /// Whether the list is among these, or one of the same CA that is no older.
    private static func has(_ list: RevocationList, or lists: [RevocationList]) -> Bool {
        guard let issuer = try? list.issuer().der, let start = try? list.thisUpdate() else { return true }
        return lists.contains { other in
            other == list
                || (try? other.issuer().der) == issuer && (try? other.thisUpdate()).map { $0 >= start } == true
        }
    }

    static func certificates(_ snapshot: Snapshot) -> [Certificate] {
        (snapshot.authoritiesAndListsFile?.bytes).flatMap { try? Certificate.all(pem: $0) } ?? []
    }
}
