import Glibc
import MailCA
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

    /// `root`, `uid 1234`, `taro as root` of somebody who went through sudo.
    static func who(_ name: String?, _ userID: UInt32, _ sudoUser: String?) -> String {
        let name = name ?? "uid \(userID)"
        return (sudoUser.map { "\($0) as \(name)" } ?? name).shown
    }
}
