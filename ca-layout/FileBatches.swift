import CProcess
import Glibc
public import MailCA
import OpenSSLKit
import Synchronization
public import SystemPackage

/// Very many files for one directory, in batches: each is written aside in one piece, and put in place once it is told
/// to.
///
/// A kill leaves batches that are put in place or thrown away by the next run, as the ledger says. Whoever writes into
/// the directory with this type or a ``FileTransaction`` has it alone.
public final class FileBatches: Sendable {
    public let directory: FilePath
    /// A file that gets some lines with each batch.
    public let growing: String
    private let descriptor: Int32
    /// Directories that were made for it, the deepest last.
    private let made: [FilePath]
    /// Held while lines are appended.
    private let appending = Mutex(())
    /// Those that wait to be used again: their names are on the disk.
    private let idle = Mutex<[FileBatch]>([])
    /// Those whose files are in place, and not yet known to be on the disk.
    private let inPlace = Mutex<[FileBatch]>([])
    /// After so many files the disk is waited for, while others go on: what lies aside takes as much room again.
    private static let mostInPlace = 600

    static let prefix = ".mailca-batch-"
    /// What the name of a file ends in that is not yet whole.
    private static let unfinished = ".new"

    /// - Parameters:
    ///   - directory: made, for its owner alone, where there is none.
    ///   - isWaiting: whether to wait for another command that writes there.
    /// - Throws: `MailCAError` with the codes `busy` (another command writes there), `permissionDenied`, `noSpace`,
    ///   `inputOutput`.
    public init(directory: FilePath, growing: String, isWaiting: Bool = false) throws(MailCAError) {
        self.directory = directory
        self.growing = growing
        made = try DirectoryMaker.make(directory, mode: 0o700)
        descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open the directory", directory) }
        while isWaiting && flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
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
        // At once, also where a program that is just being started has the descriptor too.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The names of batches that lie in a directory: those of commands that were killed, or are at work.
    public static func left(in directory: FilePath) throws(MailCAError) -> Set<String> {
        guard try FileContent.exists(directory) else { return [] }
        return Set(try FileContent.names(in: directory).filter { $0.hasPrefix(prefix) })
    }

    /// The batches that a killed command left whole; what was not whole is thrown away. Only one's own are believed.
    public func leftovers() throws(MailCAError) -> [FileBatch] {
        var whole: [FileBatch] = []
        for name in try FileContent.names(in: directory) where name.hasPrefix(Self.prefix) {
            let path = directory.appending(name)
            guard let status = FileStatus(path), status.isRegular, status.owner == geteuid() else { continue }
            guard !name.hasSuffix(Self.unfinished) else {
                unlink(path.string)
                continue
            }
            let batch = try FileBatch(in: self, path: path, flags: 0)
            if try batch.read() { whole.append(batch) } else { try batch.discard() }
        }
        return whole
    }

    /// Begins a batch, and takes the room on the disk that it will need.
    /// - Throws: `MailCAError` with the codes `noSpace`, `permissionDenied`, `inputOutput`.
    public func begin(files count: Int) throws(MailCAError) -> FileBatch {
        let batch: FileBatch
        if let known = idle.withLock({ $0.popLast() }) {
            batch = known
        } else {
            let name = Self.prefix + (try internally { () throws(OpenSSLError) in try randomBytes(8).hexadecimal() })
            batch = try FileBatch(in: self, path: directory.appending(name), flags: O_CREAT | O_EXCL)
        }
        try batch.reserve(count)
        return batch
    }

    /// Brings the names that are in the directory to the disk.
    func keepNames() throws(MailCAError) {
        guard fsync(descriptor) == 0 else { throw systemError("write in", directory) }
    }

    func takeBack(_ batch: FileBatch) { idle.withLock { $0.append(batch) } }

    func isInPlace(_ batch: FileBatch) throws(MailCAError) {
        let isTime = inPlace.withLock { batches in
            batches.append(batch)
            return batches.reduce(0) { $0 + $1.count } >= Self.mostInPlace
        }
        if isTime { try bringToDisk() }
    }

    /// Waits until all that is in place is on the disk; then nothing of it has to lie aside.
    private func bringToDisk() throws(MailCAError) {
        let batches = inPlace.withLock { batches in
            defer { batches = [] }
            return batches
        }
        if batches.isEmpty { return }
        guard process_sync_file_system(descriptor) == 0 else { throw systemError("write in", directory) }
        for batch in batches { try batch.discard() }
    }

    /// Waits for the disk, and removes what is not needed any more. What was not put in place stays aside for the next
    /// run.
    public func finish() throws(MailCAError) {
        try bringToDisk()
        let batches = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for batch in batches { unlink(batch.path.string) }
    }

    /// Writes a file, never readable by more than its mode lets. Under its own name it is whole from the first moment on,
    /// and one that is there is replaced.
    /// - Parameter aside: a name that nobody else uses.
    func put(_ file: BatchFile, aside: String) throws(MailCAError) {
        if putUnnamed(file) { return }
        let path = directory.appending(file.name)
        let temporary = aside + Self.unfinished
        let target = openat(
            descriptor, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file.mode & 0o600)
        guard target >= 0 else { throw systemError("write", path) }
        defer { close(target) }
        guard Self.fill(target, file), renameat(descriptor, temporary, descriptor, file.name) == 0 else {
            let failure = systemError("write", path)
            unlinkat(descriptor, temporary, 0)
            throw failure
        }
    }

    /// The file under a name that nobody has taken since a moment (nanoseconds since 1970) for something else.
    func free(_ file: BatchFile, since moment: Int64) throws(MailCAError) -> BatchFile {
        let path = directory.appending(file.name)
        guard let status = FileStatus(path), status.modified > moment else { return file }
        if status.isRegular {
            var there = try FileContent.read(path)
            defer { SecretBytes.wipe(&there) }
            // Also what a power cut left of it: its beginning, then nothing or zeros.
            let end = there.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            if file.content.withBytes({ $0.starts(with: there[..<end]) }) { return file }
        }
        let digest = file.content.withBytes { Digest.sha256(Array($0)) }
        return BatchFile("\(file.name).\(digest.prefix(4).hexadecimal())", mode: file.mode, file.content)
    }

    /// Writes a file that gets its name when it is whole: for that the directory is changed once, not three times.
    /// - Returns: false where there is one of the name, or this is not possible here.
    private func putUnnamed(_ file: BatchFile) -> Bool {
        let target = process_open_unnamed(descriptor, file.mode & 0o600)
        guard target >= 0 else { return false }
        defer { close(target) }
        return Self.fill(target, file) && process_name_file(target, descriptor, file.name) == 0
    }

    /// - Returns: false where it failed; `errno` says why.
    private static func fill(_ target: Int32, _ file: BatchFile) -> Bool {
        file.content.withBytes { write($0, to: target) } && (file.mode & 0o177 == 0 || fchmod(target, file.mode) == 0)
    }

    /// - Returns: false where it failed; `errno` says why.
    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sees that the growing file can get secrets: that there is none, or one of ours.
    /// - Throws: `MailCAError` with code `permissionDenied`.
    public func checkGrowing() throws(MailCAError) {
        let path = directory.appending(growing)
        if let status = FileStatus(path) { try Self.check(status, path) }
    }

    private static func check(_ status: FileStatus?, _ path: FilePath) throws(MailCAError) {
        guard let status, status.isRegular, status.owner == geteuid() else {
            throw MailCAError(
                .permissionDenied,
                "\(path) is there, and is no plain file of this user's: no password is written into it",
                hint: "Move it away, or give another directory.")
        }
    }

    /// Appends lines to the growing file, which nobody else may read.
    /// - Parameter again: they may be there already, or the first of them, from a command that was killed.
    func append(_ lines: SecretBytes, again: Bool) throws(MailCAError) {
        guard !lines.isEmpty else { return }
        try appending.withLock { (_) throws(MailCAError) in
            let path = directory.appending(growing)
            let file = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw systemError("write", path) }
            defer { close(file) }
            try Self.check(FileStatus(descriptor: file), path)
            guard fchmod(file, 0o600) == 0 else { throw systemError("write", path) }
            var end = Int(lseek(file, 0, SEEK_END))
            if again {
                var before = try FileContent.read(path)
                defer { SecretBytes.wipe(&before) }
                let there = lines.withBytes { lines -> Int in
                    if before.firstRange(of: lines) != nil { return lines.count }
                    return (0..<lines.count).last { before.suffix($0).elementsEqual(lines.prefix($0)) } ?? 0
                }
                if there == lines.count { return }
                // Of lines that were broken off, what is there is written over.
                end -= there
            }
            var last: UInt8 = 0
            if end > 0 && pread(file, &last, 1, off_t(end - 1)) == 1 && last != UInt8(ascii: "\n") {
                // Somebody's, or a line that was broken off: it stays one of its own.
                try write([UInt8(ascii: "\n")].span.bytes, to: file, at: end, path)
                end += 1
            }
            try lines.withBytes { (bytes) throws(MailCAError) in try write(bytes.bytes, to: file, at: end, path) }
        }
    }

    /// Writes all of it, or leaves the file as it was.
    private func write(_ bytes: RawSpan, to file: Int32, at end: Int, _ path: FilePath) throws(MailCAError) {
        lseek(file, off_t(end), SEEK_SET)
        guard bytes.withUnsafeBytes({ Self.write($0, to: file) }) else {
            let failure = systemError("write", path)
            ftruncate(file, off_t(end))
            throw failure
        }
    }
}
