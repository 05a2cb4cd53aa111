import Glibc
import MailCA
import SystemPackage

extension FileTransaction {
    /// Has `postmap` make the database of a map that was written in this transaction, or lies there: beside its place, so
    /// that a running Postfix sees either the old one or the new one.
    /// - Throws: `MailCAError` with code `serviceUnavailable` where `postmap` is missing or fails.
    func makeDatabase(
        of map: String, _ type: PostfixMapType, as name: String, mode: UInt32
    ) throws(MailCAError) {
        guard let staged = placing(map) ?? (FileStatus(directory.appending(map)).map { _ in map }) else {
            throw MailCAError(.internalFault, "there is no map \(map) to make \(name) of")
        }
        // postmap writes FILE.db, or with another suffix, with FILE's mode.
        let source = staged == map ? try hold(map) : staged
        guard let postmap = SystemCommand("postmap", ["\(type.rawValue):\(directory.appending(source))"]) else {
            throw MailCAError(
                .serviceUnavailable, "postmap is not here, and without it Postfix cannot read \(map)",
                hint: "Install Postfix first, or lay the files out for another machine with --prefix.")
        }
        let outcome = try postmap.run()
        let made = "\(source)\(type.suffix)"
        self.staged.append(made)
        guard outcome.status == 0, FileStatus(directory.appending(made))?.isRegular == true else {
            throw MailCAError(
                .serviceUnavailable, "\(postmap.line) failed: \(outcome.output.trimmedLines)",
                hint: "Nothing was changed. See docs/servers/postfix.md.")
        }
        let file = openat(descriptor, made, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw systemError("write", directory.appending(name)) }
        defer { close(file) }
        guard fchmod(file, mode) == 0, fsync(file) == 0 else { throw systemError("write", directory.appending(name)) }
        steps.append(.place(temporary: made, name: name))
    }

    /// Makes a file of this transaction a group's, and a user's where one is named.
    func give(_ name: String, to group: UInt32, owner: UInt32 = .max) throws(MailCAError) {
        guard let temporary = placing(name) else { return }
        guard fchownat(descriptor, temporary, owner, group, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw systemError("change the owner of", directory.appending(name))
        }
    }

    /// Under what name that file waits to be put in place.
    private func placing(_ name: String) -> String? { steps.last { $0.name == name && $0.temporary != nil }?.temporary }
}

extension String {
    /// On one line, for a message.
    var trimmedLines: String { split(whereSeparator: \.isNewline).suffix(5).joined(separator: "; ") }
}
