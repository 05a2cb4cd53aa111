import MailCA
import MailLayouts
import SQLiteLedger
import SystemPackage

/// The files for a list of users that a command left aside when it was stopped: by the ledger, their certificates are
/// issued or never were.
enum UnfinishedBatches {
    /// Ends what lies in a directory, before other files are written there.
    static func end(in directory: FilePath, _ ledger: any Ledger) throws(MailCAError) {
        guard try FileBatches.areLeft(in: directory) else { return }
        let files = try FileBatches(directory: directory, growing: BulkIssue.passwords)
        try end(files, ledger)
        try files.finish()
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
            try batch.publish(again: true)
            Messages.note("a command was stopped while it wrote \(count) files: they are in place now")
        }
    }
}
