import CProcess
public import SystemPackage

/// Who may do what with a file or directory: owner, group and others, and the users and groups of a POSIX access list
/// (acl(5)), which `ls` shows as a plus sign only.
public struct AccessList: Sendable, Hashable {
    /// What one may do with a file, or with the names in a directory.
    public struct Permission: OptionSet, Sendable, Hashable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let read = Permission(rawValue: 4)
        public static let write = Permission(rawValue: 2)
        /// Of a directory: to go through it to what lies in it.
        public static let enter = Permission(rawValue: 1)
    }

    /// For whom an entry is.
    public enum Party: Sendable, Hashable {
        case user(UInt32)
        case group(UInt32)
        case everybody
    }

    public struct Entry: Sendable, Hashable {
        public let party: Party
        public let permission: Permission
        /// Whether it comes from an access list, and not from the mode.
        public let isNamed: Bool
    }

    public let owner: UInt32
    /// Those beside the owner, with what they really have: what the mask of the list takes away is left out.
    public let entries: [Entry]
    private let ownerPermission: Permission

    /// - Returns: nil where there is nothing of that name, or one may not look.
    public init?(_ path: FilePath) {
        guard let status = FileStatus(path, following: true) else { return nil }
        self.init(status, Self.attribute(path))
    }

    /// - Parameter attribute: the value of `system.posix_acl_access`; nil where there is none.
    init(_ status: FileStatus, _ attribute: [UInt8]?) {
        let bits = status.permissions
        owner = status.owner
        ownerPermission = Permission(rawValue: bits >> 6 & 7)
        let others = Entry(party: .everybody, permission: Permission(rawValue: bits & 7), isNamed: false)
        guard let listed = attribute.flatMap(Self.parse) else {
            let group = Permission(rawValue: bits >> 3 & 7)
            entries = [Entry(party: .group(status.group), permission: group, isNamed: false), others]
            return
        }
        // Where there is a list, the mode shows its mask in the group's place.
        let mask = listed.first { $0.tag == Tag.mask }.map { Permission(rawValue: $0.permission) }
        entries =
            listed.compactMap { item in
                let real = Permission(rawValue: item.permission).intersection(mask ?? [.read, .write, .enter])
                switch item.tag {
                case Tag.user: return Entry(party: .user(item.id), permission: real, isNamed: true)
                case Tag.group: return Entry(party: .group(item.id), permission: real, isNamed: true)
                case Tag.ownGroup: return Entry(party: .group(status.group), permission: real, isNamed: false)
                default: return nil
                }
            } + [others]
    }

    /// Who else than the owner may.
    public func others(who permission: Permission) -> [Entry] {
        entries.filter { $0.permission.contains(permission) }
    }

    /// Whether the system lets a user, as acl(5) says: the first kind of entry that fits decides.
    public func lets(_ user: SystemUser, _ permission: Permission) -> Bool {
        if user.id == 0 { return true }
        if user.id == owner { return ownerPermission.contains(permission) }
        if let own = entries.first(where: { $0.party == .user(user.id) }) { return own.permission.contains(permission) }
        let ofGroups = entries.filter { entry in user.groups.contains { entry.party == .group($0) } }
        guard ofGroups.isEmpty else { return ofGroups.contains { $0.permission.contains(permission) } }
        return entries.contains { $0.party == .everybody && $0.permission.contains(permission) }
    }
}

extension AccessList {
    /// The kinds of entries in Linux's own form (`linux/posix_acl.h`).
    private enum Tag {
        static let user: UInt16 = 0x02
        static let ownGroup: UInt16 = 0x04
        static let group: UInt16 = 0x08
        static let mask: UInt16 = 0x10
    }

    private static func attribute(_ path: FilePath) -> [UInt8]? {
        let name = "system.posix_acl_access"
        let size = process_extended_attribute(path.string, name, nil, 0)
        guard size > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        return process_extended_attribute(path.string, name, &bytes, size) == size ? bytes : nil
    }

    /// Version 2 in four bytes, then eight for each entry, all little-endian; nil for anything else.
    private static func parse(_ bytes: [UInt8]) -> [(tag: UInt16, permission: UInt32, id: UInt32)]? {
        func number(_ range: Range<Int>) -> UInt32 { bytes[range].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        guard bytes.count >= 4, bytes.count % 8 == 4, number(0..<4) == 2 else { return nil }
        return stride(from: 4, to: bytes.count, by: 8).map { start in
            (
                UInt16(truncatingIfNeeded: number(start..<start + 2)), number(start + 2..<start + 4),
                number(start + 4..<start + 8)
            )
        }
    }
}
