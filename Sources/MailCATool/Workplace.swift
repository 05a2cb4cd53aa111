import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// A CA that is there, opened for a command: its directory, its ledger, and itself with the keys still locked.
struct Workplace {
    let home: Home
    let ledger: SQLiteLedger
    private(set) var authority: Authority

    /// - Throws: ``MailCAError`` with the codes `notFound` (there is no CA), `damaged`, and those of ``Ledger``.
    init(_ options: CommonOptions) throws(MailCAError) {
        home = options.homeDirectory
        guard try FileContent.exists(home.ledger) else {
            guard try !home.filesOfAuthorities().isEmpty else {
                throw MailCAError(
                    .notFound, "there is no CA in \(home.path)",
                    hint: "Make one with mailca init-ca, or say where it is with --home.")
            }
            throw MailCAError(
                .damaged, "there are CA files in \(home.authorities), but no ledger \(home.ledger)",
                hint: "Nothing was changed. Put the ledger back from a backup: mailca restore FILE.")
        }
        try options.checkPlaces()
        ledger = try SQLiteLedger(path: home.ledger, mode: .existing, caller: .current)
        if try Restoration.finish(ledger, home) != nil {
            Messages.note(
                "a command was stopped while it put the CA back: the files in \(home.authorities) are in place now")
        }
        let certificates = try home.certificates()
        try Self.closeUnfinished(ledger, certificates)
        guard let authority = try Authority.open(ledger: ledger) else {
            throw MailCAError(
                certificates.isEmpty ? .notFound : .damaged,
                certificates.isEmpty
                    ? "no CA was completed in \(home.path)"
                    : "the ledger \(home.ledger) does not know the CA in \(home.authorities)",
                hint: certificates.isEmpty
                    ? "Run mailca init-ca again." : "Put the ledger back from a backup: mailca restore FILE.")
        }
        guard authority.certificates.allSatisfy({ certificates.contains($0) }) else {
            throw MailCAError(
                .damaged, "the CA certificates in \(home.authorities) are not those of the ledger",
                hint: "Nothing was changed. Put the files back from a backup: mailca restore FILE.")
        }
        self.authority = authority
        try Self.warnOfClock(ledger)
    }

    /// What is made by a clock that was set back is older than what was made before.
    private static func warnOfClock(_ ledger: SQLiteLedger) throws(MailCAError) {
        guard let last = try ledger.lastAct(), last.date > Date().addingTimeInterval(300) else { return }
        Messages.warning(
            "this machine's clock is behind: the CA's last act is of \(Timestamp.readable(last.date)). Set it before anything is issued or revoked"
        )
    }

    /// The CA, where there is one that may be looked into.
    static func whereThere(_ options: CommonOptions) throws(MailCAError) -> Workplace? {
        do {
            guard try options.homeDirectory.isUsed() else {
                // One that was named has to be there.
                return options.home == nil ? nil : try Workplace(options)
            }
            return try Workplace(options)
        } catch {
            // Who has no business with the CA can still look at files.
            guard error.code == .permissionDenied && options.home == nil else { throw error }
            Messages.note(
                "the CA in \(options.homeDirectory.path.string) was not looked at: \(error.message)")
            return nil
        }
    }

    /// More than so many are only counted: a list that was stopped has thousands.
    private static let mostNamed = 5

    /// Ends what a killed command left, and says what it was.
    static func closeUnfinished(_ ledger: SQLiteLedger, _ certificates: [Certificate]) throws(MailCAError) {
        let closed = try ledger.closeUnfinished(published: certificates)
        let abandoned = closed.count { $0.state != .issued }
        if abandoned > mostNamed {
            Messages.note(
                "a command was stopped before it had made \(abandoned) certificates: their numbers are given up")
        }
        for entry in closed where entry.state == .issued || abandoned <= mostNamed {
            let names = entry.names.joined(separator: ", ")
            Messages.note(
                entry.state == .issued
                    ? "a command was stopped after it had signed the CA \(entry.serialNumber): it is complete now"
                    : "a command was stopped before it had made the certificate for \(names): its number \(entry.serialNumber) is given up"
            )
        }
    }

    /// Opens the key that signs servers and users. Nothing was changed where that fails.
    mutating func unlock(_ passphrase: PassphraseOptions) throws(MailCAError) {
        let profile: Profile = authority.certificates.count > 1 ? .issuing : .root
        let secret = try home.keyIsEncrypted(profile) == true ? try passphrase.read(isNew: false) : nil
        let key = try home.openKey(profile, passphrase: secret)
        do {
            authority = try authority.unlocked(with: key)
        } catch {
            throw MailCAError(
                error.code, "\(home.key(profile).string): \(error.message)", hint: error.hint, cause: error)
        }
        try settleKeys()
    }

    /// Notes which new keys were put in place by a command that was stopped before it had said so.
    func settleKeys() throws(MailCAError) {
        for directory in try ledger.deployments().map({ DeployedDirectory($0) }) {
            if directory.deployment.staged != nil {
                Messages.tell(recovered: (try? FileTransaction.recover(directory.path)) ?? [], in: directory.path)
            }
            guard let after = try directory.withNewKey(authority) else { continue }
            try ledger.remember(after)
            Messages.note("a command was stopped after it had put a new key in \(directory.path) in place")
            guard after.reload else { continue }
            do throws(MailCAError) { try directory.tellServers(changed: MailLayout.pairFileNames) } catch {
                Messages.warning(error.message)
            }
        }
    }

