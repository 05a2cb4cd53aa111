import Glibc
import MailCA
import SystemPackage

/// What the system refused, in our words, from `errno`.
func systemError(_ doing: String, _ path: FilePath, number: Int32? = nil) -> MailCAError {
    let reason = Errno(rawValue: number ?? errno)
    let (code, hint): (MailCAError.Code, String) =
        switch reason {
        case .noSpace, .diskQuotaExceeded: (.noSpace, "Make room, then run the command again.")
        case .permissionDenied, .notPermitted, .readOnlyFileSystem:
            (.permissionDenied, "Run the command as the user who made the CA.")
        case .noSuchFileOrDirectory, .notDirectory: (.notFound, "Check the path.")
        default: (.inputOutput, "Look at the path, and at the system's log for its disk.")
        }
    return MailCAError(
        code, "could not \(doing) \(path): \(code == .noSpace ? "the disk is full" : "\(reason)")", hint: hint,
        cause: reason)
}
