public import MailCA
import OpenSSLKit
import SystemPackage

extension DeployedDirectory {
    /// The deployment with the certificate that lies there now, where that is one of the CA's and the key beside belongs
    /// to it: a ledger that was put back may know an older one.
    /// - Throws: the errors of `Ledger`.
    public func asFound(by ledger: any Ledger) throws(MailCAError) -> Deployment {
        let file = path.appending(MailLayout.FileName.certificate)
        guard let bytes = try? FileContent.read(file), let present = try? Certificate.all(pem: bytes).first,
            let entry = try ledger.entry(present.serialNumber), entry.certificate == present.der,
            entry.profile == .server, keyBelongs(to: entry)
        else { return deployment }
        var found = deployment
        found.certificate = entry.serialNumber
        if found.staged?.certificate == entry.serialNumber { found.staged = nil }
        return found
    }

    /// The deployment as it should stand in the ledger after a new pair for the same names, staged before or not, was put
    /// in place and not noted; nil where there was none.
    /// - Throws: the errors of `Ledger`.
    public func withNewKey(_ authority: Authority) throws(MailCAError) -> Deployment? {
        if let swapped = try afterSwap(authority) { return swapped }
        let found = try asFound(by: authority.ledger)
        guard let serial = deployment.certificate, let new = found.certificate, new != serial,
            let before = try authority.ledger.entry(serial), let after = try authority.ledger.entry(new),
            after.names == before.names, after.createdAt >= before.createdAt,
            after.keyFingerprint != before.keyFingerprint
        else { return nil }
        return found
    }

    /// Whether the key there, if there is one that can be looked into, is that of the certificate.
    private func keyBelongs(to entry: LedgerEntry) -> Bool {
        guard var bytes = try? FileContent.read(path.appending(MailLayout.FileName.privateKey)) else { return true }
        defer { SecretBytes.wipe(&bytes) }
        guard let key = try? PrivateKey(pem: bytes, passphrase: nil) else { return true }
        return key.publicKey.sha256 == entry.keyFingerprint
    }
}
