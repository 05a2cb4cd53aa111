public import MailCA
import OpenSSLKit

/// Where a mail server wants which file.
public struct MailLayout: Sendable {
    /// The names that all mail servers' configurations here use (`/etc/mail/certs` form).
    public enum FileName {
        public static let certificate = "cert.pem"
        public static let privateKey = "privkey.pem"
        /// What comes after these two; no mail server reads it.
        public static let nextCertificate = "cert.next.pem"
        public static let nextPrivateKey = "privkey.next.pem"
        public static let authorities = "cacert.pem"
        public static let revocationLists = "crl.pem"
        public static let authoritiesAndLists = "ca-crl.pem"
        public static let sendmailAccess = "sendmail.access"
        public static let eximClients = EximConfiguration.clientsList
        public static let postfixRevoked = PostfixConfiguration.revokedMap
        public static let postfixClients = PostfixConfiguration.clientsMap

        /// The CA certificate of that number alone, counted from the one that signs.
        public static func authority(_ number: Int) -> String { "ca-\(number).pem" }
        /// The revocation list of that CA alone.
        public static func revocationList(_ number: Int) -> String { "crl-\(number).pem" }
    }

    /// The server's certificate and key.
    public static let pairFileNames: Set = [FileName.certificate, FileName.privateKey]

    /// Those that come next.
    public static let nextPairFileNames: Set = [FileName.nextCertificate, FileName.nextPrivateKey]

    /// The files of a CA whose chain has so many certificates, links aside.
    public static func authorityFileNames(count: Int) -> [String] {
        [FileName.authorities, FileName.revocationLists, FileName.authoritiesAndLists]
            + (1...count).flatMap { [FileName.authority($0), FileName.revocationList($0)] } + [FileName.sendmailAccess]
    }

    public let server: MailServer

    /// Sendmail, and with it every server that reads the one directory.
    public static let sendmail = MailLayout(server: .sendmail)

    /// The files of a server certificate that no CA signed.
    /// - Throws: `MailCAError` with code `internalFault`.
    public func plan(selfSigned issued: IssuedCertificate) throws(MailCAError) -> LayoutPlan {
        var items = try pair(issued)
        items.append(
            HashLinks.certificate(try linkHash(issued.certificate), file: FileName.certificate))
        return LayoutPlan(items: items)
    }

    /// The files of a server certificate that a CA signed, and those of the CA.
    /// - Parameters:
    ///   - issued: the server's certificate.
    ///   - authority: the CA that signed it.
    ///   - crl: the newest revocation list of the CA that signs; those of CAs above it come from its ledger.
    /// - Throws: `MailCAError` with the codes `internalFault`, `invalidName`, and those of `Ledger`.
    public func plan(
        _ issued: IssuedCertificate, issuedBy authority: Authority, crl: SignedRevocationList
    ) throws(MailCAError) -> LayoutPlan {
        let above = try authority.latestRevocationLists().dropFirst()
        guard above.count == authority.certificates.count - 1 else {
            throw MailCAError(
                .notFound, "the ledger has no revocation list of the root, and without it every user is refused",
                hint: "Make one with the root's key first.")
        }
        return try plan(authority, revocationLists: [crl] + above).merging(LayoutPlan(items: pair(issued)))
    }

    /// The files of a server certificate alone, where those of its CA are in place.
    public func plan(_ issued: IssuedCertificate) throws(MailCAError) -> LayoutPlan {
        LayoutPlan(items: try pair(issued))
    }

    /// The files of a CA: its certificates, its revocation lists, the links to both, and who may relay.
    /// - Parameters:
    ///   - authority: the CA.
    ///   - revocationLists: in the order of the authority's certificates, the one that signs first: Sendmail reads only
    ///     the first list of a file.
    /// - Throws: `MailCAError` with the codes `internalFault`, `invalidName` (Sendmail cannot match the CA's name).
    public func plan(
        _ authority: Authority, revocationLists: [SignedRevocationList]
    ) throws(MailCAError) -> LayoutPlan {
        let certificates = authority.certificates.map(\.pem)
        let lists = revocationLists.map { LayoutPlan.Piece.list($0) }
        var items: [LayoutPlan.Item] = [
            .init(FileName.authorities, .text(certificates.joined())),
            .init(FileName.revocationLists, .sequence(lists)),
            .init(FileName.authoritiesAndLists, .sequence([.text(certificates.joined())] + lists)),
        ]
        for (index, certificate) in authority.certificates.enumerated() {
            let name = FileName.authority(index + 1)
            items.append(.init(name, .text(certificate.pem)))
            items.append(HashLinks.certificate(try linkHash(certificate), file: name))
        }
        for (index, list) in revocationLists.enumerated() {
            let name = FileName.revocationList(index + 1)
            guard let issuer = authority.certificates.first(where: { $0.serialNumber == list.issuer }) else {
                throw MailCAError(.internalFault, "list number \(list.number) is not one of this CA's")
            }
            let hash = try linkHash(issuer)
            items.append(.init(name, .sequence([.list(list)])))
            items.append(HashLinks.revocationList(hash, file: name))
        }
        items.append(.init(FileName.sendmailAccess, .text(try SendmailAccess.map(of: authority))))
        return LayoutPlan(items: items)
    }

    /// Certificate and key. The key goes first: between the two a server that starts sees the old certificate.
    private func pair(_ issued: IssuedCertificate) throws(MailCAError) -> [LayoutPlan.Item] {
        var items: [LayoutPlan.Item] = []
        if let key = issued.privateKey {
            let pem = try internally { () throws(OpenSSLError) in try key.pem() }
            items.append(.init(FileName.privateKey, .secret(pem), mode: 0o600))
        }
        items.append(.init(FileName.certificate, .text(issued.chainPEM)))
        return items
    }

    private func linkHash(_ certificate: Certificate) throws(MailCAError) -> String {
        try internally { () throws(OpenSSLError) in try certificate.subject().linkHash() }
    }
}

/// Runs work of OpenSSL's that is not expected to fail, and reports a failure as our own fault.
func internally<Result>(_ work: () throws(OpenSSLError) -> Result) throws(MailCAError) -> Result {
    do { return try work() } catch { throw MailCAError(.internalFault, error.description, cause: error) }
}
