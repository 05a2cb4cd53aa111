import Glibc
public import MailCA
import OpenSSLKit
public import SystemPackage

/// What a transaction is about to do, written down before it begins so that it can be ended by somebody else.
struct CommitRecord {
    enum Step: Sendable {
        case place(temporary: String, name: String)
        case remove(name: String)

        var temporary: String? {
            if case .place(let temporary, _) = self { temporary } else { nil }
        }

        var name: String {
            switch self {
            case .place(_, let name), .remove(let name): name
            }
        }
    }

    static let name = ".mailca-commit"
    /// PATH_MAX, less a little.
    static let longestLink = 4_000
    var steps: [Step]

    /// Three fields for each step, then the digest of them all: half a record is none. No name holds a `/`, so that
    /// ends each field.
    var encoded: [UInt8] {
        let fields = steps.map { step in
            switch step {
            case .place(let temporary, let name): "place/\(temporary)/\(name)/"
            case .remove(let name): "remove//\(name)/"
            }
        }.joined()
        return Array("\(fields)end/\(Digest.sha256(Array(fields.utf8)).hexadecimal())//".utf8)
    }

    init(steps: [Step]) { self.steps = steps }

    /// The record in a directory; nil where it is not whole.
    static func read(in directory: FilePath) throws(MailCAError) -> CommitRecord? {
        let path = directory.appending(name)
        if let target = FileContent.linkTarget(path) { return CommitRecord(Array(target.utf8)) }
        return CommitRecord(try FileContent.read(path))
    }

    init?(_ bytes: [UInt8]) {
        var fields = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }[...]
        var steps: [Step] = []
        while fields.count > 3 {
            let step = Array(fields.prefix(3))
            fields = fields.dropFirst(3)
            switch step[0] {
            case "place": steps.append(.place(temporary: step[1], name: step[2]))
            case "remove": steps.append(.remove(name: step[2]))
            case "end":
                self.steps = steps
                guard encoded == bytes else { return nil }
                return
            default: return nil
            }
        }
        return nil
    }
}

extension FileTransaction {
    /// Ends what a killed transaction left begun: forward where it had got so far, else back.
    /// - Returns: the names that were put in place now; empty where nothing was left.
    /// - Throws: `MailCAError` with the codes `permissionDenied`, `noSpace`, `inputOutput`.
    @discardableResult
    public static func recover(_ directory: FilePath) throws(MailCAError) -> [String] {
        guard try FileContent.exists(directory), try !temporaries(directory).isEmpty else { return [] }
        return try FileTransaction(directory: directory).recovered
    }

    /// Carries steps out; key and certificate first, and as one.
    static func carryOut(
        _ steps: [CommitRecord.Step], _ descriptor: Int32, _ directory: FilePath,
        each: (CommitRecord.Step) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        let pair = PairSwitch(steps, descriptor, directory)
        try pair?.carryOut()
        for step in steps where pair == nil || !MailLayout.pairFileNames.contains(step.name) { try each(step) }
    }

    /// Carries a step out. One that was done before is not done again.
    static func carryOut(_ step: CommitRecord.Step, _ descriptor: Int32, _ directory: FilePath) throws(MailCAError) {
        switch step {
        case .place(let temporary, let name):
            guard renameat(descriptor, temporary, descriptor, name) == 0 || errno == ENOENT else {
                throw systemError("put in place", directory.appending(name))
            }
        case .remove(let name):
            guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
                throw systemError("remove", directory.appending(name))
            }
        }
    }

    /// Ends what others left, under the lock: forward where their record stands, and away with the rest.
    static func settle(_ descriptor: Int32, _ directory: FilePath) throws(MailCAError) -> [String] {
        let left = try temporaries(directory)
        guard !left.isEmpty else { return [] }
        var placed: [String] = []
        if left.contains(CommitRecord.name) {
            if let record = try CommitRecord.read(in: directory) {
                placed = record.steps.compactMap { $0.temporary == nil ? nil : $0.name }
                try carryOut(record.steps, descriptor, directory) { (step) throws(MailCAError) in
                    do throws(MailCAError) { try carryOut(step, descriptor, directory) } catch {
                        // A directory that somebody put in the way since must not stop everything for good.
                        let cause = error.cause as? Errno
                        guard cause == .isDirectory || cause == .fileExists else { throw error }
                        placed.removeAll { $0 == step.name }
                    }
                }
                // What was put in place has to be there for good before the record goes.
                fsync(descriptor)
            }
            unlinkat(descriptor, CommitRecord.name, 0)
        }
        PairSwitch.cleanUp(descriptor)
        for name in left where name != CommitRecord.name { unlinkat(descriptor, name, 0) }
        fsync(descriptor)
        return placed
    }

    /// The names of changes on their way in a directory.
    static func temporaries(_ directory: FilePath) throws(MailCAError) -> [String] {
        try FileContent.names(in: directory).filter { name in
            // In a directory that others may write to, theirs are none of our business, and not to be believed.
            isTemporary(name) && FileStatus(directory.appending(name))?.owner == geteuid()
        }
    }
}
