import Glibc
import MailCA
import SystemPackage

/// Keeps every other command away from a ledger, also from one that SQLite cannot read.
///
/// Whoever has a ledger open has SQLite's shared lock on its file, and whoever is at work with it the one of ``Presence``
/// on its directory: this one has both for itself. The kernel drops them with the process.
final class LedgerLock {
    private let file: Int32
    private let directory: Int32

    private init(file: Int32, directory: Int32) {
        self.file = file
        self.directory = directory
    }

    deinit {
        if file >= 0 { close(file) }
        flock(directory, LOCK_UN)
        close(directory)
    }

    /// Waits until nobody else uses the ledger.
    /// - Throws: ``MailCAError`` with code `busy` where that takes too long.
    static func wait(for path: FilePath, patience: Double = SQLiteLedger.patience) throws(MailCAError) -> LedgerLock {
        let pause = 0.02
        var waited = 0.0
        var candidate = try Candidate(path)
        while true {
            if let lock = try candidate.lock() { return lock }
            guard waited < patience else {
                throw MailCAError(
                    .busy, "another command has used the ledger \(path) for over \(Int(patience)) seconds",
                    hint: "Nothing was changed. Try again when it is done.")
            }
            usleep(UInt32(pause * 1_000_000))
            waited += pause
            if FileIdentity(path) != candidate.identity { candidate = try Candidate(path) }
        }
    }

    /// A file that may be locked.
    ///
    /// It is not closed where that is given up: to close a file drops the locks that this process has on it by other
    /// descriptors, and SQLite may have some.
    private struct Candidate {
        let path: FilePath
        let identity: FileIdentity?
        let file: Int32

        init(_ path: FilePath) throws(MailCAError) {
            self.path = path
            identity = FileIdentity(path)
            file = open(path.string, O_RDWR | O_CLOEXEC | O_NONBLOCK)
            // What is no file, and what is not there, has nobody who uses it.
            guard file >= 0 || [ENOENT, EISDIR, ENXIO].contains(errno) else {
                throw systemError("open the ledger", path)
            }
        }

        /// - Returns: nil where somebody else has one of the locks.
        func lock() throws(MailCAError) -> LedgerLock? {
            // The file first: who waits for the directory has the file open.
            guard try lockFile(F_WRLCK) else { return nil }
            let parent = path.removingLastComponent()
            let directory = open(parent.isEmpty ? "." : parent.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw systemError("open the directory", parent) }
            if flock(directory, LOCK_EX | LOCK_NB) == 0 { return LedgerLock(file: file, directory: directory) }
            close(directory)
            _ = try lockFile(F_UNLCK)
            return nil
        }

        /// SQLite's own bytes, by which it locks (its file format, §1.6): nobody else has any of them.
        private func lockFile(_ kind: Int32) throws(MailCAError) -> Bool {
            guard file >= 0 else { return true }
            var range = flock()
            range.l_type = Int16(kind)
            range.l_whence = Int16(SEEK_SET)
            range.l_start = 0x4000_0000
            range.l_len = 512
            if fcntl(file, LedgerLock.openFileDescriptionLock, &range) == 0 { return true }
            guard errno == EAGAIN || errno == EACCES else { throw systemError("lock the ledger", path) }
            return false
        }
    }

    /// F_OFD_SETLK, which Swift does not import.
    fileprivate static let openFileDescriptionLock: Int32 = 37
}
