public import FoundationEssentials
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// Which files a directory is to hold: first to be shown, then to be carried out as one.
public struct LayoutPlan: Sendable {
    /// What a name in the directory will be.
    public enum Content: Sendable {
        case text(String)
        case secret(SecretBytes)
        /// A symbolic link to another name in the directory.
        case link(String)
    }

    /// One name in the directory.
    public struct Item: Sendable {
        public let name: String
        public let content: Content
        /// Permission bits; a link has none of its own.
        public let mode: UInt32

        public init(_ name: String, _ content: Content, mode: UInt32 = 0o644) {
            self.name = name
            self.content = content
            self.mode = mode
        }

        /// `0644`, or `-> cert.pem`.
        public var summary: String {
            if case .link(let target) = content { return "-> \(target)" }
            let digits = String(mode, radix: 8)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }

    /// What to do about a file that is there already and differs.
    public enum Replacement: Sendable {
        case replace
        /// Keep the old one beside the new one, under a name with the time in it.
        case keepOld(Date)
    }

    /// What came of carrying a plan out.
    public struct Outcome: Sendable {
        /// What was written; the rest was as it should be.
        public let written: [Item]
        /// The names under which old files were kept.
        public let kept: [String]
        public let removed: [String]
    }

    public var items: [Item]
    public var replacement: Replacement
    /// Which files an old one of is kept; nil for all.
    public var keepsOld: Set<String>?
    /// The mode of the directory where it has to be made.
    public var directoryMode: UInt32

    public init(items: [Item], replacement: Replacement = .replace, directoryMode: UInt32 = 0o755) {
        self.items = items
        self.replacement = replacement
        self.directoryMode = directoryMode
    }

    /// Both plans in one; of a name in both, the other's.
    public func merging(_ other: LayoutPlan) -> LayoutPlan {
        var plan = self
        let names = Set(other.items.map(\.name))
        plan.items = items.filter { !names.contains($0.name) } + other.items
        return plan
    }

    /// Carries the plan out under `directory`: all of it or, where something fails, nothing.
    ///
    /// What is there already with the same content and mode is not written again. Hash links that point to a file of
    /// this plan under a hash that is no longer its own are removed; a hash name that somebody else's certificate
    /// has is left alone, and the next number is taken.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`, `notFound`.
    @discardableResult
    public func apply(under directory: FilePath) throws(MailCAError) -> Outcome {
        let transaction = try FileTransaction(directory: directory, mode: directoryMode)
        let present = Set(try FileContent.names(in: transaction.directory))
        let resolved = HashLinks.resolve(items, in: transaction.directory, present: present)
        var written: [Item] = []
        var kept: [String] = []
        for item in resolved where !isInPlace(item, transaction.directory) {
            if case .keepOld(let date) = replacement, present.contains(item.name), !item.isLink,
                keepsOld?.contains(item.name) ?? true
            {
                kept.append(try keep(item.name, date, present, transaction))
            }
            switch item.content {
            case .text(let text): try transaction.write(text, to: item.name, mode: item.mode)
            case .secret(let secret): try transaction.write(secret, to: item.name, mode: item.mode)
            case .link(let target): try transaction.link(item.name, to: target)
            }
            written.append(item)
        }
        let stale = HashLinks.stale(items: resolved, in: transaction.directory, present: present)
        for name in stale { transaction.remove(name) }
        if !written.isEmpty || !stale.isEmpty { try transaction.commit() }
        return Outcome(written: written, kept: kept, removed: stale)
    }

    /// The names of this plan that are there already as something else.
    public func conflicts(under directory: FilePath) -> [String] {
        items.filter { !$0.isLink && FileContent.exists(directory.appending($0.name)) && !isInPlace($0, directory) }
            .map(\.name)
    }

    private func keep(
        _ name: String, _ date: Date, _ present: Set<String>, _ transaction: FileTransaction
    ) throws(MailCAError) -> String {
        let stem = "\(name).\(Timestamp.compact(date))"
        var other = stem
        var number = 1
        while present.contains(other) {
            number += 1
            other = "\(stem)-\(number)"
        }
        try transaction.keep(name, as: other)
        return other
    }

    private func isInPlace(_ item: Item, _ directory: FilePath) -> Bool {
        let path = directory.appending(item.name)
        switch item.content {
        case .link(let target): return FileContent.linkTarget(path) == target
        case .text(let text): return FileStatus(path)?.isPlainFile(item.mode) == true && holds(path, Array(text.utf8))
        case .secret: return false
        }
    }

    private func holds(_ path: FilePath, _ bytes: [UInt8]) -> Bool {
        guard let content = try? FileContent.read(path) else { return false }
        return content == bytes
    }
}

extension LayoutPlan.Item {
    var isLink: Bool {
        if case .link = content { true } else { false }
    }
}
