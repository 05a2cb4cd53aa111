import MailCA
import MailLayouts
import SQLiteLedger
import SystemPackage

/// The files for a list of users that a command left aside when it was stopped: by the ledger, their certificates are
/// issued or never were.
enum UnfinishedBatches {
    /// Ends what lies in a directory, before other files are written there. Who writes there is waited for.
    /// - Returns: what was left alone.
    static func end(in directory: FilePath, _ ledger: any Ledger) throws(MailCAError) -> Set<String> {
        guard try !FileBatches.left(in: directory).isEmpty else { return [] }
        let files = try FileBatches(directory: directory, growing: BulkIssue.passwords, isWaiting: true)
        try end(files, ledger)
        try files.finish()
        return try FileBatches.left(in: directory)
    }

    static func end(_ files: FileBatches, _ ledger: any Ledger) throws(MailCAError) {
        for batch in try files.leftovers() {
            guard let serial = batch.serialNumber else { continue }
            guard let entry = try ledger.entry(serial) else {
                // It may hold the only copy of another CA's keys.
                Messages.warning(
                    "\(batch.path) is of a list of another CA, or of a ledger that was put back since, and was left alone: run the list there, or remove it"
                )
                continue
            }
            guard entry.state == .issued else {
                try batch.discard()
                continue
            }
            let count = batch.count
            let besides = try batch.publish(again: true)
            Messages.note("a command was stopped while it wrote \(count) files: they are in place now")
            for name in besides {
                Messages.warning(
                    "another file of its name was written since: that of the stopped command is \(name) now")
            }
        }
    }
}
