import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// The CA's own state on disk: its ledger, its certificates, its encrypted keys. Only its owner may look in.
public struct Home: Sendable {
    public let path: FilePath

    public init(_ path: FilePath) { self.path = path }

    public var ledger: FilePath { path.appending("ledger.sqlite") }
    public var authorities: FilePath { path.appending("ca") }
    public func certificate(_ profile: Profile) -> FilePath { authorities.appending("\(profile.rawValue).pem") }
    public func key(_ profile: Profile) -> FilePath { authorities.appending("\(profile.rawValue).key") }

    /// Whether there is something of a CA here.
    /// - Throws: `MailCAError` with code `permissionDenied` where one may not look.
    public func isUsed() throws(MailCAError) -> Bool {
        if try FileContent.exists(ledger) { return true }
        return try !filesOfAuthorities().isEmpty
    }

    /// The names of the CA's certificates and keys that lie here.
    public func filesOfAuthorities() throws(MailCAError) -> [String] {
        var names: [String] = []
        for path in [Profile.issuing, .root].flatMap({ [certificate($0), key($0)] }) where try FileContent.exists(path)
        {
            if let name = path.lastComponent { names.append(name.string) }
        }
        return names
    }

    /// Makes the directory where there is none, for its owner alone.
    /// - Returns: the directories that were made, the deepest last; empty where it was there before.
    @discardableResult
    public func prepare() throws(MailCAError) -> [FilePath] {
        let made = try DirectoryMaker.make(path, mode: 0o700)
        for path in made { DirectoryMaker.sync(parentOf: path) }
        return made
    }

    /// Puts the certificates and keys of a new CA in their places.
    /// - Parameters:
    ///   - members: root first.
    ///   - passphrase: encrypts the keys; nil leaves them open to whoever can read the files.
    ///   - rootKey: where the root's key goes instead, to be taken away.
    /// - Throws: `MailCAError` with the codes `alreadyExists`, `permissionDenied`, `noSpace`, `inputOutput`.
    public func keep(
        _ members: [Authority.Member], passphrase: SecretBytes?, rootKey: FilePath? = nil
    ) throws(MailCAError) {
        if let name = try filesOfAuthorities().first {
            throw MailCAError(
                .alreadyExists, "\(authorities.appending(name)) is there already, and a key is never overwritten",
                hint: "It was not touched. For a new CA give another --home.")
        }
        var items: [LayoutPlan.Item] = []
        for member in members {
            let pem = try internally { () throws(OpenSSLError) in
                guard let passphrase else { return try member.key.pem() }
                return SecretBytes(try member.key.encryptedPEM(passphrase: passphrase))
            }
            items.append(.init("\(member.profile.rawValue).pem", .text(member.certificate.pem)))
            if member.profile == .root, let rootKey {
                try Self.keepApart(pem, at: rootKey)
            } else {
                items.append(.init("\(member.profile.rawValue).key", .secret(pem), mode: 0o600))
            }
        }
        do throws(MailCAError) {
            try LayoutPlan(items: items).apply(under: authorities, directoryMode: 0o700)
        } catch {
            // The root that it belongs to was never made.
            if let rootKey { unlink(rootKey.string) }
            throw error
        }
    }

    private static func keepApart(_ key: SecretBytes, at path: FilePath) throws(MailCAError) {
        guard let name = path.lastComponent?.string else {
            throw MailCAError(
                .invalidParameters, "\(path.string) names no file", hint: "Name a new file for the root's key.")
        }
        var plan = LayoutPlan(items: [.init(name, .secret(key), mode: 0o600)])
        plan.mustBeNew = [name]
        do { try plan.apply(under: path.removingLastComponent()) } catch {
            guard error.code == .alreadyExists else { throw error }
            throw MailCAError(
                .alreadyExists, "\(path.string) is there already, and a key is never overwritten",
                hint: "Name a new file for the root's key.", cause: error)
        }
    }

    /// The CA certificates that lie here.
    /// - Throws: `MailCAError` with code `damaged` where one cannot be read as a certificate.
    public func certificates() throws(MailCAError) -> [Certificate] {
        try FileTransaction.recover(authorities)
        var certificates: [Certificate] = []
        for profile in [Profile.issuing, .root] where try FileContent.exists(certificate(profile)) {
            let path = certificate(profile)
            do { certificates.append(try Certificate.all(pem: try FileContent.read(path))[0]) } catch {
                throw error as? MailCAError
                    ?? MailCAError(
                        .damaged, "the CA certificate \(path) is damaged: \(error)",
                        hint: "Nothing was changed. Put the file back from a backup: mailca restore FILE.", cause: error
                    )
            }
        }
        return certificates
    }

    /// Whether the key of that CA lies here, and whether it wants a passphrase.
    /// - Returns: nil where it does not lie here.
    public func keyIsEncrypted(_ profile: Profile) throws(MailCAError) -> Bool? {
        guard try FileContent.exists(key(profile)) else { return nil }
        return PrivateKey.isEncrypted(pem: try readKey(key(profile)))
    }

    /// Opens the key of that CA.
    /// - Parameter other: where it lies, if not here.
    /// - Throws: `MailCAError` with the codes `keyNotHere`, `wrongPassphrase`, `passphraseNeeded`, `damaged`, and those
    ///   of reading a file.
    public func openKey(
        _ profile: Profile, at other: FilePath? = nil, passphrase: SecretBytes?
    ) throws(MailCAError) -> PrivateKey {
        let path = other ?? key(profile)
        guard try FileContent.exists(path) else {
            let isElsewhere = profile == .root && other == nil && FileStatus(certificate(.issuing)) != nil
            throw MailCAError(
                .keyNotHere, "the CA's key \(path) is not there",
                hint: isElsewhere
                    ? "The root's key is kept elsewhere: bring it, and name its file with --root-key."
                    : "Put it back from where it is kept, or from a backup: mailca restore FILE.")
        }
        let pem = try readKey(path)
        do { return try PrivateKey(pem: pem, passphrase: passphrase) } catch {
            switch error {
            case .wrongPassphrase:
                throw MailCAError(
                    .wrongPassphrase, "the passphrase does not open the CA's key \(path)",
                    hint: "Nothing was changed. Try again with the passphrase given to mailca init-ca.", cause: error)
            case .passphraseNeeded:
                throw MailCAError(
                    .passphraseNeeded, "the CA's key \(path) is encrypted, and there is no passphrase",
                    hint: "Give it at the terminal, or with --passphrase-file.", cause: error)
            case .unreadable(let reason):
                throw MailCAError(
                    .damaged, "the CA's key \(path) is damaged: \(reason)",
                    hint: "Nothing was changed. Put the file back from a backup: mailca restore FILE.", cause: error)
            }
        }
    }

    private func readKey(_ path: FilePath) throws(MailCAError) -> [UInt8] {
        do { return try FileContent.read(path) } catch {
            guard error.code == .damaged else { throw error }
            throw MailCAError(
                .damaged, "the CA's key cannot be read: \(error.message)",
                hint: "Nothing was changed. Put the file back from a backup: mailca restore FILE.", cause: error)
        }
    }
}
