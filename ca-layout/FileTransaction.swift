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
    private let descriptor: Int32
    private let isNew: Bool
    private var steps: [CommitRecord.Step] = []
    private var staged: [String] = []
    private var kept: [String] = []
    private var isOver = false

    /// Whether the file of that name is a change of ours on its way.
    static func isTemporary(_ name: String) -> Bool { name.hasPrefix(".mailca-") }

    /// Begins: makes the directory where there is none, locks it, and ends what an earlier one left begun.
    /// - Parameters:
    ///   - directory: where the files lie.
    ///   - mode: of a directory that has to be made.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`, `notFound`.
    public init(directory: FilePath, mode: UInt32 = 0o755) throws(MailCAError) {
        self.directory = directory.isEmpty ? "." : directory
        isNew = try DirectoryMaker.make(self.directory, mode: mode)
        descriptor = open(self.directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open the directory", self.directory) }
        flock(descriptor, LOCK_EX)
        do throws(MailCAError) { try Self.settle(descriptor, self.directory) } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        if !isOver { rollBack() }
        close(descriptor)
    }

    /// Whether a directory can be written to, and has room for what is written there: before something is made that
    /// would be lost otherwise. Leaves nothing.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`, `notFound`.
    public static func probe(_ directory: FilePath, bytes: Int = 256 << 10) throws(MailCAError) {
        _ = try FileTransaction(directory: directory).reserve(bytes: bytes)
    }

    /// Ends what a killed transaction left begun: forward where it had got so far, else back.
    /// - Returns: the names that were put in place now; empty where nothing was left.
    @discardableResult
    public static func recover(_ directory: FilePath) throws(MailCAError) -> [String] {
        let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        guard try !temporaries(directory).isEmpty else { return [] }
        flock(descriptor, LOCK_EX)
        return try settle(descriptor, directory)
    }

    // MARK: Staging

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
        let temporary: String
        if let reserved { temporary = reserved.name } else { temporary = try temporaryName() }
        let flags = O_WRONLY | O_CLOEXEC | (reserved == nil ? O_CREAT | O_EXCL : 0)
        let file = openat(descriptor, temporary, flags, 0o600)
        guard file >= 0 else { throw systemError("write", directory.appending(name)) }
        if reserved == nil { staged.append(temporary) }
        defer { close(file) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError("write", directory.appending(name)) }
            rest = rest.dropFirst(count)
        }
        // The mode comes last: until the content is whole, only its owner reads it.
        guard reserved == nil || ftruncate(file, off_t(content.count)) == 0, fchmod(file, mode) == 0, fsync(file) == 0
        else { throw systemError("write", directory.appending(name)) }
        steps.append(.place(temporary: temporary, name: name))
    }

    public func write(_ text: String, to name: String, mode: UInt32) throws(MailCAError) {
        let bytes = Array(text.utf8)
        try bytes.span.bytes.withUnsafeBytes { (buffer) throws(MailCAError) in try write(buffer, to: name, mode: mode) }
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

    /// Removes a name; there need be none.
    public func remove(_ name: String) { steps.append(.remove(name: name)) }

    /// Keeps what has this name now under another one, beside what comes in its place.
    public func keep(_ name: String, as other: String) throws(MailCAError) {
        guard linkat(descriptor, name, descriptor, other, 0) == 0 else {
            throw systemError("keep a copy of", directory.appending(name))
        }
        kept.append(other)
    }

    // MARK: The end

    /// Puts everything in place, durably.
    public func commit() throws(MailCAError) {
        if steps.count > 1 {
            let record = CommitRecord(steps: steps)
            let name = try temporaryName()
            let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw systemError("write in", directory) }
            staged.append(name)
            let bytes = record.encoded
            let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
            close(file)
            // A file system that keeps a journal brings renames to the disk in their order: the record before the rest.
            guard isWritten, renameat(descriptor, name, descriptor, CommitRecord.name) == 0 else {
                throw systemError("write in", directory)
            }
        }
        try Self.carryOut(steps, descriptor, directory)
        isOver = true
        unlinkat(descriptor, CommitRecord.name, 0)
        let places = Set(steps.compactMap(\.temporary))
        for name in staged where !places.contains(name) { unlinkat(descriptor, name, 0) }
        guard fsync(descriptor) == 0 else { throw systemError("write in", directory) }
        if isNew { DirectoryMaker.sync(parentOf: directory) }
    }

    private func rollBack() {
        // From the moment that the record stands, the way is forward: the next transaction takes it.
        guard faccessat(descriptor, CommitRecord.name, F_OK, 0) != 0 else { return }
        for name in staged + kept { unlinkat(descriptor, name, 0) }
        if isNew { rmdir(directory.string) }
    }

    private func temporaryName() throws(MailCAError) -> String {
        do { return ".mailca-\(try randomBytes(8).hexadecimal())" } catch {
            throw MailCAError(.internalFault, error.description, cause: error)
        }
    }
}
