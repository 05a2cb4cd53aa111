import Glibc
public import MailCA
public import OpenSSLKit
import Synchronization
public import SystemPackage

/// One batch of files on its way into a directory: first all of them in one file aside, with one wait for the disk;
/// then each in its place.
///
/// The file aside stays until all are in place and on the disk, so that a kill in between costs nothing.
public final class FileBatch: Sendable {
    private let owner: FileBatches
    /// Where it lies aside.
    public let path: FilePath
    private let descriptor: Int32
    private let pack = Mutex<BatchPack?>(nil)
    /// Whether its name is on the disk.
    private let isNamed: Atomic<Bool>

    /// What a file of the batch takes until all is done, in bytes: its part of the file aside, and its own blocks.
    private static let room = 8 << 10

    init(in owner: FileBatches, path: FilePath, flags: Int32) throws(MailCAError) {
        self.owner = owner
        self.path = path
        isNamed = Atomic(flags & O_CREAT == 0)
        descriptor = open(path.string, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0o600)
        guard descriptor >= 0 else { throw systemError("write", path) }
    }

    deinit { close(descriptor) }

    /// The number of one of its certificates: all of them are issued, or none. Nil until it is settled.
    public var serialNumber: SerialNumber? { pack.withLock { $0?.serialNumber } }
    /// How many files it has.
    public var count: Int { pack.withLock { $0?.files.count ?? 0 } }

    /// Takes the room on the disk that so many files will need.
    func reserve(_ files: Int) throws(MailCAError) {
        errno = posix_fallocate(descriptor, 0, off_t(max(1, files) * Self.room))
        guard errno == 0 else {
            let failure = systemError("write", path)
            try discard()
            throw failure
        }
    }

    /// Brings all of it to the disk, so that another command can end it.
    /// - Parameters:
    ///   - serialNumber: of one of its certificates.
    ///   - lines: for the growing file.
    public func settle(
        _ files: [BatchFile], of serialNumber: SerialNumber, lines: SecretBytes
    ) throws(MailCAError) {
        let pack = BatchPack(serialNumber: serialNumber, lines: lines, files: files)
        let bytes = try internally { () throws(OpenSSLError) in try pack.encoded() }
        guard bytes.withBytes({ FileBatches.write($0, to: descriptor) }),
            ftruncate(descriptor, off_t(bytes.count)) == 0,
            fdatasync(descriptor) == 0
        else { throw systemError("write", path) }
        if !isNamed.exchange(true, ordering: .relaxed) { try owner.keepNames() }
        self.pack.withLock { $0 = pack }
    }

    /// Puts everything in place. What lies aside goes when all of it is on the disk.
    /// - Parameter again: it may have been begun by a command that was killed. What was written since, by another one,
    ///   is not replaced.
    /// - Returns: the names of files whose own was taken meanwhile.
    @discardableResult
    public func publish(again: Bool = false) throws(MailCAError) -> [String] {
        guard let pack = pack.withLock({ $0 }) else { return [] }
        try owner.append(pack.lines, again: again)
        let name = path.lastComponent?.string ?? ""
        let settled = FileStatus(descriptor: descriptor)?.modified ?? 0
        let besides = try concurrently(pack.files.count) { (range) throws(MailCAError) in
            var besides: [String] = []
            for index in range {
                let file = pack.files[index]
                let free = again ? try owner.free(file, since: settled) : file
                if free.name != file.name { besides.append(free.name) }
                try owner.put(free, aside: "\(name)-\(index)")
            }
            return besides
        }
        try owner.isInPlace(self)
        return besides
    }

    /// Throws away what lies aside.
    public func discard() throws(MailCAError) {
        pack.withLock { $0 = nil }
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw systemError("empty", path)
        }
        owner.takeBack(self)
    }

    /// Reads what a killed command wrote.
    /// - Returns: false where it is not whole.
    func read() throws(MailCAError) -> Bool {
        var bytes = try FileContent.read(path)
        defer { SecretBytes.wipe(&bytes) }
        guard let found = BatchPack(bytes) else { return false }
        pack.withLock { $0 = found }
        return true
    }
}
