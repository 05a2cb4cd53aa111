import MailCA
import MailLayouts
import SQLiteLedger
import SystemPackage

/// Where a backup goes.
struct BackupTarget {
    let path: FilePath
    private let name: String
    private let replacing: Bool

    /// - Throws: ``MailCAError`` with the codes `invalidParameters`, `notFound`, `alreadyExists`.
    init(_ path: FilePath, home: Home, replacing: Bool) throws(MailCAError) {
        guard let name = path.lastComponent?.string, FileStatus(path, following: true)?.isDirectory != true else {
            throw MailCAError(
                .invalidParameters, "\(path) is a directory, where a file should be",
                hint: "Name a file in it, such as \(path.appending("mailca.backup")).")
        }
        let directory = path.removingLastComponent()
        guard FileStatus(directory, following: true)?.isDirectory == true else {
            throw MailCAError(
                .notFound, "there is no directory \(directory) for the backup",
                hint: "Make it, or mount the disk that it is on. None is made here: it might fill another disk.")
        }
        let real = FileContent.real(directory)
        guard !(real == FileContent.real(home.path) && name.hasPrefix("ledger.sqlite")),
            real != FileContent.real(home.authorities)
        else {
            throw MailCAError(
                .invalidParameters, "\(path) is a place of the CA's own files", hint: "Name a file on another disk.")
        }
        self.path = path
        self.name = name
        self.replacing = replacing
        if let status = FileStatus(path) {
            guard replacing else {
                throw MailCAError(
                    .alreadyExists, "\(path) is there already",
                    hint: "It was not touched. Name a new file, or replace it with --force.")
            }
            guard status.isRegular || status.isLink else {
                throw MailCAError(
                    .alreadyExists, "\(path) is not a plain file, and no backup takes its place",
                    hint: "It was not touched. Name a new file.")
            }
        }
    }

    /// Copies, verifies, and only then gives the file its name.
    func write(_ workplace: Workplace, _ files: [AuthorityFile]) throws(MailCAError) -> LedgerBackup {
        let transaction = try FileTransaction.begin(path.removingLastComponent())
        if !replacing { try transaction.refuse([name]) }
        let ledger = workplace.ledger
        let count = try ledger.count(LedgerQuery(states: [.issued]))
        Messages.noteWork(on: count)
        try ledger.check()
        try ledger.note(.backedUp, subject: path.string, note: "\(count) certificates")
        var backup: LedgerBackup?
        try transaction.take(name, mode: 0o600) { (temporary) throws(MailCAError) in
            try ledger.copy(
                to: temporary, as: path, files: files, program: MailCACommand.configuration.version)
            backup = try Self.verified(temporary, path, ledger)
        }
        try transaction.commit()
        guard let backup else { throw MailCAError(.internalFault, "the backup was not made") }
        return backup
    }

    private static func verified(
        _ copy: FilePath, _ path: FilePath, _ ledger: SQLiteLedger
    ) throws(MailCAError) -> LedgerBackup {
        do throws(MailCAError) {
            let backup = try LedgerBackup(verifying: copy, as: path)
            try Home.check(backup.files, of: backup.authorities, in: path)
            return backup
        } catch {
            guard error.code == .damaged else { throw error }
            throw MailCAError(
                .damaged,
                "no backup was made, because what is in the ledger \(ledger.path) is not sound: \(error.message)",
                hint: "Look at it with mailca verify. An earlier backup is put back with mailca restore FILE.",
                cause: error)
        }
    }
}
