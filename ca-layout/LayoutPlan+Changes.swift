public import MailCA
import OpenSSLKit
public import SystemPackage

extension LayoutPlan {
    /// A name in the directory, what it is now, and what the plan makes of it.
    public struct Change: Sendable, Hashable {
        public let name: String
        /// What is there; nil for nothing.
        public let before: String?
        /// What will be there; nil for nothing.
        public let after: String?
        /// Whether other bytes come, and not only another mode or owner.
        public let isOfContent: Bool
    }

    /// What carrying the plan out would change, links and removals included.
    /// - Throws: `MailCAError` where the directory cannot be read.
    public func changes(in directory: FilePath) throws(MailCAError) -> [Change] {
        let present = Set(try FileContent.names(in: directory))
        let resolved = HashLinks.resolve(items, in: directory, present: present)
        var changes = resolved.filter { !isInPlace($0, directory) }.map { change($0, directory) }
        let gone = leaving(resolved, directory, present)
        changes += gone.map { name in
            Change(name: name, before: Self.summary(of: directory.appending(name)), after: nil, isOfContent: true)
        }
        return changes
    }

    private func change(_ item: Item, _ directory: FilePath) -> Change {
        let path = directory.appending(item.name)
        let isSame =
            switch item.content {
            case .link, .database: false
            case .text(let text): holds(path, Array(text.utf8))
            case .sequence(let pieces): holds(path, pieces)
            case .secret(let secret): (try? FileContent.read(path)).map { SecretBytes($0) == secret } == true
            }
        let owners = [owner.map { "user \($0)" }, item.group.map { "group \($0)" }].compactMap(\.self)
        let after = item.isLink ? item.summary : (["mode \(item.summary)"] + owners).joined(separator: ", ")
        return Change(name: item.name, before: Self.summary(of: path), after: after, isOfContent: !isSame)
    }

    private static func summary(of path: FilePath) -> String? {
        guard let status = FileStatus(path) else { return nil }
        if let target = FileContent.linkTarget(path) { return "-> \(target)" }
        return "mode \(status.octal), user \(status.owner), group \(status.group)"
    }
}
