public import FoundationEssentials
public import MailCA
public import OpenSSLKit
public import SystemPackage

extension Home {
    /// The largest file that is taken for one of a CA's.
    private static let largestFile = 1 << 20

    /// Everything that lies with the CA's certificates: they, and the keys as they are kept.
    /// - Throws: ``MailCAError`` with the codes of reading files.
    public func authorityFiles() throws(MailCAError) -> [AuthorityFile] {
        try FileTransaction.recover(authorities)
        guard try FileContent.exists(authorities) else { return [] }
        var files: [AuthorityFile] = []
        for name in try FileContent.names(in: authorities) where !name.hasPrefix(".") {
            let path = authorities.appending(name)
            guard let status = FileStatus(path, following: true) else { continue }
            // A folder of somebody's is none of them, but where one of them should be.
            guard status.isRegular || name.hasSuffix(".pem") || name.hasSuffix(".key") else { continue }
            var bytes = try FileContent.read(path)
            defer { SecretBytes.wipe(&bytes) }
            guard bytes.count <= Self.largestFile else {
                throw MailCAError(
                    .damaged, "\(path) is too large for a certificate or a key",
                    hint: "Nothing was changed. Move it away.")
            }
            files.append(AuthorityFile(name: name, mode: status.permissions & 0o777, content: SecretBytes(bytes)))
        }
        return files
    }

    /// Sees that the files hold the CA's certificates, that each of its keys is one, and that a key that is not
    /// encrypted belongs to its certificate.
    /// - Parameters:
    ///   - authorities: the CA certificates of the ledger.
    ///   - origin: where the files are, for what is said of them.
    /// - Returns: the names of keys that are not encrypted.
    /// - Throws: ``MailCAError`` with code `damaged`.
    @discardableResult
    public static func check(
        _ files: [AuthorityFile], of authorities: [Certificate], in origin: FilePath
    ) throws(MailCAError) -> [String] {
        func damaged(_ name: String, _ reason: String, _ cause: (any Error)? = nil) -> MailCAError {
            MailCAError(.damaged, "\(name) in \(origin) \(reason)", hint: "Nothing was changed.", cause: cause)
        }
        var open: [String] = []
        for profile in [Profile.root, .issuing] {
            let (name, keyName) = ("\(profile.rawValue).pem", "\(profile.rawValue).key")
            guard let file = files.first(where: { $0.name == name }) else {
                if profile == .issuing { continue }
                throw damaged(name, "is missing")
            }
            guard let certificate = try? Certificate.all(pem: file.content.withBytes { Array($0) }).first else {
                throw damaged(name, "is not a certificate")
            }
            guard authorities.contains(certificate) else { throw damaged(name, "is not the CA that the ledger knows") }
            guard let key = files.first(where: { $0.name == keyName }) else { continue }
            var bytes = key.content.withBytes { Array($0) }
            defer { SecretBytes.wipe(&bytes) }
            let read: PrivateKey?
            do { read = try PrivateKey.checkForm(pem: bytes) } catch { throw damaged(keyName, "is not a key", error) }
            guard let read else { continue }
            open.append(keyName)
            guard let publicKey = try? certificate.publicKey(), read.matches(publicKey) else {
                throw damaged(keyName, "does not belong to \(name)")
            }
        }
        return open
    }

    /// The names of those files that have to be put back, for the CA to work: a certificate that is not the same, a key
    /// that is none. One that is encrypted differently is left as it is.
    /// - Parameter signer: the CA whose key has to be here.
    public func broken(of files: [AuthorityFile], signer: Profile) -> [String] {
        files.filter { file in
            let path = authorities.appending(file.name)
            let isThere = FileStatus(path, following: true) != nil
            guard file.name.hasSuffix(".key") else { return file.name.hasSuffix(".pem") && isThere && differs(file) }
            guard isThere else { return file.name == key(signer).lastComponent?.string }
            guard var bytes = try? FileContent.read(path) else { return true }
            defer { SecretBytes.wipe(&bytes) }
            do throws(PrivateKeyError) {
                guard let read = try PrivateKey.checkForm(pem: bytes) else { return false }
                let stem = file.name.dropLast(4)
                let pem = files.first { $0.name == "\(stem).pem" }?.content.withBytes { Array($0) } ?? []
                guard let owner = try? Certificate.all(pem: pem).first?.publicKey() else { return false }
                return !read.matches(owner)
            } catch { return true }
        }.map(\.name) + missingCertificates(of: files)
    }

    private func missingCertificates(of files: [AuthorityFile]) -> [String] {
        [Profile.root, .issuing].map { "\($0.rawValue).pem" }.filter { name in
            files.contains { $0.name == name } && FileStatus(authorities.appending(name), following: true) == nil
        }
    }

    /// Whether what is here is not the same.
    private func differs(_ file: AuthorityFile) -> Bool {
        let path = authorities.appending(file.name)
        guard FileStatus(path, following: true)?.isRegular == true, var bytes = try? FileContent.read(path) else {
            return true
        }
        defer { SecretBytes.wipe(&bytes) }
        return !(SecretBytes(bytes) == file.content)
    }

    /// The certificate here, where one can be read, that is none of these: of another CA.
    public func stranger(to certificates: [Certificate]) -> (path: FilePath, certificate: Certificate)? {
        for profile in [Profile.root, .issuing] {
            let path = certificate(profile)
            guard let bytes = try? FileContent.read(path), let found = try? Certificate.all(pem: bytes).first else {
                continue
            }
            if !certificates.contains(found) { return (path, found) }
        }
        return nil
    }

    /// Puts the files of a CA back. What is here and differs is kept under a name with the time in it; so is what
    /// belongs to another CA.
    /// - Parameter names: of those to be put back; nil for all.
    /// - Throws: ``MailCAError`` with the codes `permissionDenied`, `noSpace`, `inputOutput`.
    @discardableResult
    public func putBack(
        _ files: [AuthorityFile], only names: [String]? = nil, _ date: Date
    ) throws(MailCAError) -> LayoutPlan.Outcome {
        let transaction = try FileTransaction(directory: authorities, mode: 0o700)
        var others: [String] = []
        for name in try names == nil ? strangers(to: files) : [] {
            let other = "\(name).\(Timestamp.compact(date))"
            guard try !FileContent.exists(authorities.appending(other)) else { continue }
            try transaction.keep(name, as: other)
            transaction.remove(name)
            others.append(other)
        }
        var plan = LayoutPlan(
            items: files.filter { names?.contains($0.name) != false }.map {
                .init($0.name, .secret($0.content), mode: $0.name.hasSuffix(".key") ? 0o600 : $0.mode)
            })
        plan.keepAllOld(date)
        let outcome = try plan.apply(in: transaction)
        return LayoutPlan.Outcome(written: outcome.written, kept: outcome.kept + others, removed: outcome.removed)
    }

    /// Certificates and keys here that the files have nothing in the place of, of another CA than theirs.
    private func strangers(to files: [AuthorityFile]) throws(MailCAError) -> [String] {
        let names = Set(files.map(\.name))
        let differing = Set(files.filter { differs($0) }.map(\.name))
        var strangers: [String] = []
        for profile in [Profile.root, .issuing] {
            let (name, keyName) = ("\(profile.rawValue).pem", "\(profile.rawValue).key")
            // The key of a certificate that is the same may have been put here since.
            guard !names.contains(name) || differing.contains(name) else { continue }
            for name in [name, keyName] where !names.contains(name) {
                if try FileContent.exists(authorities.appending(name)) { strangers.append(name) }
            }
        }
        return strangers
    }
}
