/// Something that is wrong with what a mail server reads, whichever server that is.
enum Fault: Hashable, Sendable {
    /// What a file is for.
    enum Role: Hashable, Sendable, CaseIterable {
        case certificate, key, authorities, lists, authoritiesAndLists
        /// Postfix's map of those that are revoked, and Exim's list of those that may relay.
        case postfixRevoked, eximClients

        var name: String {
            switch self {
            case .certificate: Snapshot.Name.certificate
            case .key: Snapshot.Name.privateKey
            case .authorities: Snapshot.Name.authorities
            case .lists: Snapshot.Name.revocationLists
            case .authoritiesAndLists: Snapshot.Name.authoritiesAndLists
            case .postfixRevoked: Snapshot.Name.postfixRevoked
            case .eximClients: Snapshot.Name.eximClients
            }
        }
    }

    case missing(Role)
    /// Nothing in it is what should be.
    case malformed(Role)
    /// The server may not read it.
    case unreadable(Role)
    case encryptedKey, keyInDER
    /// The key belongs to no certificate in cert.pem.
    case mismatch
    /// The key belongs to one that is not the first.
    case leafNotFirst
    /// The CA certificates between the server's and the root are not in cert.pem.
    case issuerNotSent
    /// They are not in cacert.pem.
    case issuerNotTrusted
    /// The list of a CA is not there, or is another CA's.
    case listMissing(ofSigner: Bool)
    case listExpired(ofSigner: Bool)
    case listNotYetValid
    /// The database was made before the map was changed.
    case databaseOld
}
