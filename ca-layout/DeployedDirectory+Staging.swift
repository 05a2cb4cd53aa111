public import FoundationEssentials
public import MailCA
import OpenSSLKit

/// The key that comes next: it lies beside the one that is served while its DANE record spreads, and then takes its place.
extension DeployedDirectory {
    /// How it stands with the next key.
    public enum Staging: Sendable {
        case none
        case waiting(LedgerEntry)
        /// The key is here, but its certificate has ended.
        case ended(LedgerEntry)
        case revoked(LedgerEntry)
        /// The key is not here any more, or another one is.
        case lost(LedgerEntry)
    }

    /// - Throws: the errors of `Ledger`.
    public func staging(_ authority: Authority) throws(MailCAError) -> Staging {
        guard let serial = deployment.staged?.certificate, let entry = try authority.ledger.entry(serial) else {
            return .none
        }
        if entry.revocation != nil { return .revoked(entry) }
        guard try stagedKey(of: entry) != nil else { return .lost(entry) }
        return entry.isLive(at: authority.now) ? .waiting(entry) : .ended(entry)
    }

    /// Puts a certificate, and its key where one was made for it, beside the pair that is served. Only root may read the
    /// key, whoever may read the other one: no mail server needs it yet.
    /// - Parameter date: in the names of files that are there and that the ledger does not know any more.
    /// - Throws: `MailCAError` with code `internalFault`.
    public func planOfStaging(_ issued: IssuedCertificate, _ date: Date) throws(MailCAError) -> LayoutPlan {
        var items: [LayoutPlan.Item] = []
        if let key = issued.privateKey {
            let pem = try internally { () throws(OpenSSLError) in try key.pem() }
            items.append(.init(MailLayout.FileName.nextPrivateKey, .secret(pem), mode: 0o600))
        }
        let chain = issued.chainPEM(withIssuer: deployment.sendsIssuer)
        items.append(.init(MailLayout.FileName.nextCertificate, .text(chain)))
        var plan = LayoutPlan(items: items)
        // Another key is not overwritten, whatever became of its certificate.
        if issued.privateKey != nil { plan.keepOld = (MailLayout.nextPairFileNames, date) }
        return plan
    }

    /// Puts the next pair in the place of the one that is served, which is kept under a name with the time in it.
    /// - Throws: `MailCAError` with the codes `notPermitted` (its certificate was revoked, has ended or is for other
    ///   names) and `notFound` (the key is gone), and as `plan`.
    public func planOfSwap(
        _ authority: Authority, _ lists: [SignedRevocationList], _ date: Date
    ) throws(MailCAError) -> LayoutPlan {
        let entry = try swappable(authority)
        guard let key = try stagedKey(of: entry) else { throw lost(entry) }
        let group = try keyGroup()
        let pair = LayoutPlan(items: [
            .init(MailLayout.FileName.privateKey, .secret(key), mode: group == nil ? 0o600 : 0o640, group: group),
            .init(MailLayout.FileName.certificate, .text(sent(entry, authority))),
        ])
        var plan = try planOfAuthority(authority, lists).merging(pair)
        plan.keepOld = (MailLayout.pairFileNames, date)
        plan.removals = MailLayout.nextPairFileNames
        return plan
    }

    /// The deployment as it should stand in the ledger after a swap that was carried out and not noted; nil where there
    /// was none.
    /// - Throws: the errors of `Ledger`.
    public func afterSwap(_ authority: Authority) throws(MailCAError) -> Deployment? {
        guard let serial = deployment.staged?.certificate, let entry = try authority.ledger.entry(serial) else {
            return nil
        }
        let file = path.appending(MailLayout.FileName.certificate)
        guard let bytes = try? FileContent.read(file), let present = try? Certificate.all(pem: bytes).first,
            present.der == entry.certificate
        else { return nil }
        var after = deployment
        after.certificate = serial
        after.staged = nil
        return after
    }

    /// The certificate that is to be put in place.
    private func swappable(_ authority: Authority) throws(MailCAError) -> LedgerEntry {
        let entry: LedgerEntry
        let again = "Run mailca rekey HOST --staged again"
        switch try staging(authority) {
        case .none:
            throw MailCAError(
                .notFound, "no next key is staged in \(path)", hint: "Make one with mailca rekey HOST --staged.")
        case .waiting(let found): entry = found
        case .lost(let found): throw lost(found)
        case .revoked(let found):
            throw MailCAError(
                .notPermitted, "the certificate \(found.serialNumber) of the next key was revoked",
                hint: "\(again): it makes another key.")
        case .ended(let found):
            throw MailCAError(
                .notPermitted,
                "the certificate \(found.serialNumber) of the next key ended on \(Timestamp.readable(found.validity.notAfter))",
                hint: "\(again): it makes a new certificate for that key, and the records stay true.")
        }
        if let served = try certificate(of: authority), served.names != entry.names {
            throw MailCAError(
                .notPermitted,
                "the next certificate is for \(entry.names.joined(separator: ", ")), and the one that is served for \(served.names.joined(separator: ", "))",
                hint: "Give the next key up with mailca rekey HOST --drop, and stage another one.")
        }
        return entry
    }

    private func lost(_ entry: LedgerEntry) -> MailCAError {
        MailCAError(
            .notFound,
            "\(path.appending(MailLayout.FileName.nextPrivateKey)) is not the key of the certificate \(entry.serialNumber), or not there",
            hint: "Put it back, or make another one with mailca rekey HOST --staged.")
    }

    /// The next key as it lies there; nil where it is not the certificate's.
    private func stagedKey(of entry: LedgerEntry) throws(MailCAError) -> SecretBytes? {
        let file = path.appending(MailLayout.FileName.nextPrivateKey)
        guard try FileContent.exists(file) else { return nil }
        var bytes = try FileContent.read(file)
        defer { SecretBytes.wipe(&bytes) }
        guard let key = try? PrivateKey(pem: bytes, passphrase: nil), key.publicKey.sha256 == entry.keyFingerprint
        else { return nil }
        return SecretBytes(bytes)
    }
}
