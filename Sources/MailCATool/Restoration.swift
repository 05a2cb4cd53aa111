import FoundationEssentials
import Glibc
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// The putting back of a CA from a backup: it finds out what is there, and leaves alone what is whole.
struct Restoration {
    /// What is in the home before.
    enum Situation {
        /// No CA.
        case empty
        /// A CA that cannot be used, and why not.
        case damaged(String)
        /// The ledger is whole, and knows more than the backup; these files of the CA are not.
        case filesOnly([String])
        /// This backup was put back, and nothing was done since.
        case restored
        /// A CA that is whole.
        case whole(String)
    }

    let home: Home
    let backup: LedgerBackup
    let force: Bool
    let now: Date

    init(_ file: FilePath, home: Home, force: Bool) throws(MailCAError) {
        self.home = home
        self.force = force
        now = Date()
        backup = try LedgerBackup(verifying: file)
        try Home.check(backup.files, of: backup.authorities, in: file)
    }

    /// - Throws: ``MailCAError`` with code `busy` where somebody is just making a CA, and those of ``Ledger``.
    func situation() throws(MailCAError) -> Situation {
        guard try FileContent.exists(home.ledger) else {
            return try home.filesOfAuthorities().isEmpty ? .empty : .damaged("there is no ledger \(home.ledger)")
        }
        do throws(MailCAError) {
            let ledger = try SQLiteLedger(path: home.ledger, mode: .existing, caller: .current)
            defer { ledger.close() }
            try Self.finish(ledger, home)
            try ledger.check()
            return try situation(of: ledger)
        } catch {
            switch error.code {
            case .damaged: return .damaged(error.message)
            case .ledgerIsNewer where force: return .whole(error.message)
            default: throw error
            }
        }
    }

    private func situation(of ledger: SQLiteLedger) throws(MailCAError) -> Situation {
        guard let authority = try Authority.open(ledger: ledger) else {
            _ = try ledger.closeUnfinished(published: (try? home.certificates()) ?? [])
            guard try ledger.count(LedgerQuery(states: [.pending])) == 0 else {
                throw MailCAError(
                    .busy, "another command is making a CA in \(home.path)",
                    hint: "Nothing was changed. Look at it with mailca verify.")
            }
            return .empty
        }
        let name = authority.certificateFields.last.map { "\($0.subject)" } ?? ""
        if backup.authorities.contains(authority.root) {
            let broken = home.broken(of: backup.files, signer: authority.certificates.count > 1 ? .issuing : .root)
            guard broken.isEmpty else { return .filesOnly(broken) }
            if let last = try ledger.lastAct(), last.kind == .restored, last.subject == backup.path.string,
                last.note == backup.restoredNote
            {
                return .restored
            }
        }
        return .whole("there is a CA in \(home.path) already, and it is whole: \(name)")
    }

    /// - Throws: ``MailCAError`` with code `alreadyExists` where something is there that is not to be replaced unasked.
    func refuse(_ situation: Situation) throws(MailCAError) {
        guard !force else { return }
        switch situation {
        case .whole(let reason):
            throw MailCAError(
                .alreadyExists, reason,
                hint:
                    "It was not touched. --force puts the backup in its place and keeps it beside; --from DIR enters certificates that it does not know."
            )
        case .damaged, .empty:
            guard let other = home.stranger(to: backup.authorities) else { return }
            let name = (try? other.certificate.subject().description) ?? ""
            throw MailCAError(
                .alreadyExists, "\(other.path) is of another CA than the backup: \(name)",
                hint: "Nothing was changed. Use that CA's backup, or give --force, which keeps the file beside.")
        case .filesOnly, .restored: return
        }
    }

    /// What putting back did.
    struct Outcome {
        /// What was being made when the backup was, and is given up now.
        var abandoned: [LedgerEntry] = []
        var written: [FileResult] = []
        /// The paths that old files have now.
        var kept: [FilePath] = []
    }

    /// Makes the ledger beside the one that is there, and then puts it in its place, and the files after it.
    /// - Parameter recover: as for ``LedgerBackup/makeLedger(at:caller:clock:recover:)``.
    func replaceLedger(
        _ situation: Situation, recover: (SQLiteLedger) throws(MailCAError) -> [SerialNumber: Date]
    ) throws(MailCAError) -> Outcome {
        Messages.noteWork(on: backup.certificateCount)
        let made = try home.prepare()
        var outcome = Outcome()
        do throws(MailCAError) {
            let staged = try StagedLedger(for: home.ledger)
            outcome.abandoned = try backup.makeLedger(at: staged.path, caller: .current, recover: recover)
            let isReadable = if case .damaged = situation { false } else { true }
            outcome.kept = try staged.takePlace(keepingOldAs: Timestamp.compact(now), isReadable: isReadable)
        } catch {
            for path in made.reversed() { rmdir(path.string) }
            throw error
        }
        outcome.written.append(FileResult(path: home.ledger, mode: "0600"))
        do throws(MailCAError) {
            let ledger = try SQLiteLedger(path: home.ledger, mode: .existing, caller: .current)
            outcome.add(try Self.finish(ledger, home, now), in: home)
        } catch {
            throw MailCAError(
                error.code, "the ledger is put back, and the CA's files are not yet: \(error.message)",
                hint: "\(error.hint ?? "") The next command then puts them back.", cause: error)
        }
        return outcome
    }

    /// Puts back files of the CA alone.
    func replaceFiles(_ names: [String]) throws(MailCAError) -> Outcome {
        StagedLedger.removeAbandoned(beside: home.ledger)
        var outcome = Outcome()
        outcome.add(try home.putBack(backup.files, only: names, now), in: home)
        return outcome
    }

    /// Ends what a stopped restore left: the files of the CA that are still in the ledger are put in their places.
    /// - Returns: nil where there was nothing to do.
    @discardableResult
    static func finish(
        _ ledger: SQLiteLedger, _ home: Home, _ now: Date = Date()
    ) throws(MailCAError) -> LayoutPlan.Outcome? {
        let files = try ledger.filesOfBackup()
        guard !files.isEmpty else { return nil }
        let outcome = try home.putBack(files, now)
        try ledger.forgetFilesOfBackup()
        return outcome
    }
}

extension Restoration.Outcome {
    fileprivate mutating func add(_ files: LayoutPlan.Outcome?, in home: Home) {
        written += files?.written.map { FileResult($0, in: home.authorities) } ?? []
        kept += files?.kept.map { home.authorities.appending($0) } ?? []
    }
}
