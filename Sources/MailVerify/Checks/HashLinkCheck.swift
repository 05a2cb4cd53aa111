import MailLayouts
import OpenSSLKit
import SystemPackage

/// The links by which OpenSSL finds CA certificates and revocation lists in the directory.
struct HashLinkCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] { missing(snapshot) + dangling(snapshot) }

    private func missing(_ snapshot: Snapshot) -> [Finding] {
        let remedy = snapshot.isSelfSigned ? snapshot.renewal : Snapshot.layout
        let trusted = snapshot.isSelfSigned ? Array(snapshot.chain.prefix(1)) : snapshot.authorities
        var findings: [Finding] = []
        for certificate in trusted {
            guard let hash = try? certificate.subject().linkHash() else { continue }
            let found = linked(hash, suffix: "", snapshot) { (try? Certificate.all(pem: $0)) ?? [] }
            if !found.contains(certificate) {
                findings.append(
                    Finding(
                        "links.certificate-missing", .error, snapshot.path("\(hash).0"),
                        "no link of this name leads to the CA certificate, so Sendmail does not find it in confCACERT_PATH",
                        remedy: remedy))
            }
        }
        for list in snapshot.lists {
            guard let hash = try? list.issuer().linkHash() else { continue }
            let found = linked(hash, suffix: "r", snapshot) { (try? RevocationList.all(pem: $0)) ?? [] }
            if !found.contains(list) {
                findings.append(
                    Finding(
                        "links.revocation-list-missing", .error, snapshot.path("\(hash).r0"),
                        "no link of this name leads to the revocation list of crl.pem, so Sendmail refuses every user, or takes an older list",
                        remedy: remedy))
            }
        }
        return findings
    }

    /// Everything that the links of one hash lead to.
    private func linked<Item>(
        _ hash: String, suffix: String, _ snapshot: Snapshot, _ read: ([UInt8]) -> [Item]
    ) -> [Item] {
        var items: [Item] = []
        var number = 0
        // OpenSSL, too, stops at the first number that is not there.
        while let file = SnapshotFile(snapshot.directory.appending("\(hash).\(suffix)\(number)")) {
            items += read(file.bytes ?? [])
            number += 1
        }
        return items
    }

    private func dangling(_ snapshot: Snapshot) -> [Finding] {
        snapshot.names.compactMap { name in
            let path = snapshot.directory.appending(name)
            guard HashLinks.isHashLink(name), let target = FileContent.linkTarget(path),
                FileStatus(path, following: true) == nil
            else { return nil }
            return Finding(
                "links.dangling", .warning, path.string, "the link leads to \(target), which is not there",
                remedy: "rm \(path)")
        }
    }
}
