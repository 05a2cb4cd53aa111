import CProcess
import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// Very many files for one directory, in batches: each is written aside, brought to the disk with one call, and put in
/// place once it is told to.
///
/// A kill leaves a batch that is put in place or thrown away by the next run, as the ledger says. Whoever writes into
/// the directory with this type or a ``FileTransaction`` has it alone.
public final class FileBatches: Sendable {
    public let directory: FilePath
    private let descriptor: Int32
    private let staging: FilePath
    private let made: [FilePath]

    /// What a batch is: so that somebody else can end it.
    public struct Manifest: Sendable, Hashable {
        /// The serial number of one of its certificates: all are issued, or none.
        public let serialNumber: SerialNumber
        /// Names of files; each lies under its own name aside.
        public let names: [String]
        /// A file that grows with each batch: how long it was before this one.
        public let lengthBefore: Int
    }

    private static let manifest = ".manifest"
    private static let stagingName = ".mailca-batch"
    /// What is appended to the growing file.
    private static let addition = ".addition"

    /// - Parameters:
    ///   - directory: made, with this mode, where there is none.
    /// - Throws: `MailCAError` with the codes `busy` (another command writes there), `permissionDenied`, `noSpace`,
    ///   `inputOutput`.
    public init(directory: FilePath, mode: UInt32 = 0o700) throws(MailCAError) {
        self.directory = directory
        staging = directory.appending(Self.stagingName)
        made = try DirectoryMaker.make(directory, mode: mode)
        descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("open the directory", directory) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw MailCAError(
                .busy, "another command is writing into \(directory)", hint: "Run this one again when it is done.")
        }
        for path in made { DirectoryMaker.sync(parentOf: path) }
    }

    deinit { close(descriptor) }

    /// The batch that a killed command left whole; what was not whole is thrown away.
    public func leftover() throws(MailCAError) -> Manifest? {
        guard FileStatus(staging)?.isDirectory == true else { return nil }
        if let manifest = try readManifest() { return manifest }
        try discard()
        return nil
    }

    /// Makes room for a new batch.
    public func begin() throws(MailCAError) {
        guard mkdir(staging.string, 0o700) == 0 else { throw systemError("make", staging) }
    }

    /// Writes one file aside, readable by no more than `mode` lets. May be called on several threads.
    public func write(_ content: UnsafeRawBufferPointer, to name: String, mode: UInt32) throws(MailCAError) {
        let path = staging.appending(name)
        let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0o600)
        guard file >= 0 else { throw systemError("write", directory.appending(name)) }
        defer { close(file) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemError("write", directory.appending(name)) }
            rest = rest.dropFirst(count)
        }
        if mode & 0o177 != 0, fchmod(file, mode) != 0 { throw systemError("write", directory.appending(name)) }
    }

    /// Brings the whole batch to the disk.
    /// - Parameters:
    ///   - addition: what is appended to `growing` with this batch.
    public func settle(
        _ names: [String], of serialNumber: SerialNumber, addition: SecretBytes, growing: String
    ) throws(MailCAError) -> Manifest {
        let length = FileStatus(directory.appending(growing))?.size ?? 0
        let manifest = Manifest(serialNumber: serialNumber, names: names, lengthBefore: length)
        try addition.withBytes { (bytes) throws(MailCAError) in try write(bytes, to: Self.addition, mode: 0o600) }
        var lines = "\(serialNumber)/\(length)/" + names.joined(separator: "/")
        lines += "/\(Digest.sha256(Array(lines.utf8)).hexadecimal())"
        let bytes = Array(lines.utf8)
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
            try write(bytes, to: Self.manifest, mode: 0o600)
        }
        guard process_sync_file_system(descriptor) == 0 else { throw systemError("write in", directory) }
        return manifest
    }

    /// Puts a batch in place. May be done again where it was broken off.
    public func publish(_ manifest: Manifest, growing: String) throws(MailCAError) {
        let folder = open(staging.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw systemError("open the directory", staging) }
        defer { close(folder) }
        for name in manifest.names where renameat(folder, name, descriptor, name) != 0 {
            // What is not there any more is in place.
            guard errno == ENOENT else { throw systemError("write", directory.appending(name)) }
        }
        try append(to: growing, at: manifest.lengthBefore)
        guard fsync(descriptor) == 0 else { throw systemError("write in", directory) }
        try discard()
    }

    /// Throws a batch away that was never issued.
    public func discard() throws(MailCAError) {
        guard FileStatus(staging)?.isDirectory == true else { return }
        for name in try FileContent.names(in: staging).reversed() { unlink(staging.appending(name).string) }
        guard rmdir(staging.string) == 0 else { throw systemError("remove", staging) }
    }

    /// At the same place each time, so that to do it again changes nothing.
    private func append(to growing: String, at length: Int) throws(MailCAError) {
        let path = staging.appending(Self.addition)
        guard FileStatus(path) != nil else { return }
        var bytes = try FileContent.read(path)
        defer { SecretBytes.wipe(&bytes) }
        guard !bytes.isEmpty else { return }
        let target = directory.appending(growing)
        let file = open(target.string, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw systemError("write", target) }
        defer { close(file) }
        guard pwrite(file, bytes, bytes.count, off_t(length)) == bytes.count,
            ftruncate(file, off_t(length + bytes.count)) == 0, fsync(file) == 0
        else { throw systemError("write", target) }
    }

    private func readManifest() throws(MailCAError) -> Manifest? {
        let path = staging.appending(Self.manifest)
        guard let status = FileStatus(path), status.isRegular else { return nil }
        let text = String(decoding: try FileContent.read(path), as: UTF8.self)
        guard let end = text.lastIndex(of: "/"),
            text[text.index(after: end)...] == Digest.sha256(Array(text[..<end].utf8)).hexadecimal()
        else { return nil }
        let fields = text[..<end].split(separator: "/").map(String.init)
        guard fields.count >= 2, let serial = SerialNumber(hexadecimal: fields[0]), let length = Int(fields[1]) else {
            return nil
        }
        return Manifest(serialNumber: serial, names: Array(fields.dropFirst(2)), lengthBefore: length)
    }
}
