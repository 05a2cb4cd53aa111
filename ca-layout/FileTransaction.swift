import CProcess
import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// Several files of one directory, changed as one: written beside their places with their final modes, brought to the
/// disk, and only then renamed.
///
/// A failure leaves the directory as it was. A kill leaves it as it was, or as it should become once the next
/// transaction there, or ``recover(_:)``, has ended what it finds begun. Nobody else can change the directory
/// through this type meanwhile: it holds a lock on it.
public final class FileTransaction {
    public let directory: FilePath
    /// The names that a killed command had begun to put in place, and that are there now.
    public let recovered: [String]
    let descriptor: Int32
    /// Directories that were made for it, the deepest last.
    let made: [FilePath]
    var steps: [CommitRecord.Step] = []
    /// Names that are ours alone, and go at the end unless a step put them in place.
    var staged: [String] = []
    var isOver = false
    /// What the names had before the commit, where that is kept to go back to.
    var before: [(name: String, held: String?)] = []
    /// The lists that were written so far.
    var passages: [String: Passage] = [:]
    /// Files that are on their way to the disk, and have to be there before anything is put in place.
    var unsynced: [(descriptor: Int32, name: String)] = []

    /// Whether the file of that name is a change of ours on its way. A batch is not: it can hold the only copy of keys.
    static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(".mailca-") && !name.hasPrefix(FileBatches.prefix)
    }

    /// Begins: makes the directory where there is none, locks it, and ends what an earlier one left begun.
    /// - Parameters:
    ///   - directory: where the files lie.
    ///   - mode: of a directory that has to be made.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`, `notFound`.
    public init(directory: FilePath, mode: UInt32 = 0o755) throws(MailCAError) {
        self.directory = directory.isEmpty ? "." : directory
        (descriptor, made) = try Self.lock(self.directory, mode: mode)
        do throws(MailCAError) {
            recovered = try Self.settle(descriptor, self.directory)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        if !isOver { rollBack() }
        forgetOld()
        for file in unsynced { close(file.descriptor) }
        // At once, also where a program that is just being started has the descriptor too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Opens and locks the directory, made where there is none. One that another command removed while this one waited
    /// for the lock is made again.
    private static func lock(_ directory: FilePath, mode: UInt32) throws(MailCAError) -> (Int32, made: [FilePath]) {
        while true {
            let made = try DirectoryMaker.make(directory, mode: mode)
            let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor < 0 && errno == ENOENT { continue }
            guard descriptor >= 0 else { throw systemError("open the directory", directory) }
            while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
            var locked = stat()
            var named = stat()
            if fstat(descriptor, &locked) == 0, stat(directory.string, &named) == 0, locked.st_ino == named.st_ino,
                locked.st_dev == named.st_dev
            {
                return (descriptor, made)
            }
            close(descriptor)
        }
    }

    /// Sees that none of the names is there.
    /// - Throws: `MailCAError` with code `alreadyExists`.
    public func refuse(_ names: Set<String>) throws(MailCAError) { try Self.refuse(names, in: directory) }

    static func refuse(_ names: Set<String>, in directory: FilePath) throws(MailCAError) {
        for name in names.sorted() where try FileContent.exists(directory.appending(name)) {
            throw MailCAError(
                .alreadyExists, "\(directory.appending(name).string) is there already",
                hint: "Nothing was made. Move it away, or replace it with --force.")
        }
    }

    /// Takes disk space for a file whose content comes later, so that what was made for it is not lost to a full disk.
    /// - Returns: a token for ``write(_:to:mode:reserved:)``.
    public func reserve(bytes: Int) throws(MailCAError) -> Reservation {
        let name = try temporaryName()
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("write in", directory) }
        staged.append(name)
        let status = posix_fallocate(file, 0, off_t(bytes))
        close(file)
        // A file system that cannot reserve is no reason to stop.
        if status == ENOSPC || status == EDQUOT || status == EIO {
            throw systemError("write in", directory, number: status)
        }
        return Reservation(name: name)
    }

    /// A file that has its disk space already.
    public struct Reservation: Sendable {
        let name: String
    }

    /// Writes a file beside its place. It is never readable by more than `mode` lets, whatever the umask is.
    public func write(
        _ content: UnsafeRawBufferPointer, to name: String, mode: UInt32, reserved: Reservation? = nil
    ) throws(MailCAError) {
        try write(to: name, mode: mode, reserved: reserved) { (file) throws(MailCAError) in
            try Self.append(content, to: file, directory.appending(name))
        }
    }

    static func append(
        _ content: UnsafeRawBufferPointer, to file: Int32, _ path: FilePath
    ) throws(MailCAError) {
        var rest = content[...]
        while !rest.isEmpty {
            let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    private func write(
        to name: String, mode: UInt32, reserved: Reservation?, _ fill: (Int32) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        let temporary: String
        if let reserved { temporary = reserved.name } else { temporary = try temporaryName() }
        let flags = O_WRONLY | O_CLOEXEC | (reserved == nil ? O_CREAT | O_EXCL : 0)
        let file = openat(descriptor, temporary, flags, 0o600)
        guard file >= 0 else { throw systemError("write", directory.appending(name)) }
        if reserved == nil { staged.append(temporary) }
        defer { close(file) }
        try fill(file)
        // The mode comes last: until the content is whole, only its owner reads it.
        guard reserved == nil || ftruncate(file, lseek(file, 0, SEEK_CUR)) == 0, fchmod(file, mode) == 0,
            fsync(file) == 0
        else { throw systemError("write", directory.appending(name)) }
        steps.append(.place(temporary: temporary, name: name))
    }

    /// Takes in a file that somebody else writes beside its place.
    /// - Parameter fill: writes it into the empty file of that path, which has mode 0600 until it is whole.
    public func take(
        _ name: String, mode: UInt32, fill: (FilePath) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        let temporary = try temporaryName()
        let path = directory.appending(name)
        let made = openat(descriptor, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw systemError("write", path) }
        close(made)
        staged.append(temporary)
        try fill(directory.appending(temporary))
        // Whoever wrote it may have put another one in its place.
        let file = openat(descriptor, temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw systemError("write", path) }
        defer { close(file) }
        guard fchmod(file, mode) == 0, fsync(file) == 0 else { throw systemError("write", path) }
        steps.append(.place(temporary: temporary, name: name))
    }

    public func write(_ text: String, to name: String, mode: UInt32) throws(MailCAError) {
        let bytes = Array(text.utf8)
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(MailCAError) in
            try write(buffer, to: name, mode: mode)
        }
    }

    public func write(_ secret: SecretBytes, to name: String, mode: UInt32) throws(MailCAError) {
        try secret.withBytes { (buffer) throws(MailCAError) in try write(buffer, to: name, mode: mode) }
    }

    /// Makes a symbolic link, in place of whatever has that name.
    public func link(_ name: String, to target: String) throws(MailCAError) {
        let temporary = try temporaryName()
        guard symlinkat(target, descriptor, temporary) == 0 else {
            throw systemError("link", directory.appending(name))
        }
        staged.append(temporary)
        steps.append(.place(temporary: temporary, name: name))
    }

    /// Gives the directory itself other permission bits and another owner, at once.
    /// - Parameters:
    ///   - mode: permission bits; nil for those that it has.
    ///   - owner: a user's number; nil for the one that it has.
    public func protectDirectory(mode: UInt32?, owner: UInt32?) throws(MailCAError) {
        guard owner.map({ fchown(descriptor, $0, gid_t.max) }) ?? 0 == 0, mode.map({ fchmod(descriptor, $0) }) ?? 0 == 0
        else { throw systemError("protect", directory) }
    }

    /// Removes a name; there need be none.
    public func remove(_ name: String) { steps.append(.remove(name: name)) }

    /// Keeps what has this name now under another one, beside what comes in its place.
    public func keep(_ name: String, as other: String) throws(MailCAError) {
        let temporary = try hold(name)
        steps.append(.place(temporary: temporary, name: other))
    }

    /// Gives what has this name a second one, of ours.
    func hold(_ name: String) throws(MailCAError) -> String {
        let temporary = try temporaryName()
        guard linkat(descriptor, name, descriptor, temporary, 0) == 0 else {
            let error = systemError("keep", directory.appending(name))
            throw FileStatus(directory.appending(name))?.isDirectory == true ? directoryInTheWay(name) : error
        }
        staged.append(temporary)
        return temporary
    }

    func directoryInTheWay(_ name: String) -> MailCAError {
        MailCAError(
            .alreadyExists, "\(directory.appending(name).string) is a directory, where a file should be",
            hint: "Nothing was changed. Move it away.")
    }

    func temporaryName() throws(MailCAError) -> String {
        do { return ".mailca-\(try randomBytes(8).hexadecimal())" } catch {
            throw MailCAError(.internalFault, error.description, cause: error)
        }
    }
}
