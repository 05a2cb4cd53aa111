import Glibc
public import SystemPackage

/// What the system says of a name: kind, permissions, owner.
public struct FileStatus: Sendable, Hashable {
    public let isDirectory: Bool
    public let isRegular: Bool
    public let isLink: Bool
    /// Permission bits.
    public let permissions: UInt32
    public let owner: UInt32
    public let group: UInt32
    /// In bytes.
    public let size: Int
    /// When it was last written to, in nanoseconds since 1970.
    let modified: Int64

    /// - Parameters:
    ///   - path: what to look at.
    ///   - following: whether a link stands for what it points to.
    /// - Returns: nil where there is nothing of that name, or one may not look.
    public init?(_ path: FilePath, following: Bool = false) {
        var status = stat()
        guard (following ? stat(path.string, &status) : lstat(path.string, &status)) == 0 else { return nil }
        self.init(status)
    }

    /// Of a file that is open.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        isRegular = status.st_mode & S_IFMT == S_IFREG
        isLink = status.st_mode & S_IFMT == S_IFLNK
        permissions = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        size = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    func isPlainFile(_ mode: UInt32) -> Bool { isRegular && permissions == mode }

    /// Whether it was last written to in an earlier second.
    public func isOlder(than other: FileStatus) -> Bool { modified / 1_000_000_000 < other.modified / 1_000_000_000 }

    /// `0640`
    public var octal: String {
        let digits = String(permissions, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
