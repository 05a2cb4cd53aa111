import Glibc
import MailCA
import SystemPackage

/// What the system refused, in our words, from `errno`.
func systemError(_ doing: String, _ path: FilePath, number: Int32? = nil) -> MailCAError {
    let reason = Errno(rawValue: number ?? errno)
    switch reason {
    case .noSpace, .diskQuotaExceeded:
        return MailCAError(
            .noSpace, "could not \(doing) \(path): the disk is full", hint: "Make room, then run the command again.",
            cause: reason)
    case .permissionDenied, .notPermitted, .readOnlyFileSystem:
        return MailCAError(
            .permissionDenied, "could not \(doing) \(path): \(reason)",
            hint: "Run the command as a user who may, or choose another directory.", cause: reason)
    case .noSuchFileOrDirectory, .notDirectory:
        return MailCAError(.notFound, "could not \(doing) \(path): \(reason)", hint: "Check the path.", cause: reason)
    default:
        return MailCAError(
            .inputOutput, "could not \(doing) \(path): \(reason)",
            hint: "Look at the path, and at the system's log for its disk.", cause: reason)
    }
}

/// Directories that have to be made first.
enum DirectoryMaker {
    /// Makes a directory and those above it, with this mode whatever the umask is.
    /// - Returns: what was made, the deepest last; empty where it was there before.
    static func make(_ directory: FilePath, mode: UInt32) throws(MailCAError) -> [FilePath] {
        var status = stat()
        if stat(directory.string, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw MailCAError(
                    .invalidParameters, "\(directory.string) is not a directory", hint: "Give the path of a directory.")
            }
            return []
        }
        guard errno == ENOENT else { throw systemError("reach", directory) }
        let parent = directory.removingLastComponent()
        var made: [FilePath] = []
        if !parent.isEmpty, parent != directory { made = try make(parent, mode: 0o755) }
        // Narrow first: nobody may look in before the mode is final.
        guard mkdir(directory.string, 0o700) == 0 else {
            // Somebody was quicker: then it is theirs.
            if errno == EEXIST { return made }
            let error = systemError("make", directory)
            for path in made.reversed() { rmdir(path.string) }
            throw error
        }
        guard chmod(directory.string, mode) == 0 else { throw systemError("make", directory) }
        return made + [directory]
    }

    /// Brings the name of a new directory to the disk.
    static func sync(parentOf directory: FilePath) {
        let parent = directory.removingLastComponent()
        let descriptor = open(parent.isEmpty ? "." : parent.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
