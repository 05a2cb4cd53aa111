import GRDB
import Glibc
import MailCA
import SystemPackage

extension SQLiteLedger {
    /// Runs work on the database at `path` and says in our words what SQLite could not do.
    static func translate<Result>(_ path: FilePath, _ work: () throws -> Result) throws(MailCAError) -> Result {
        do {
            return try work()
        } catch let error as MailCAError {
            throw error
        } catch let error as DatabaseError {
            throw failure(path, error)
        } catch {
            throw MailCAError(.inputOutput, "the ledger \(path) could not be used: \(error)", cause: error)
        }
    }

    private static func failure(_ path: FilePath, _ error: DatabaseError) -> MailCAError {
        if isFull(path, error) { return full(path, error) }
        return switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_FORMAT, .SQLITE_ERROR, .SQLITE_SCHEMA:
            MailCAError(
                .damaged, "the ledger \(path) is damaged: \(error.message ?? "it cannot be read")",
                hint: "Nothing was changed. Put the ledger back from a backup.", cause: error)
        case .SQLITE_CONSTRAINT:
            MailCAError(
                .alreadyExists,
                "the ledger \(path) has what was to be entered already, or another command is entering it",
                hint: "Nothing was changed. Look at what there is with mailca verify.", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            MailCAError(
                .busy, "another command has held the ledger \(path) for over \(Int(patience)) seconds",
                hint: "Try again when it is done.", cause: error)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            MailCAError(
                .permissionDenied,
                "the ledger \(path) cannot be opened for writing: \(error.message ?? "permission denied")",
                hint: "Run the command as the user who made the CA.", cause: error)
        default:
            MailCAError(
                .inputOutput, "the ledger \(path) could not be used: \(error.message ?? "input/output error")",
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

    private static func full(_ path: FilePath, _ error: DatabaseError) -> MailCAError {
        MailCAError(
            .noSpace, "the disk of the ledger \(path.string) is full",
            hint: "Nothing was issued. Make room, then run the command again.", cause: error)
    }

    /// Makes the file with its final mode before SQLite would make it with another, or sees that it is there.
    static func prepareFile(_ path: FilePath, _ mode: Mode) throws(MailCAError) {
        var status = stat()
        if stat(path.string, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw MailCAError(
                    .damaged, "the ledger \(path.string) is not a plain file",
                    hint: "Nothing was changed. Put the ledger back from a backup.")
            }
            return
        }
        guard errno == ENOENT else {
            throw MailCAError(
                .permissionDenied, "the ledger \(path) cannot be reached: \(Errno(rawValue: errno))",
                hint: "Run the command as the user who made the CA.")
        }
        guard mode == .createIfMissing else {
            throw MailCAError(.notFound, "there is no ledger at \(path)", hint: "Make a CA first with mailca init-ca.")
        }
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(
                path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
        } catch Errno.fileExists {
            return  // Somebody was quicker: it is the same ledger.
        } catch {
            let code: MailCAError.Code =
                switch error as? Errno {
                case .noSpace: .noSpace
                case .permissionDenied, .notPermitted, .readOnlyFileSystem: .permissionDenied
                default: .inputOutput
                }
            throw MailCAError(
                code, "the ledger \(path) cannot be made: \(error)", hint: "Choose a directory that you may write to.",
                cause: error)
        }
        try? descriptor.close()
    }
}
