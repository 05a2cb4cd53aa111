import MailLayouts
import OpenSSLKit
import SystemPackage

/// The links by which OpenSSL finds CA certificates and revocation lists in the directory.
struct HashLinkCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        // No other server's lines name the directory.
        snapshot.servers.contains(.sendmail) ? missing(snapshot) + dangling(snapshot) : []
    }

    private func missing(_ snapshot: Snapshot) -> [Finding] {
        let remedy = snapshot.isSelfSigned ? snapshot.renewal : Snapshot.layout
        let trusted = snapshot.isSelfSigned ? Array(snapshot.chain.prefix(1)) : snapshot.authorities
        var findings: [Finding] = []
        for certificate in trusted {
            guard let hash = try? certificate.subject().linkHash() else { continue }
            let found = Self.linked(hash, suffix: "", snapshot) { (try? Certificate.all(pem: $0)) ?? [] }
            if !found.contains(certificate) {
                findings.append(
                    Finding(
                        "links.certificate-missing", .warning, snapshot.path("\(hash).0"),
                        "no link of this name leads to the CA certificate, so Sendmail finds it in confCACERT alone",
                        remedy: remedy))
            }
        }
        for list in snapshot.lists {
            guard let hash = try? list.issuer().linkHash() else { continue }
            let found = Self.linked(hash, suffix: "r", snapshot) { (try? RevocationList.all(pem: $0)) ?? [] }
            if !found.contains(list) {
                findings.append(
                    Finding(
                        "links.revocation-list-missing", .error, snapshot.path("\(hash).r0"),
                        "no link of this name leads to the revocation list of crl.pem, so Sendmail takes an older list, or \(Prediction(.refusesUsers, "reason=unable to get certificate CRL").words)",
                        remedy: remedy))
            }
        }
        return findings
    }

    /// The lists that OpenSSL finds of a CA by its links.
    static func lists(of authority: Certificate, _ snapshot: Snapshot) -> [RevocationList] {
        guard let hash = try? authority.subject().linkHash() else { return [] }
        return linked(hash, suffix: "r", snapshot) { (try? RevocationList.all(pem: $0)) ?? [] }
    }

    /// Whether OpenSSL finds a CA by its links.
    static func finds(_ authority: Certificate, _ snapshot: Snapshot) -> Bool {
        guard let hash = try? authority.subject().linkHash() else { return false }
        return linked(hash, suffix: "", snapshot) { (try? Certificate.all(pem: $0)) ?? [] }.contains(authority)
    }

    /// Everything that the links of one hash lead to.
    private static func linked<Item>(
        _ hash: String, suffix: String, _ snapshot: Snapshot, _ read: ([UInt8]) -> [Item]
    ) -> [Item] {
        Self.links(hash, suffix: suffix, snapshot).flatMap { read($0.bytes ?? []) }
    }

    private static func links(_ hash: String, suffix: String, _ snapshot: Snapshot) -> [SnapshotFile] {
        var files: [SnapshotFile] = []
        // OpenSSL, too, stops at the first number that is not there.
        while let file = SnapshotFile(snapshot.directory.appending("\(hash).\(suffix)\(files.count)")) {
            files.append(file)
        }
        return files
    }

    /// What the link leads to by which OpenSSL finds a certificate or list; nil where there is none.
    /// - Parameters:
    ///   - suffix: empty for a certificate, `r` for a list.
    ///   - holds: whether it is in the content of a file.
    static func target(
        _ hash: String, suffix: String, _ snapshot: Snapshot, holds: ([UInt8]) -> Bool
    ) -> String? {
        let file = links(hash, suffix: suffix, snapshot).first { holds($0.bytes ?? []) }
        return file.flatMap { FileContent.linkTarget($0.path) }
    }

    /// The hash links that lead to what is not there.
    static func danglingNames(_ snapshot: Snapshot) -> [String] {
        snapshot.names.filter { name in
            let path = snapshot.directory.appending(name)
            return HashLinks.isHashLink(name) && FileContent.linkTarget(path) != nil
                && FileStatus(path, following: true) == nil
        }
    }

    private func dangling(_ snapshot: Snapshot) -> [Finding] {
        Self.danglingNames(snapshot).map { name in
            let path = snapshot.directory.appending(name)
            return Finding(
                "links.dangling", .warning, path.string,
                "the link leads to \(FileContent.linkTarget(path) ?? ""), which is not there",
                remedy: "rm \(path)")
        }
    }
}
