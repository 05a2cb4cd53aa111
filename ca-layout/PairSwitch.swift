import Glibc
import MailCA
import SystemPackage

/// Puts a new key and a new certificate in the place of the old ones so that at every moment, also when the machine stops
/// in between, the two that are there belong together.
///
/// Two files cannot be renamed at once, but one link can. So both names become links through one other link to the old
/// pair, that one link is turned to the new pair, and then both names become plain files again. Each step changes what
/// one reads under both names, or under none. Any step may be done twice: whoever ends it begins from the start.
struct PairSwitch {
    let descriptor: Int32
    let directory: FilePath
    /// The two steps of a commit.
    let key: (temporary: String, name: String)
    let certificate: (temporary: String, name: String)

    /// The link that is turned, and the directories on its two sides.
    private static let link = ".mailca-pair"
    private static let old = ".mailca-pair-old"
    private static let new = ".mailca-pair-new"
    /// A link on its way to its place.
    private static let turn = ".mailca-turn"

    /// The switch that belongs to a commit; nil where not both names change from plain file to plain file.
    init?(_ steps: [CommitRecord.Step], _ descriptor: Int32, _ directory: FilePath) {
        func step(_ name: String) -> (temporary: String, name: String)? {
            steps.lazy.compactMap { step in
                if case .place(let temporary, name) = step { (temporary, name) } else { nil }
            }.first
        }
        guard let key = step(MailLayout.FileName.privateKey), let certificate = step(MailLayout.FileName.certificate)
        else { return nil }
        self.descriptor = descriptor
        self.directory = directory
        self.key = key
        self.certificate = certificate
        guard isPossible else { return nil }
    }

    /// Both are there, or were turned into links by a switch that was not ended.
    private var isPossible: Bool {
        [key, certificate].allSatisfy { pair in
            let path = directory.appending(pair.name)
            return FileStatus(path)?.isRegular == true
                || FileContent.linkTarget(path) == "\(Self.link)/\(pair.name)"
        }
    }

    func carryOut() throws(MailCAError) {
        // Where the new key is in place already, only the certificate's name is left to be made plain.
        if exists(key.temporary) {
            if FileContent.linkTarget(directory.appending(Self.link)) != Self.new {
                try leadToOld()
                try fill(Self.new, [(key.temporary, key.name), (certificate.temporary, certificate.name)])
                try replace(Self.link, target: Self.new)
                try sync()
            }
            try rename(key.temporary, key.name)
        }
        if exists(certificate.temporary) { try rename(certificate.temporary, certificate.name) }
        try sync()
        Self.cleanUp(descriptor)
    }

    /// Makes both names lead to the pair that is there now.
    private func leadToOld() throws(MailCAError) {
        let plain = [key.name, certificate.name].filter { FileStatus(directory.appending($0))?.isRegular == true }
        try fill(Self.old, plain.map { ($0, $0) })
        try replace(Self.link, target: Self.old)
        try sync()
        for name in plain { try replace(name, target: "\(Self.link)/\(name)") }
        try sync()
    }

    /// Gives files second names in a folder.
    private func fill(_ folder: String, _ files: [(from: String, to: String)]) throws(MailCAError) {
        guard mkdirat(descriptor, folder, 0o755) == 0 || errno == EEXIST else { throw failure(folder) }
        for file in files where exists(file.from) {
            let path = "\(folder)/\(file.to)"
            if linkat(descriptor, file.from, descriptor, path, 0) == 0 { continue }
            // Left by a switch that was stopped; it may be another file of that name.
            guard errno == EEXIST, unlinkat(descriptor, path, 0) == 0,
                linkat(descriptor, file.from, descriptor, path, 0) == 0
            else { throw failure(path) }
        }
    }

    /// Puts a link in the place of whatever has that name.
    private func replace(_ name: String, target: String) throws(MailCAError) {
        unlinkat(descriptor, Self.turn, 0)
        guard symlinkat(target, descriptor, Self.turn) == 0,
            renameat(descriptor, Self.turn, descriptor, name) == 0
        else { throw failure(name) }
    }

    private func rename(_ temporary: String, _ name: String) throws(MailCAError) {
        guard renameat(descriptor, temporary, descriptor, name) == 0 else { throw failure(name) }
    }

    private func sync() throws(MailCAError) {
        guard fsync(descriptor) == 0 else { throw failure("") }
    }

    private func exists(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    private func failure(_ name: String) -> MailCAError { systemError("put in place", directory.appending(name)) }

    /// Drops what is left of a switch: only where neither name leads through it.
    static func cleanUp(_ descriptor: Int32) {
        unlinkat(descriptor, link, 0)
        unlinkat(descriptor, turn, 0)
        for folder in [old, new] {
            for name in MailLayout.pairFileNames { unlinkat(descriptor, "\(folder)/\(name)", 0) }
            unlinkat(descriptor, folder, AT_REMOVEDIR)
        }
    }
}
