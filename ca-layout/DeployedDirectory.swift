import Glibc
public import MailCA
import OpenSSLKit
public import SystemPackage

/// A deployment as it lies on the disk: which of its files are the CA's to bring up to date.
public struct DeployedDirectory: Sendable {
    public let deployment: Deployment
    public var path: FilePath { FilePath(deployment.directory) }

    public init(_ deployment: Deployment) { self.deployment = deployment }

    /// The certificate that should be in `cert.pem`: the one that was laid out, or that which took its place with the
    /// same key; nil where none was laid out.
    /// - Throws: the errors of `Ledger`.
    public func certificate(of authority: Authority) throws(MailCAError) -> LedgerEntry? {
        guard let serial = deployment.certificate, let entry = try authority.ledger.entry(serial) else { return nil }
        return try authority.successor(of: entry, sameKey: true) ?? entry
    }

    /// What the directory should hold: the CA's files, and the server's certificate where that is ours to write.
    /// - Throws: `MailCAError` with code `notFound` where the directory is gone, and `notPermitted` where somebody put
    ///   another certificate or key there.
    public func plan(
        _ authority: Authority, _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> LayoutPlan {
        guard FileStatus(path, following: true)?.isDirectory == true else {
            throw MailCAError(
                .notFound, "the directory \(path) of a deployment is not there, so revoked users may get in",
                hint: "Bring it back, or drop it with mailca maintain --forget \(path).")
        }
        let ofAuthority = try planOfAuthority(authority, lists)
        guard let entry = try certificate(of: authority) else { return ofAuthority }
        try refuseForeign(entry, authority)
        let item = LayoutPlan.Item(MailLayout.FileName.certificate, .text(sent(entry, authority)))
        return ofAuthority.merging(LayoutPlan(items: try [item] + sharedKey()))
    }

    /// What the directory should hold with a certificate that was just made for it.
    /// - Throws: as `MailLayout.plan`, and `notFound` where the group of the key is not there.
    public func plan(
        laying issued: IssuedCertificate, _ authority: Authority, _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> LayoutPlan {
        var pair = try MailLayout.sendmail.plan(issued)
        let group = try keyGroup()
        pair.items = pair.items.map { item in
            switch item.content {
            case .secret where group != nil: .init(item.name, item.content, mode: 0o640, group: group)
            case .text: .init(item.name, .text(issued.chainPEM(withIssuer: deployment.sendsIssuer)))
            default: item
            }
        }
        return try planOfAuthority(authority, lists).merging(pair)
    }

    /// What the server sends: `cert.pem`.
    public func sent(_ entry: LedgerEntry, _ authority: Authority) -> String {
        authority.chainPEM(of: entry, withIssuer: deployment.sendsIssuer)
    }

    /// What of it is the CA's in every case: its certificates, lists, and what single servers read.
    /// - Throws: the errors of `Ledger`.
    public func planOfAuthority(
        _ authority: Authority, _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> LayoutPlan {
        var ofServers = LayoutPlan(items: try serverItems(authority))
        ofServers.removals = staleDatabases
        return try MailLayout.sendmail.plan(authority, revocationLists: lists).merging(ofServers)
    }

    /// The key as it is, for the group that may read it.
    private func sharedKey() throws(MailCAError) -> [LayoutPlan.Item] {
        let file = path.appending(MailLayout.FileName.privateKey)
        guard let group = try keyGroup(), try FileContent.exists(file) else { return [] }
        return [
            LayoutPlan.Item(
                MailLayout.FileName.privateKey, .secret(SecretBytes(try FileContent.read(file))), mode: 0o640,
                group: group)
        ]
    }

    /// The certificate there has to be one of the CA's, and the key the one that belongs to the new one.
    private func refuseForeign(_ entry: LedgerEntry, _ authority: Authority) throws(MailCAError) {
        let file = path.appending(MailLayout.FileName.certificate)
        if try FileContent.exists(file),
            let present = try? Certificate.all(pem: try FileContent.read(file)).first,
            try authority.ledger.entry(present.serialNumber)?.certificate != present.der
        {
            throw MailCAError(
                .notPermitted, "\(file) is not a certificate of this CA any more, and was left alone",
                hint:
                    "Lay ours out again with mailca issue-server --force, or drop the deployment with mailca maintain --forget \(path)."
            )
        }
        let keyFile = path.appending(MailLayout.FileName.privateKey)
        guard try FileContent.exists(keyFile) else { return }
        var bytes = try FileContent.read(keyFile)
        defer { SecretBytes.wipe(&bytes) }
        // An encrypted one cannot be looked into; verify tells of it.
        guard let key = try? PrivateKey(pem: bytes, passphrase: nil) else { return }
        guard key.publicKey.sha256 == entry.keyFingerprint else {
            throw MailCAError(
                .notPermitted, "the key \(keyFile) does not belong to the certificate \(entry.serialNumber)",
                hint: "Put the right one back, or make a new pair with mailca rekey.")
        }
    }
}
