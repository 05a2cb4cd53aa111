import CProcess
import Glibc
import MailCA
import SystemPackage

extension FileTransaction {
    /// Where the text of a list stands in a file of this transaction.
    struct Passage {
        let file: String
        let mode: UInt32
        let start: off_t
        var length: off_t
    }

    /// Writes a file beside its place, piece by piece, and begins to bring it to the disk: ``commit()`` waits for it.
    ///
    /// A list that was written into another file of this transaction is copied from there, which the kernel does
    /// without showing it to us; a file that is nothing else gets a second name.
    func write(_ pieces: [LayoutPlan.Piece], to name: String, mode: UInt32) throws(MailCAError) {
        if pieces.count == 1, case .list(let list) = pieces[0], let earlier = passages[list.key],
            try reuse(earlier, as: name, mode: mode)
        {
            return
        }
        let path = directory.appending(name)
        let temporary = try temporaryName()
        let file = openat(descriptor, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("write", path) }
        staged.append(temporary)
        unsynced.append((file, name))
        for piece in pieces {
            var passage = Passage(file: temporary, mode: mode, start: lseek(file, 0, SEEK_CUR), length: 0)
            if case .list(let list) = piece, let earlier = passages[list.key], copy(earlier, to: file) { continue }
            try piece.forEachPart { (part) throws(MailCAError) in
                try part.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
                    try Self.append(bytes, to: file, path)
                }
                passage.length += off_t(part.count)
                process_begin_writing(file)
            }
            if case .list(let list) = piece { passages[list.key] = passage }
        }
        guard fchmod(file, mode) == 0 else { throw systemError("write", path) }
        process_begin_writing(file)
        steps.append(.place(temporary: temporary, name: name))
    }

    /// Waits until the files that are on their way are on the disk.
    func sync() throws(MailCAError) {
        for file in unsynced where fsync(file.descriptor) != 0 {
            throw systemError("write", directory.appending(file.name))
        }
        for file in unsynced { close(file.descriptor) }
        unsynced = []
    }

    /// Below that a file of its own costs nothing, and nobody who edits one of them changes both.
    private static let leastShared: off_t = 1 << 20

    /// - Returns: false where the file has more in it, or the file system gives no second names.
    private func reuse(_ passage: Passage, as name: String, mode: UInt32) throws(MailCAError) -> Bool {
        var status = stat()
        guard passage.length >= Self.leastShared, passage.mode == mode,
            fstatat(descriptor, passage.file, &status, 0) == 0,
            passage.start == 0, passage.length == status.st_size
        else { return false }
        let temporary = try temporaryName()
        guard linkat(descriptor, passage.file, descriptor, temporary, 0) == 0 else { return false }
        staged.append(temporary)
        steps.append(.place(temporary: temporary, name: name))
        return true
    }

    /// - Returns: false where the file system cannot, and nothing was copied.
    private func copy(_ passage: Passage, to file: Int32) -> Bool {
        let source = openat(descriptor, passage.file, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { return false }
        defer { close(source) }
        let begin = lseek(file, 0, SEEK_CUR)
        var (start, left) = (passage.start, Int(passage.length))
        while left > 0 {
            let count = process_copy_file_range(source, &start, file, left)
            guard count > 0 else {
                // A full disk is found again, and said, by whoever writes it the other way.
                ftruncate(file, begin)
                lseek(file, begin, SEEK_SET)
                return false
            }
            left -= count
        }
        return true
    }
}
