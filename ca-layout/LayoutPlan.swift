public import FoundationEssentials
import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// Which files a directory is to hold: first to be shown, then to be carried out as one.
public struct LayoutPlan: Sendable {
    /// What a name in the directory will be.
    public enum Content: Sendable {
        case text(String)
        /// Texts and revocation lists one after the other, which may be larger than memory.
        case sequence([Piece])
        case secret(SecretBytes)
        /// A symbolic link to another name in the directory.
        case link(String)
        /// Postfix's database of the map with that name, which `postmap` makes.
        case database(of: String, type: PostfixMapType)
    }

    /// A part of a file.
    public enum Piece: Sendable {
        case text(String)
        /// In PEM.
        case list(SignedRevocationList)
        /// Handed over in parts, each time anew.
        case stream(@Sendable (_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) -> Void)
    }

    /// One name in the directory.
    public struct Item: Sendable {
        public let name: String
        public let content: Content
        /// Permission bits; a link has none of its own.
        public let mode: UInt32
        /// The number of the group that it belongs to; nil for whatever new files get.
        public let group: UInt32?

        public init(_ name: String, _ content: Content, mode: UInt32 = 0o644, group: UInt32? = nil) {
            self.name = name
            self.content = content
            self.mode = mode
            self.group = group
        }

