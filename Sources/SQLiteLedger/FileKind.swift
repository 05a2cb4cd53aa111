import GRDB
import Glibc
import MailCA
import SystemPackage

/// Which of our databases it is: what it is called, and what helps where it is damaged.
enum FileKind {
    case ledger
    case backup

    var name: String {
        switch self {
        case .ledger: "ledger"
        case .backup: "backup"
        }
    }

    /// What is said where one is damaged.
    var remedy: String {
        switch self {
        case .ledger: "Nothing was changed. Put the ledger back from a backup: mailca restore FILE."
        case .backup: "Nothing was changed. Use another backup."
        }
    }

    func damaged(_ path: FilePath, _ reason: String, cause: (any Error)? = nil) -> MailCAError {
        MailCAError(.damaged, "the \(name) \(path) is damaged: \(reason)", hint: remedy, cause: cause)
    }

    /// Runs work on the database at `path` and says in our words what SQLite could not do.
    func translate<Result>(_ path: FilePath, _ work: () throws -> Result) throws(MailCAError) -> Result {
        do {
            return try work()
        } catch let error as MailCAError {
            throw error
        } catch let error as DatabaseError {
            throw failure(path, error)
        } catch {
            throw MailCAError(.inputOutput, "the \(name) \(path) could not be used: \(error)", cause: error)
        }
    }

    private func failure(_ path: FilePath, _ error: DatabaseError) -> MailCAError {
        if Self.isFull(path, error) {
            return MailCAError(
                .noSpace, "the disk of the \(name) \(path) is full",
                hint: "Make room, then run the command again.",
                cause: error)
        }
        return switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_FORMAT, .SQLITE_ERROR, .SQLITE_SCHEMA:
            damaged(path, error.message ?? "it cannot be read", cause: error)
        case .SQLITE_CONSTRAINT:
            MailCAError(
                .alreadyExists,
                "the \(name) \(path) has what was to be entered already, or another command is entering it",
                hint: "Nothing was changed. Look at what there is with mailca verify.", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            MailCAError(
                .busy,
                "another command has held the \(name) \(path) for over \(Int(SQLiteLedger.patience)) seconds",
                hint: "Try again when it is done.", cause: error)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            MailCAError(
                .permissionDenied,
                "the \(name) \(path) cannot be opened\(self == .ledger ? " for writing" : ""): \(error.message ?? "permission denied")",
                hint: "Run the command as the user who made the CA.", cause: error)
        default:
            MailCAError(
                .inputOutput, "the \(name) \(path) could not be used: \(error.message ?? "input/output error")",
                hint: "Look at the system's log for the disk, then run the command again.", cause: error)
        }
    }

    /// SQLite calls a full disk an input/output error where it meets it in its shared memory or its log.
    private static func isFull(_ path: FilePath, _ error: DatabaseError) -> Bool {
        if error.resultCode == .SQLITE_FULL { return true }
        guard error.resultCode == .SQLITE_IOERR || error.resultCode == .SQLITE_CANTOPEN else { return false }
        var status = statvfs()
        guard statvfs(path.removingLastComponent().string, &status) == 0 else { return false }
        return status.f_bavail * status.f_frsize < 64 << 10
    }
}
