import GRDB
import Glibc
public import MailCA
import OpenSSLKit
public import SystemPackage

/// A ledger that is made beside the place of another one, and then takes that place.
///
/// Up to one renaming everything is as it was, and from it on everything is new: the write-ahead log of the old ledger
/// goes first, so that it can never be taken for the new one's.
public final class StagedLedger {
    /// Where it is made: an empty file until somebody writes it.
    public let path: FilePath
    private let place: FilePath
    private let directory: FilePath
    private let descriptor: Int32

    private static let prefix = ".mailca-"
    /// What SQLite has beside a database.
    private static let companions = ["-wal", "-shm", "-journal"]

    /// Makes the empty file.
    /// - Parameter place: where the ledger belongs; its directory has to be there.
    public init(for place: FilePath) throws(MailCAError) {
        self.place = place
        directory = place.removingLastComponent()
        Self.removeAbandoned(beside: place)
        let name: String
        do { name = Self.prefix + (try randomBytes(8).hexadecimal()) } catch {
            throw MailCAError(.internalFault, error.description, cause: error)
        }
        path = directory.appending(name)
        descriptor = open(path.string, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("write in", directory) }
        // By this, others see that somebody is still at work on it.
        flock(descriptor, LOCK_EX)
    }

    deinit {
        for suffix in [""] + Self.companions { unlink(path.string + suffix) }
        close(descriptor)
    }

    /// Removes what killed commands left of theirs.
    public static func removeAbandoned(beside place: FilePath) {
        let directory = place.removingLastComponent()
        let left = names(in: directory).filter { name in
            name.hasPrefix(prefix) && !companions.contains { name.hasSuffix($0) }
        }
        for name in left {
            let path = directory.appending(name).string
            let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { for suffix in [""] + companions { unlink(path + suffix) } }
            close(file)
        }
    }

    private static func names(in directory: FilePath) -> [String] {
        guard let stream = opendir(directory.string) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }

    /// Puts it in its place, durably, while nobody uses what is there now.
    /// - Parameters:
    ///   - stamp: what the name under which the old ledger is kept ends in.
    ///   - isReadable: whether SQLite can read the old one: then nothing of it is left in its log alone.
    /// - Returns: the paths under which the old ledger and its log are kept.
    /// - Throws: ``MailCAError`` with the codes `busy`, `noSpace`, `permissionDenied`, `inputOutput`; nothing was
    ///   changed then, but that a second name of the old ledger may be there.
    public func takePlace(keepingOldAs stamp: String, isReadable: Bool) throws(MailCAError) -> [FilePath] {
        guard fsync(descriptor) == 0 else { throw systemError("write", path) }
        guard !Self.hasLog(path) else {
            throw MailCAError(.internalFault, "the new ledger \(path) was not brought to an end")
        }
        return try withExtendedLifetime(try lock(isReadable: isReadable)) { () throws(MailCAError) in
            let kept = try keepOld(as: stamp)
            try removeOldLog()
            // Without an old one somebody may just have made one: that is not to be overwritten.
            let isNew = FileIdentity(place) == nil
            guard (isNew ? renameWithoutReplacing() : rename(path.string, place.string)) == 0 else {
                guard errno == EEXIST else { throw systemError("put in place", place) }
                throw MailCAError(
                    .busy, "another command has made the ledger \(place) meanwhile",
                    hint: "Nothing was changed. Look at it with mailca verify.")
            }
            try sync()
            return kept
        }
    }

    /// As rename(2), where nothing has the name. A kill in between leaves a second name of the new ledger, which the next
    /// one removes.
    private func renameWithoutReplacing() -> Int32 {
        let status = link(path.string, place.string)
        if status == 0 { unlink(path.string) }
        // Some disks know no second names.
        return status != 0 && errno == EPERM ? rename(path.string, place.string) : status
    }

    /// Locks the old ledger when nothing of it is in its log alone: a kill can then leave no half of it.
    private func lock(isReadable: Bool) throws(MailCAError) -> LedgerLock {
        for _ in 0..<5 where isReadable && FileIdentity(place) != nil && Self.hasLog(place) {
            // The last one who closes a ledger brings the log into it.
            try FileKind.ledger.translate(place) {
                var configuration = Configuration()
                configuration.busyMode = .timeout(SQLiteLedger.patience)
                let queue = try DatabaseQueue(path: place.string, configuration: configuration)
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
                try queue.close()
            }
            let lock = try LedgerLock.wait(for: place)
            if !Self.hasLog(place) { return lock }
        }
        return try LedgerLock.wait(for: place)
    }

    private static func hasLog(_ path: FilePath) -> Bool {
        guard case .success(let status) = FileIdentity.status(FilePath(path.string + "-wal")) else { return false }
        return status.st_size > 0
    }

    /// Gives the old ledger and what is beside it second names.
    private func keepOld(as stamp: String) throws(MailCAError) -> [FilePath] {
        let present = ([""] + Self.companions).filter { FileIdentity(FilePath(place.string + $0)) != nil }
        guard !present.isEmpty else { return [] }
        let base = nameForOld(stamp)
        var kept: [FilePath] = []
        for suffix in present {
            let (old, other) = (FilePath(place.string + suffix), FilePath(base + suffix))
            kept.append(other)
            // A command that was killed may have come as far.
            if FileIdentity(old) == FileIdentity(other) { continue }
            if link(old.string, other.string) == 0 { continue }
            // A directory has one name only, and so have files on some disks.
            guard errno == EPERM || errno == EISDIR, rename(old.string, other.string) == 0 else {
                throw systemError("keep", old)
            }
        }
        try sync()
        return kept
    }

    /// A name that the old ledger got from a command that was killed, or the first one that is free.
    private func nameForOld(_ stamp: String) -> String {
        let own = FileIdentity(place)
        let start = (place.lastComponent?.string ?? "") + "."
        let earlier = Self.names(in: directory).filter { $0.hasPrefix(start) }.map { directory.appending($0) }
        if let name = earlier.first(where: { own != nil && FileIdentity($0) == own && isFree($0.string) }) {
            return name.string
        }
        var name = "\(place.string).\(stamp)"
        var number = 1
        while !isFree(name) {
            number += 1
            name = "\(place.string).\(stamp)-\(number)"
        }
        return name
    }

    /// Whether nobody else has the name, nor those that SQLite makes of it.
    private func isFree(_ name: String) -> Bool {
        ([""] + Self.companions).allSatisfy { suffix in
            let found = FileIdentity(FilePath(name + suffix))
            return found == nil || found == FileIdentity(FilePath(place.string + suffix))
        }
    }

    /// Takes the old log away while the old ledger still has its name.
    private func removeOldLog() throws(MailCAError) {
        for suffix in Self.companions where unlink(place.string + suffix) != 0 && errno != ENOENT {
            throw systemError("remove", FilePath(place.string + suffix))
        }
        try sync()
    }

    private func sync() throws(MailCAError) {
        let folder = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw systemError("open the directory", directory) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw systemError("write in", directory) }
    }
}
