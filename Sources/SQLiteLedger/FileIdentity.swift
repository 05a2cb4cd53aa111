import Glibc
import SystemPackage

/// Which file has a name: two names, or one name at two times, are of the same file where these are equal.
struct FileIdentity: Hashable, Sendable {
    private let device: UInt
    private let number: UInt

    /// - Returns: nil where there is nothing of that name.
    init?(_ path: FilePath) {
        guard case .success(let status) = Self.status(path, following: false) else { return nil }
        device = UInt(status.st_dev)
        number = UInt(status.st_ino)
    }

    /// What the system says of a name.
    static func status(_ path: FilePath, following: Bool = true) -> Result<stat, Errno> {
        var status = stat()
        guard (following ? stat(path.string, &status) : lstat(path.string, &status)) == 0 else {
            return .failure(Errno(rawValue: errno))
        }
        return .success(status)
    }
}
