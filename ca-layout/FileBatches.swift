import CProcess
import Glibc
public import MailCA
public import OpenSSLKit
import Synchronization
public import SystemPackage

/// Very many files for one directory, in batches: each is written aside, brought to the disk with one call, and put in
/// place once it is told to.
///
/// A kill leaves batches that are put in place or thrown away by the next run, as the ledger says. Whoever writes into
/// the directory with this type or a ``FileTransaction`` has it alone.
public final class FileBatches: Sendable {
    public let directory: FilePath
    /// A file that gets some lines with each batch.
    public let growing: String
    let descriptor: Int32
    /// Directories that were made for it, the deepest last.
    private let made: [FilePath]
    /// Held while lines are appended.
    private let appending = Mutex(())

    static let prefix = ".mailca-batch-"

    /// - Parameter directory: made, for its owner alone, where there is none.
    /// - Throws: `MailCAError` with the codes `busy` (another command writes there), `permissionDenied`, `noSpace`,
    ///   `inputOutput`.
    public init(directory: FilePath, growing: String) throws(MailCAError) {
        self.directory = directory
        self.growing = growing
        made = try DirectoryMaker.make(directory, mode: 0o700)
        descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open the directory", directory) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw MailCAError(
                .busy, "another command is writing into \(directory)", hint: "Run this one again when it is done.")
        }
        for path in made { DirectoryMaker.sync(parentOf: path) }
    }

    deinit {
        // One that was made for nothing goes again; one with files in it stays.
        for path in made.reversed() { rmdir(path.string) }
        close(descriptor)
    }

    /// The batches that a killed command left whole; what was not whole is thrown away.
    public func leftovers() throws(MailCAError) -> [FileBatch] {
        var whole: [FileBatch] = []
        for name in try FileContent.names(in: directory) where name.hasPrefix(Self.prefix) {
            let batch = FileBatch(in: self, staging: directory.appending(name))
            if try batch.readManifest() { whole.append(batch) } else { try batch.discard() }
        }
        return whole
    }

    /// Makes room for a new batch.
    public func begin() throws(MailCAError) -> FileBatch {
        let name: String
        do { name = Self.prefix + (try randomBytes(8).hexadecimal()) } catch {
            throw MailCAError(.internalFault, error.description, cause: error)
        }
        let staging = directory.appending(name)
        guard mkdir(staging.string, 0o700) == 0 else { throw systemError("make", staging) }
        return FileBatch(in: self, staging: staging)
    }

    /// Appends lines to the growing file, and waits until they are on the disk.
    /// - Parameter again: they may be there already, or the first of them, from a command that was killed.
    func append(_ lines: [UInt8], again: Bool) throws(MailCAError) {
        guard !lines.isEmpty else { return }
        try appending.withLock { (_) throws(MailCAError) in
            let path = directory.appending(growing)
            let file = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw systemError("write", path) }
            defer { close(file) }
            var end = Int(lseek(file, 0, SEEK_END))
            if again {
                var before = try FileContent.read(path)
                defer { SecretBytes.wipe(&before) }
                if before.firstRange(of: lines) != nil { return }
                // Of lines that were broken off, what is there is written over.
                end -= (0..<lines.count).last { before.suffix($0).elementsEqual(lines.prefix($0)) } ?? 0
            }
            guard pwrite(file, lines, lines.count, off_t(end)) == lines.count, fdatasync(file) == 0 else {
                throw systemError("write", path)
            }
        }
    }
}

/// One batch of files on its way.
public final class FileBatch: Sendable {
    private let owner: FileBatches
    private let staging: FilePath
    private let content = Mutex<Content?>(nil)

    private struct Content {
        let serialNumber: SerialNumber
        let names: [String]
    }

    private static let manifest = ".manifest"
    private static let lines = ".lines"

    init(in owner: FileBatches, staging: FilePath) {
        self.owner = owner
        self.staging = staging
    }

    /// The number of one of its certificates: all of them are issued, or none.
    public var serialNumber: SerialNumber? { content.withLock { $0?.serialNumber } }
    /// How many files it has.
    public var count: Int { content.withLock { $0?.names.count ?? 0 } }

    /// Writes one file aside, never readable by more than `mode` lets. May be called on several threads.
    public func write(_ content: UnsafeRawBufferPointer, to name: String, mode: UInt32) throws(MailCAError) {
        let file = open(staging.appending(name).string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0o600)
        guard file >= 0 else { throw systemError("write", owner.directory.appending(name)) }
        defer { close(file) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError("write", owner.directory.appending(name)) }
            rest = rest.dropFirst(count)
        }
        guard mode & 0o177 == 0 || fchmod(file, mode) == 0 else {
            throw systemError("write", owner.directory.appending(name))
        }
    }

    /// Brings all of it to the disk, and what it is, so that another command can end it.
    /// - Parameter lines: for the growing file.
    public func settle(_ names: [String], of serialNumber: SerialNumber, lines: SecretBytes) throws(MailCAError) {
        try lines.withBytes { (bytes) throws(MailCAError) in try write(bytes, to: Self.lines, mode: 0o600) }
        var text = "\(serialNumber)/" + names.joined(separator: "/")
        text += "/\(Digest.sha256(Array(text.utf8)).hexadecimal())"
        let bytes = Array(text.utf8)
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
            try write(bytes, to: Self.manifest, mode: 0o600)
        }
        guard process_sync_file_system(owner.descriptor) == 0 else { throw systemError("write in", owner.directory) }
        content.withLock { $0 = Content(serialNumber: serialNumber, names: names) }
    }

    /// Puts everything in place.
    /// - Parameter again: it may have been begun by a command that was killed.
    public func publish(again: Bool = false) throws(MailCAError) {
        let path = staging.appending(Self.lines)
        var lines = try FileContent.read(path)
        defer { SecretBytes.wipe(&lines) }
        try owner.append(lines, again: again)
        let folder = open(staging.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw systemError("open the directory", staging) }
        defer { close(folder) }
        for name in content.withLock({ $0?.names ?? [] })
        where renameat(folder, name, owner.descriptor, name) != 0 {
            // What is not here any more is in place.
            guard errno == ENOENT else { throw systemError("write", owner.directory.appending(name)) }
        }
        guard fsync(owner.descriptor) == 0 else { throw systemError("write in", owner.directory) }
        try discard()
    }

    /// Throws away what is left of it.
    public func discard() throws(MailCAError) {
        // The manifest goes before the lines that it needs.
        for name in try FileContent.names(in: staging).reversed() { unlink(staging.appending(name).string) }
        guard rmdir(staging.string) == 0 else { throw systemError("remove", staging) }
    }

    /// Reads what a killed command wrote down.
    /// - Returns: false where it is not whole.
    func readManifest() throws(MailCAError) -> Bool {
        let path = staging.appending(Self.manifest)
        guard let status = FileStatus(path), status.isRegular else { return false }
        let text = String(decoding: try FileContent.read(path), as: UTF8.self)
        guard let end = text.lastIndex(of: "/"),
            text[text.index(after: end)...] == Digest.sha256(Array(text[..<end].utf8)).hexadecimal()
        else { return false }
        let fields = text[..<end].split(separator: "/").map(String.init)
        guard let first = fields.first, let serial = SerialNumber(hexadecimal: first) else { return false }
        content.withLock { $0 = Content(serialNumber: serial, names: Array(fields.dropFirst())) }
        return true
    }
}