    /// What new revocation lists would change, links aside.
    func plannedFiles(_ options: CommonOptions) -> [FileResult] {
        MailLayout.authorityFileNames(count: authority.certificates.count).map {
            FileResult(path: options.certsDirectory.appending($0), mode: "0644")
        }
    }

    /// Makes new revocation lists and puts them, with all that tells of the CA, where mail servers read them.
    func publishRevocationLists(
        in transaction: FileTransaction, days: Int? = nil, anew: Bool = true
    ) throws(MailCAError) -> [FileResult] {
        try layOut(in: transaction, anew ? authority.revocationLists(days: days) : authority.latestRevocationLists())
    }

    /// Brings a directory and every other deployment up to date.
    /// - Parameter transaction: on the directory that the command is about; it is ended.
    /// - Returns: what was written.
    /// - Throws: the first failure, after all deployments were tried.
    func layOut(
        in transaction: FileTransaction, _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> [FileResult] {
        let deployments = try ledger.deployments()
        let own = transaction.directory
        var failure: MailCAError?
        var files: [FileResult] = []
        let mine = deployments.first { $0.directory == own.string } ?? Deployment(directory: own.string)
        do throws(MailCAError) {
            let directory = DeployedDirectory(mine)
            let written = try directory.plan(authority, lists).apply(in: transaction).written
            try ledger.remember(mine)
            files += written.map { FileResult($0, in: own) }
            if mine.reload { try directory.tellServers(changed: Set(written.map(\.name))) }
        } catch { failure = error }
        do throws(MailCAError) { files += try layOutElsewhere(than: own, lists) } catch {
            if failure == nil { failure = error } else { Messages.error(error) }
        }
        if let failure { throw failure }
        return files
    }

    /// Brings every deployment but one up to date.
    /// - Returns: what was written.
    /// - Throws: the first failure, after all were tried.
    func layOutElsewhere(
        than own: FilePath, _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> [FileResult] {
        try layOut(try ledger.deployments().filter { $0.directory != own.string }.map { DeployedDirectory($0) }, lists)
    }

    /// Brings the lists of certificates that mail servers go by up to date, where there are any: somebody got one, and
    /// was told so.
    /// - Throws: the exit status of what went wrong, which was said.
    func refreshLists() throws {
        do throws(MailCAError) {
            let directories = try ledger.deployments().map { DeployedDirectory($0) }.filter(\.listsCertificates)
            if !directories.isEmpty { _ = try layOut(directories, try authority.latestRevocationLists()) }
        } catch {
            Messages.error(
                MailCAError(
                    error.code, "made, but a mail server does not know yet: \(error.message)",
                    hint: "\(error.hint.map { "\($0) " } ?? "")Then run mailca deploy.", cause: error))
            throw ExitCode(ExitStatus.of(error.code))
        }
    }

    private func layOut(
        _ directories: [DeployedDirectory], _ lists: [SignedRevocationList]
    ) throws(MailCAError) -> [FileResult] {
        var failure: MailCAError?
        var files: [FileResult] = []
        for directory in directories {
            do throws(MailCAError) {
                let written = try directory.plan(authority, lists).apply(under: directory.path).written
                files += written.map { FileResult($0, in: directory.path) }
                if directory.deployment.reload { try directory.tellServers(changed: Set(written.map(\.name))) }
            } catch {
                if failure == nil { failure = error } else { Messages.error(error) }
            }
        }
        if let failure { throw failure }
        return files
    }

    /// Opens the root's key where it is kept offline.
    /// - Parameter path: of its file; nil for the one in the CA's home.
    mutating func unlockRoot(_ path: FilePath?, _ passphrase: PassphraseOptions) throws(MailCAError) {
        let isEncrypted = try path.map { (path) throws(MailCAError) in
            PrivateKey.isEncrypted(pem: try FileContent.read(path))
        }
        let here = try home.keyIsEncrypted(.root)
        let secret = isEncrypted ?? here == true ? try passphrase.read(isNew: false) : nil
        authority = try authority.unlocked(with: home.openKey(.root, at: path, passphrase: secret))
    }
}

extension FileTransaction {
    /// Begins to write where a mail server or a user will find it: the room is taken, and what a killed command left
    /// is ended, which is said.
    static func begin(_ directory: FilePath, mode: UInt32 = 0o755) throws(MailCAError) -> FileTransaction {
        let transaction = try FileTransaction(directory: directory, mode: mode)
        Messages.tell(recovered: transaction.recovered, in: directory)
        // More than all files of a CA and a server take together.
        _ = try transaction.reserve(bytes: 256 << 10)
        return transaction
    }
}

extension Messages {
    static func tell(recovered names: [String], in directory: FilePath) {
        guard !names.isEmpty else { return }
        note(
            "a command was stopped while it changed \(directory.string): \(names.joined(separator: ", ")) are in place now"
        )
    }
}
