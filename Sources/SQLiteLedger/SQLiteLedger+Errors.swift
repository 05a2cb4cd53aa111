import GRDB
import Glibc
import MailCA
import SystemPackage

extension SQLiteLedger {
    /// Runs work on the database at `path` and says in our words what SQLite could not do.
    static func translate<Result>(_ path: FilePath, _ work: () throws -> Result) throws(MailCAError) -> Result {
        try FileKind.ledger.translate(path, work)
    }

    /// Makes the file with its final mode before SQLite would make it with another, or sees that it is there.
    static func prepareFile(_ path: FilePath, _ mode: Mode) throws(MailCAError) {
        var status = stat()
        if stat(path.string, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw MailCAError(
                    .damaged, "the ledger \(path.string) is not a plain file",
                    hint: FileKind.ledger.remedy)
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
