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
        if directory >= 0 {
            flock(directory, LOCK_UN)
            close(directory)
        }
    }

    /// Waits until nobody else uses the ledger.
    /// - Throws: ``MailCAError`` with code `busy` where that takes too long.
    static func wait(for path: FilePath, patience: Double = SQLiteLedger.patience) throws(MailCAError) -> LedgerLock {
        let pause = 0.02
        var waited = 0.0
        while true {
            if let lock = try attempt(path) { return lock }
            guard waited < patience else {
                throw MailCAError(
                    .busy, "another command has used the ledger \(path) for over \(Int(patience)) seconds",
                    hint: "Nothing was changed. Try again when it is done.")
            }
            usleep(UInt32(pause * 1_000_000))
            waited += pause
        }
    }

    /// The file first: who waits for the directory has the file open.
    private static func attempt(_ path: FilePath) throws(MailCAError) -> LedgerLock? {
        let file = open(path.string, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        // What is no file, and what is not there, has nobody who uses it.
        guard file >= 0 || [ENOENT, EISDIR, ENXIO].contains(errno) else {
            throw systemError("open the ledger", path)
        }
        let parent = path.removingLastComponent()
        if file >= 0 {
            let isHeld: Bool
            do throws(MailCAError) { isHeld = try lockFile(file, path) } catch {
                close(file)
                throw error
            }
            guard isHeld else {
                close(file)
                return nil
            }
        }
        let directory = open(parent.isEmpty ? "." : parent.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            let error = systemError("open the directory", parent)
            if file >= 0 { close(file) }
            throw error
        }
        let lock = LedgerLock(file: file, directory: directory)
        return flock(directory, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }

    /// SQLite's own bytes, by which it locks (its file format, §1.6): nobody else has any of them.
    private static func lockFile(_ file: Int32, _ path: FilePath) throws(MailCAError) -> Bool {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = 0x4000_0000
        range.l_len = 512
        if fcntl(file, openFileDescriptionLock, &range) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else { throw systemError("lock the ledger", path) }
        return false
    }

    /// F_OFD_SETLK, which Swift does not import.
    private static let openFileDescriptionLock: Int32 = 37
}
