import Glibc
public import MailCA
import SystemPackage

extension FileTransaction {
    /// Puts everything in place, durably.
    /// - Parameter keepingOld: so that ``revert()`` can take it back, until ``forgetOld()``.
    /// - Throws: `MailCAError`; then all is as it was.
    public func commit(keepingOld: Bool = false) throws(MailCAError) {
        guard !steps.isEmpty else {
            if !keepingOld { flock(descriptor, LOCK_UN) }
            return
        }
        try sync()
        var before: [(name: String, held: String?)] = []
        for name in steps.map(\.name) { before.append((name, try held(name))) }
        if steps.count > 1 { try record() }
        do throws(MailCAError) {
            try carryOut()
            guard fsync(descriptor) == 0 else { throw systemError("write in", directory) }
        } catch {
            undo(before)
            throw error
        }
        isOver = true
        unlinkat(descriptor, CommitRecord.name, 0)
        let places = Set(steps.compactMap(\.temporary))
        let kept = keepingOld ? Set(before.compactMap(\.held)) : []
        if keepingOld { self.before = before }
        for name in staged where !places.contains(name) && !kept.contains(name) { unlinkat(descriptor, name, 0) }
        for path in made { DirectoryMaker.sync(parentOf: path) }
        // Who commits is done here, and may go on to write with another transaction.
        if !keepingOld { flock(descriptor, LOCK_UN) }
    }

    private func carryOut() throws(MailCAError) {
        try Self.carryOut(steps, descriptor, directory) { (step) throws(MailCAError) in
            try Self.carryOut(step, descriptor, directory)
        }
    }

    /// Takes back what was committed: every name has what it had before, the very same file.
    /// - Throws: `MailCAError`; the next transaction there ends what was begun.
    public func revert() throws(MailCAError) {
        steps = before.map { before in
            before.held.map { .place(temporary: $0, name: before.name) } ?? .remove(name: before.name)
        }
        before = []
        if steps.count > 1 { try record() }
        try carryOut()
        guard fsync(descriptor) == 0 else { throw systemError("write in", directory) }
        unlinkat(descriptor, CommitRecord.name, 0)
    }

    /// Drops what ``revert()`` would bring back.
    public func forgetOld() {
        for name in before.compactMap(\.held) { unlinkat(descriptor, name, 0) }
        before = []
    }

    /// What has this name now, under a name of ours; nil where nothing has.
    private func held(_ name: String) throws(MailCAError) -> String? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw directoryInTheWay(name) }
        return try hold(name)
    }

    /// Writes down what comes next: as the target of a symbolic link, which is there at once and whole or not at all,
    /// and where it is too long for one, as a file. A file system that keeps a journal brings names to the disk in
    /// their order: this one before those that it tells of.
    private func record() throws(MailCAError) {
        let bytes = CommitRecord(steps: steps).encoded
        if bytes.count < CommitRecord.longestLink {
            guard symlinkat(String(decoding: bytes, as: UTF8.self), descriptor, CommitRecord.name) == 0 else {
                throw systemError("write in", directory)
            }
            return
        }
        let name = try temporaryName()
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("write in", directory) }
        staged.append(name)
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0,
            renameat(descriptor, name, descriptor, CommitRecord.name) == 0
        else { throw systemError("write in", directory) }
    }

    /// Gives every name back what it had, the last first.
    private func undo(_ before: [(name: String, held: String?)]) {
        for (name, held) in before.reversed() {
            if let held { renameat(descriptor, held, descriptor, name) } else { unlinkat(descriptor, name, 0) }
        }
        PairSwitch.cleanUp(descriptor)
        unlinkat(descriptor, CommitRecord.name, 0)
    }

    /// Leaves the directory as it was before.
    func rollBack() {
        for name in staged { unlinkat(descriptor, name, 0) }
        for path in made.reversed() { rmdir(path.string) }
    }
}
