import MailCA
import OpenSSLKit
import SystemPackage

/// The links by which OpenSSL finds a certificate or a revocation list in a directory: the hash of its subject or
/// issuer, then `.0` or `.r0`, or a higher number where several share the hash (`openssl-rehash(1)`).
public enum HashLinks {
    static func certificate(_ hash: String, file: String) -> LayoutPlan.Item {
        LayoutPlan.Item("\(hash).0", .link(file), mode: 0o777)
    }

    static func revocationList(_ hash: String, file: String) -> LayoutPlan.Item {
        LayoutPlan.Item("\(hash).r0", .link(file), mode: 0o777)
    }

    /// Whether a name is that of a hash link.
    public static func isHashLink(_ name: String) -> Bool { split(name) != nil }

    /// `1a2b3c4d.r0` as (`1a2b3c4d.r`, 0).
    private static func split(_ name: String) -> (stem: String, number: Int)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 8, parts[0].allSatisfy({ $0.isHexDigit && !$0.isUppercase })
        else { return nil }
        let isList = parts[1].hasPrefix("r")
        guard let number = Int(parts[1].dropFirst(isList ? 1 : 0)), number >= 0 else { return nil }
        return ("\(parts[0]).\(isList ? "r" : "")", number)
    }

    /// The items with each hash link under the first number that is free, or is its own already.
    static func resolve(_ items: [LayoutPlan.Item], in directory: FilePath, present: Set<String>) -> [LayoutPlan.Item] {
        let ours = Set(items.filter { !$0.isLink }.map(\.name))
        var taken: Set<String> = []
        return items.map { item in
            guard case .link(let target) = item.content, let (stem, first) = split(item.name) else { return item }
            var number = first
            while true {
                let name = "\(stem)\(number)"
                let holder = FileContent.linkTarget(directory.appending(name))
                // Free, ours to replace, or somebody else's.
                let isFree =
                    !present.contains(name) || leadsNowhere(directory.appending(name)) || holder == target
                    || holder.map { ours.contains($0) } == true
                if isFree && taken.insert(name).inserted { return .init(name, item.content, mode: item.mode) }
                number += 1
            }
        }
    }

    /// Whether it is a link to what is not there: OpenSSL stops looking at it, and nothing is lost with it.
    private static func leadsNowhere(_ path: FilePath) -> Bool {
        FileContent.linkTarget(path) != nil && FileStatus(path, following: true) == nil
    }

    /// Hash links that point to a file of these items, and are not among them.
    static func stale(items: [LayoutPlan.Item], in directory: FilePath, present: Set<String>) -> [String] {
        let files = Set(items.filter { !$0.isLink }.map(\.name))
        let wanted = Set(items.filter(\.isLink).map(\.name))
        return present.filter { name in
            guard isHashLink(name), !wanted.contains(name) else { return false }
            return FileContent.linkTarget(directory.appending(name)).map { files.contains($0) } == true
        }.sorted()
    }
}
