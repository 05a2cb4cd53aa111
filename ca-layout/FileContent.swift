import Glibc
public import MailCA
import OpenSSLKit
public import SystemPackage

/// Reading files and directories, with errors in our words.
public enum FileContent {
    /// Larger than any file of ours: what is larger is not read into memory.
    static let largest = 256 << 20

    /// All bytes of a file.
    /// - Throws: `MailCAError` with the codes `notFound`, `permissionDenied`, `damaged` (too large, or no plain file),
    ///   `inputOutput`.
    public static func read(_ path: FilePath) throws(MailCAError) -> [UInt8] {
        // Not to wait for a writer, should it be a pipe.
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw systemError("read", path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw systemError("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= largest else {
            throw MailCAError(
                .damaged, "\(path) is \(status.st_mode & S_IFMT == S_IFREG ? "too large" : "not a plain file")",
                hint: "Give the path of a certificate, key or list.")
        }
        return try readAll(file, sizeHint: Int(status.st_size), path)
    }

    /// The first bytes of a file of any size, fewer where it has no more; nil where it cannot be read.
    public static func beginning(_ count: Int, of path: FilePath) -> [UInt8]? {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return try? next(count, of: file, name: path)
    }

    /// All bytes that come from a descriptor.
    public static func read(descriptor: Int32, name: FilePath) throws(MailCAError) -> [UInt8] {
        try readAll(descriptor, sizeHint: 4_096, name)
    }

    /// The next bytes of an open file: so many, or fewer at its end.
    public static func next(_ count: Int, of file: Int32, name: FilePath) throws(MailCAError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes[filled...].withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw systemError("read", name) }
            if read == 0 { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    private static func readAll(_ file: Int32, sizeHint: Int, _ path: FilePath) throws(MailCAError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: max(4_096, min(sizeHint + 1, 1 << 20)))
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= largest else { throw MailCAError(.damaged, "\(path) is too large") }
        }
    }

    /// The names in a directory, sorted, without `.` and `..`.
    public static func names(in directory: FilePath) throws(MailCAError) -> [String] {
        guard let stream = opendir(directory.string) else { throw systemError("read the directory", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Where a symbolic link points to; nil where there is none of that name.
    public static func linkTarget(_ path: FilePath) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path.string, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether something of that name is there, a broken link included.
    /// - Throws: `MailCAError` with code `permissionDenied` or `inputOutput` where one cannot tell.
    public static func exists(_ path: FilePath) throws(MailCAError) -> Bool {
        var status = stat()
        if lstat(path.string, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw systemError("look at", path) }
        return false
    }
}

extension FileContent {
    /// The path from the root on, without `.` and `..`.
    public static func absolute(_ path: FilePath) -> FilePath {
        (path.isAbsolute ? path : currentDirectory().pushing(path)).lexicallyNormalized()
    }

    /// The path without symbolic links; as it is where it leads nowhere.
    public static func real(_ path: FilePath) -> FilePath {
        guard let found = realpath(path.string, nil) else { return absolute(path) }
        defer { free(found) }
        return FilePath(String(cString: found))
    }

    private static func currentDirectory() -> FilePath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&buffer, buffer.count) != nil else { return "." }
        return FilePath(String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}

extension FileContent {
    /// SHA-256 of a file of any size, and its size in bytes.
    /// - Throws: as ``read(_:)``.
    public static func sha256(_ path: FilePath) throws(MailCAError) -> (digest: [UInt8], size: Int64) {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw systemError("read", path) }
        defer { close(file) }
        let digest = try internally { () throws(OpenSSLError) in try RunningDigest() }
        var size: Int64 = 0
        while true {
            let part = try next(1 << 20, of: file, name: path)
            if part.isEmpty { break }
            digest.update(part)
            size += Int64(part.count)
        }
        return (try internally { () throws(OpenSSLError) in try digest.finish() }, size)
    }
}
