import Glibc

/// A user of this machine, as whom a mail server reads files.
public struct SystemUser: Sendable, Hashable {
    public let name: String
    public let id: UInt32
    public let groups: Set<UInt32>

    public init(name: String, id: UInt32, groups: Set<UInt32>) {
        self.name = name
        self.id = id
        self.groups = groups
    }

    /// - Returns: nil where there is no such user here.
    public init?(named name: String) {
        guard let user = getpwnam(name) else { return nil }
        let (id, own) = (user.pointee.pw_uid, user.pointee.pw_gid)
        var count: Int32 = 64
        var groups = [gid_t](repeating: 0, count: Int(count))
        if getgrouplist(name, own, &groups, &count) < 0 {
            groups = [gid_t](repeating: 0, count: Int(count))
            guard getgrouplist(name, own, &groups, &count) >= 0 else { return nil }
        }
        self.init(name: name, id: id, groups: Set(groups.prefix(Int(count))))
    }

    /// The name of a user, or `user 1000` where that number has none.
    public static func name(ofUser id: UInt32) -> String {
        getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "user \(id)"
    }

    /// The name of a group, or its number where it has none.
    public static func name(ofGroup id: UInt32) -> String {
        getgrgid(id).map { String(cString: $0.pointee.gr_name) } ?? String(id)
    }
}
