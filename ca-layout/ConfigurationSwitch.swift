public import FoundationEssentials
public import MailCA
public import SystemPackage

/// A server's configuration, changed as a whole and taken back as a whole.
///
/// What is about to be written is remembered first, so that whoever comes after a kill knows what is ours. The files of
/// one directory change as one; the server's own tools look at them, and where they are not content everything is as it
/// was.
public final class ConfigurationSwitch {
    public let server: MailServer
    /// What changes, in the order in which it does.
    public let changes: [Change]

    /// A file that changes.
    public struct Change: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable { case written, changed, removed }

        public let path: FilePath
        public let kind: Kind
    }

    /// Where the old ones are kept, by their path, once it was carried out: of what was not ours.
    public private(set) var kept: [FilePath: FilePath] = [:]

    private let configurator: any Configurator
    private let ledger: any Ledger
    private let now: Date
    private let current: ConfigurationFiles
    private let target: ConfigurationFiles
    private let earlier: ConfigurationRecord?
    /// What is to be remembered in the end; nothing in its files where all is taken back.
    private var record: ConfigurationRecord
    private var transactions: [FileTransaction] = []

    private init(
        _ configurator: any Configurator, _ ledger: any Ledger, _ now: Date, from current: ConfigurationFiles,
        to target: ConfigurationFiles, _ paths: [FilePath], earlier: ConfigurationRecord?, record: ConfigurationRecord
    ) {
        self.configurator = configurator
        self.ledger = ledger
        self.now = now
        self.current = current
        self.target = target
        self.earlier = earlier
        self.record = record
        server = configurator.server
        changes = paths.filter { current[$0] != target[$0] }.map { path in
            Change(
                path: path,
                kind: current[path] == nil ? .written : target[path] == nil ? .removed : .changed)
        }
    }

    /// Plans to put the lines in, in place of those that were put in before.
    /// - Parameters:
    ///   - directory: the deployment's.
    ///   - places: where the files are.
    ///   - isDry: whether nothing may be touched, not even what a killed command left begun.
    /// - Throws: as ``Configurator/configured(_:over:)`` and ``ConfigurationRecord``'s restoring.
    public static func configuring(
        _ server: MailServer, _ request: ConfigurationRequest, directory: String, in places: ConfigurationPlaces,
        _ ledger: any Ledger, now: Date, isDry: Bool = false
    ) throws(MailCAError) -> ConfigurationSwitch {
        let configurator = try server.configurator(request, places)
        let earlier = try ledger.configurations().first { $0.server == server.rawValue && $0.directory == directory }
        let paths = configurator.paths + (earlier?.paths ?? []).filter { !configurator.paths.contains($0) }
        if !isDry { try recover(paths) }
        let current = try ConfigurationFiles(reading: paths)
        let base = try earlier?.restored(current, configurator) ?? current
        let (target, settings) = try configurator.configured(base, over: earlier)
        let files = paths.filter { base[$0] != target[$0] }.map { path in
            let before = earlier?.files.first { $0.path == path.string }
            return ConfigurationRecord.File(
                path: path.string, original: base.digest(path), ours: [target.digest(path)],
                copy: before?.original == base.digest(path) ? before?.copy : nil)
        }
        return ConfigurationSwitch(
            configurator, ledger, now, from: current, to: target, paths, earlier: earlier,
            record: .init(server: server.rawValue, directory: directory, files: files, settings: settings))
    }

    /// Plans to take back what was put in; nil where nothing was.
    public static func takingBack(
        _ server: MailServer, _ request: ConfigurationRequest, directory: String, in places: ConfigurationPlaces,
        _ ledger: any Ledger, now: Date, isDry: Bool = false
    ) throws(MailCAError) -> ConfigurationSwitch? {
        guard server.isConfigurable else { return nil }
        let earlier = try ledger.configurations().first { $0.server == server.rawValue && $0.directory == directory }
        let configurator = try server.configurator(request, places)
        if !isDry { try recover(configurator.paths + (earlier?.paths ?? [])) }
        guard let earlier else { return nil }
        // What includes goes before what is included.
        let paths = Array(earlier.paths.reversed())
        let current = try ConfigurationFiles(reading: paths + configurator.paths)
        let target = try earlier.restored(current, configurator)
        return ConfigurationSwitch(
            configurator, ledger, now, from: current, to: target, paths, earlier: earlier,
            record: .init(server: server.rawValue, directory: directory))
    }

    /// Ends what a killed command left begun.
    private static func recover(_ paths: [FilePath]) throws(MailCAError) {
        for directory in Set(paths.map { $0.removingLastComponent() }) { try FileTransaction.recover(directory) }
    }

    /// Changes the files, and has the server look at them.
    /// - Throws: `MailCAError`, also with code `busy` where somebody changed a file meanwhile, and `serviceUnavailable`
    ///   where the server cannot read what came of it; everything is as it was then.
    public func carryOut() throws(MailCAError) {
        do throws(MailCAError) {
            var start = changes.startIndex
            while start < changes.endIndex {
                let directory = changes[start].path.removingLastComponent()
                let end = changes[start...].firstIndex { $0.path.removingLastComponent() != directory }
                try stage(changes[start..<(end ?? changes.endIndex)], in: directory)
                start = end ?? changes.endIndex
            }
            try remember(record.replacing(earlier))
            for transaction in transactions { try transaction.commit(keepingOld: true) }
            try configurator.check()
        } catch {
            try revert()
            throw error
        }
    }

    /// Puts everything back, the very same files.
    public func revert() throws(MailCAError) {
        for transaction in transactions.reversed() { try transaction.revert() }
        transactions = []
        try remember(earlier ?? .init(server: record.server, directory: record.directory))
    }

    /// Drops what ``revert()`` would bring back.
    public func finish() throws(MailCAError) {
        for transaction in transactions { transaction.forgetOld() }
        transactions = []
        try remember(record)
    }

    /// Whether it says what is in that file.
    func concerns(_ path: FilePath) -> Bool { configurator.paths.contains(path) }

    /// What is in a file afterwards.
    func content(of path: FilePath) -> [UInt8]? { target[path] }

    private func remember(_ record: ConfigurationRecord) throws(MailCAError) {
        guard record.files.isEmpty else { return try ledger.remember(record) }
        try ledger.forget(configurationOf: record.server, for: record.directory)
    }

    private func stage(_ changes: ArraySlice<Change>, in directory: FilePath) throws(MailCAError) {
        let transaction = try FileTransaction(directory: directory)
        transactions.append(transaction)
        let present = Set(try FileContent.names(in: directory))
        for change in changes {
            guard let name = change.path.lastComponent?.string else { continue }
            let now = try ConfigurationFiles(reading: [change.path])
            guard now[change.path] == current[change.path] else {
                throw MailCAError(
                    .busy, "\(change.path) was changed by somebody else meanwhile", hint: "Run the command again.")
            }
            try keepOld(change.path, name, present, transaction)
            guard let content = target[change.path] else {
                transaction.remove(name)
                continue
            }
            let status = FileStatus(change.path)
            try content.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
                try transaction.write(bytes, to: name, mode: status?.permissions ?? 0o644)
            }
            if let status { try transaction.give(name, to: status.group, owner: status.owner) }
        }
    }

    /// Keeps what is not ours, and drops the copy of what is back in its place.
    private func keepOld(
        _ path: FilePath, _ name: String, _ present: Set<String>, _ transaction: FileTransaction
    ) throws(MailCAError) {
        let known = earlier?.files.first { $0.path == path.string }
        if let copy = known?.copy.map({ FilePath($0) }), copy.removingLastComponent() == path.removingLastComponent(),
            let content = try? FileContent.read(copy), record.files.isEmpty, content == target[path],
            let name = copy.lastComponent?.string
        {
            transaction.remove(name)
        }
        guard current[path] != nil, known?.ours.contains(current.digest(path)) != true else { return }
        let other = LayoutPlan.nameForOld(name, now, present)
        let copy = path.removingLastComponent().appending(other)
        try transaction.keep(name, as: other)
        kept[path] = copy
        if let index = record.files.firstIndex(where: { $0.path == path.string && $0.original == current.digest(path) })
        {
            record.files[index].copy = copy.string
        }
    }
}