        /// `0644`, or `-> cert.pem`.
        public var summary: String {
            if case .link(let target) = content { return "-> \(target)" }
            let digits = String(mode, radix: 8)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
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
    /// Names that must not be there yet.
    public var mustBeNew: Set<String> = []
    /// Names of which an old file that differs is kept, beside the new one, under a name with this time in it.
    public var keepOld: (names: Set<String>, date: Date)?
    /// Names that go when the others come.
    public var removals: Set<String> = []
    /// The user that files have to belong to, who is the one that writes them; nil for whoever has them.
    public var owner: UInt32?

    public init(items: [Item]) { self.items = items }

    /// Keeps old files of all names.
    public mutating func keepAllOld(_ date: Date) { keepOld = (Set(items.map(\.name)), date) }

    /// Both plans in one; of a name in both, the other's.
    public func merging(_ other: LayoutPlan) -> LayoutPlan {
        var plan = self
        let names = Set(other.items.map(\.name))
        plan.items = items.filter { !names.contains($0.name) } + other.items
        plan.removals.formUnion(other.removals)
        plan.owner = owner ?? other.owner
        return plan
    }

    /// Carries the plan out under `directory`: all of it or, where something fails, nothing.
    ///
    /// What is there already with the same content and mode is not written again. Hash links that point to a file of
    /// this plan under a hash that is no longer its own are removed; a hash name that somebody else's certificate
    /// has is left alone, and the next number is taken.
    /// - Throws: `MailCAError` with the codes `alreadyExists`, `permissionDenied`, `noSpace`, `inputOutput`, `notFound`.
    @discardableResult
    public func apply(under directory: FilePath, directoryMode: UInt32 = 0o755) throws(MailCAError) -> Outcome {
        try apply(in: try FileTransaction(directory: directory, mode: directoryMode))
    }

    /// Carries the plan out in a transaction that was begun before, and ends it.
    /// - Parameter keepingOld: so that `FileTransaction.revert()` can take it back.
    /// - Throws: as ``apply(under:directoryMode:)``.
    @discardableResult
    public func apply(in transaction: FileTransaction, keepingOld: Bool = false) throws(MailCAError) -> Outcome {
        try transaction.refuse(mustBeNew)
        let present = Set(try FileContent.names(in: transaction.directory))
        let resolved = HashLinks.resolve(items, in: transaction.directory, present: present)
        var written: [Item] = []
        var kept: [String] = []
        var keptKeys: [(item: Item, name: String)] = []
        for item in resolved where !isInPlace(item, transaction.directory) {
            if let keepOld, keepOld.names.contains(item.name), present.contains(item.name), !item.isLink {
                let name = try keep(item.name, keepOld.date, present, transaction)
                kept.append(name)
                if case .secret = item.content { keptKeys.append((item, name)) }
            }
            switch item.content {
            case .text(let text): try transaction.write(text, to: item.name, mode: item.mode)
            case .sequence(let pieces):
                try transaction.write(pieces, to: item.name, mode: item.mode)
            case .secret(let secret): try transaction.write(secret, to: item.name, mode: item.mode)
            case .link(let target): try transaction.link(item.name, to: target)
            case .database(let map, let type):
                try transaction.makeDatabase(of: map, type, as: item.name, mode: item.mode)
            }
            if let group = item.group { try transaction.give(item.name, to: group) }
            written.append(item)
        }
        let stale = leaving(resolved, transaction.directory, present)
        for name in stale { transaction.remove(name) }
        try transaction.commit(keepingOld: keepingOld)
        // A key that others could read was no secret; its copy need not stay so.
        for (item, name) in keptKeys { chmod(transaction.directory.appending(name).string, item.mode) }
        return Outcome(written: written, kept: kept, removed: stale)
    }

    /// The names that go.
    func leaving(_ resolved: [Item], _ directory: FilePath, _ present: Set<String>) -> [String] {
        let coming = Set(resolved.map(\.name))
        return HashLinks.stale(items: resolved, in: directory, present: present)
            + removals.intersection(present).subtracting(coming).sorted()
    }

    /// The names that are not there as the plan wants them.
    public func differences(in directory: FilePath) throws(MailCAError) -> [String] {
        let present = Set(try FileContent.names(in: directory))
        return HashLinks.resolve(items, in: directory, present: present)
            .filter { !isInPlace($0, directory) }.map(\.name)
    }

    /// Sees, without changing anything, that nothing is there which must not be.
    /// - Throws: `MailCAError` with code `alreadyExists`.
    public func refuse(under directory: FilePath) throws(MailCAError) {
        try FileTransaction.refuse(mustBeNew, in: directory)
    }

    private func keep(
        _ name: String, _ date: Date, _ present: Set<String>, _ transaction: FileTransaction
    ) throws(MailCAError) -> String {
        let other = Self.nameForOld(name, date, present)
        try transaction.keep(name, as: other)
        return other
    }

    /// A name with the time in it, which nothing has.
    static func nameForOld(_ name: String, _ date: Date, _ present: Set<String>) -> String {
        let stem = "\(name).\(Timestamp.compact(date))"
        var other = stem
        var number = 1
        while present.contains(other) {
            number += 1
            other = "\(stem)-\(number)"
        }
        return other
    }

    func isInPlace(_ item: Item, _ directory: FilePath) -> Bool {
        let path = directory.appending(item.name)
        switch item.content {
        case .link(let target): return FileContent.linkTarget(path) == target
        case .text(let text): return isPlain(path, item) && holds(path, Array(text.utf8))
        case .sequence(let pieces): return isPlain(path, item) && holds(path, pieces)
        case .database(let map, _):
            // Made from the map as it is now, and after it: Postfix goes by the times, too.
            guard isPlain(path, item), let made = FileStatus(path)?.modified,
                let changed = FileStatus(directory.appending(map))?.modified
            else { return false }
            return made >= changed && items.first { $0.name == map }.map { isInPlace($0, directory) } == true
        case .secret(let secret):
            guard isPlain(path, item), var bytes = try? FileContent.read(path) else { return false }
            defer { SecretBytes.wipe(&bytes) }
            return SecretBytes(bytes) == secret
        }
    }

    private func isPlain(_ path: FilePath, _ item: Item) -> Bool {
        guard let status = FileStatus(path), status.isPlainFile(item.mode) else { return false }
        return (item.group == nil || item.group == status.group) && (owner == nil || owner == status.owner)
    }

    func holds(_ path: FilePath, _ bytes: [UInt8]) -> Bool {
        guard let content = try? FileContent.read(path) else { return false }
        return content == bytes
    }

    /// Compares part by part, up to the first that differs.
    func holds(_ path: FilePath, _ pieces: [Piece]) -> Bool {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        do {
            for piece in pieces {
                try piece.forEachPart { (part) throws(MailCAError) in
                    guard try FileContent.next(part.count, of: descriptor, name: path) == part else {
                        throw MailCAError(.notFound, "it differs")
                    }
                }
            }
            return try FileContent.next(1, of: descriptor, name: path).isEmpty
        } catch { return false }
    }
}

extension LayoutPlan.Piece {
    /// Hands over the bytes in order.
    func forEachPart(_ take: ([UInt8]) throws(MailCAError) -> Void) throws(MailCAError) {
        switch self {
        case .text(let text): try take(Array(text.utf8))
        case .stream(let hand): try hand(take)
        case .list(let list):
            let encoder = try internally { () throws(OpenSSLError) in try PEMEncoder(label: "X509 CRL") }
            try take(encoder.head)
            try list.withDER { (bytes) throws(MailCAError) in try take(encoder.encode(bytes)) }
            try take(encoder.finish())
        }
    }
}

extension LayoutPlan.Item {
    var isLink: Bool {
        if case .link = content { true } else { false }
    }
}
