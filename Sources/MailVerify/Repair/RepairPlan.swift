public import MailCA
import MailLayouts
public import SystemPackage

/// What can be mended in one directory without losing anything: modes, owners, links, order, and what the ledger knows
/// better.
public struct RepairPlan: Sendable {
    /// One name that becomes something else.
    public struct Step: Sendable, Hashable {
        public let path: FilePath
        /// What is there now, such as `mode 0640, user 0, group 105`.
        public let before: String
        /// What will be.
        public let after: String
    }

    public let directory: FilePath
    /// In the order in which they are shown. Empty where nothing can be mended.
    public private(set) var steps: [Step] = []
    /// What the directory is to hold.
    let plan: LayoutPlan
    let directoryMode: UInt32?
    let directoryOwner: UInt32?

    /// - Parameter reasons: what becomes of the content of files, by their names.
    /// - Throws: `MailCAError` where the directory cannot be read.
    init(
        _ directory: FilePath, _ plan: LayoutPlan, reasons: [String: String], mode: UInt32? = nil, owner: UInt32? = nil
    ) throws(MailCAError) {
        self.directory = directory
        self.plan = plan
        directoryMode = mode
        directoryOwner = owner
        if let status = FileStatus(directory, following: true), mode != nil || owner != nil {
            let after = FileStatusText(mode ?? status.permissions, owner ?? status.owner)
            steps.append(
                Step(path: directory, before: FileStatusText(status.permissions, status.owner).text, after: after.text))
        }
        steps += try plan.changes(in: directory).map { change in
            let reason = change.isOfContent ? reasons[change.name] : nil
            return Step(
                path: directory.appending(change.name), before: change.before ?? "not there",
                after: change.after.map { (reason.map { "\($0), " } ?? "") + $0 } ?? "removed")
        }
    }

    /// Carries it out: all of it or, where something fails, nothing of what is in the directory.
    /// - Returns: the names that changed.
    /// - Throws: as `LayoutPlan.apply`.
    public func apply() throws(MailCAError) -> Set<String> {
        let transaction = try FileTransaction(directory: directory)
        try transaction.protectDirectory(mode: directoryMode, owner: directoryOwner)
        let outcome = try plan.apply(in: transaction)
        return Set(outcome.written.map(\.name) + outcome.removed)
    }
}

/// `mode 0755, user 0`
private struct FileStatusText {
    let text: String

    init(_ permissions: UInt32, _ owner: UInt32) {
        let digits = String(permissions, radix: 8)
        text = "mode \(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits), user \(owner)"
    }
}
