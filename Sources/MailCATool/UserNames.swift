import Glibc
import OpenSSLKit

/// The names of this machine's users.
struct UserNames {
    private var known: [UInt32: String?] = [:]

    /// - Returns: nil where nobody has this number, or has it any more.
    mutating func name(of userID: UInt32) -> String? {
        if let name = known[userID] { return name }
        let name = getpwuid(userID).map { String(cString: $0.pointee.pw_name) }
        known[userID] = .some(name)
        return name
    }
}
