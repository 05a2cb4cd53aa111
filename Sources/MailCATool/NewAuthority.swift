import Glibc
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// The making of a CA in its home, from nothing or from what a killed command left.
struct NewAuthority {
    let home: Home
    let rootKey: FilePath?

    /// - Throws: ``MailCAError`` with code `alreadyExists`, and those of ``Ledger``.
    func refuseIfPresent() throws(MailCAError) {
        guard home.isUsed else { return }
        if FileContent.exists(home.ledger) {
            let ledger = try SQLiteLedger(path: home.ledger, mode: .createIfMissing)
            try Workplace.closeUnfinished(ledger, try home.certificates())
            guard let authority = try Authority.open(ledger: ledger) else { return }
            throw MailCAError(
                .alreadyExists, "there is a CA in \(home.path) already: \(authority.certificateFields.last?.subject.description ?? "")",
                hint: "It was not touched. For a second one give another --home.")
        }
        throw MailCAError(
            .alreadyExists, "there are CA files in \(home.authorities), without their ledger",
            hint: "They were not touched. Put the ledger \(home.ledger) back from a backup, or give another --home.")
    }

    /// Makes the CA. Where that fails, a home that was made for it is removed again.
    func make(_ parameters: AuthorityParameters, passphrase: SecretBytes?) throws(MailCAError) -> Authority {
        let isNew = try home.prepare()
        do throws(MailCAError) {
            try refuseIfPresent()
            let ledger = try SQLiteLedger(path: home.ledger)
            return try Authority.create(parameters, ledger: ledger, keep: { (members) throws(MailCAError) in
                try home.keep(members, passphrase: passphrase, rootKey: rootKey)
            })
        } catch {
            if isNew && !FileContent.exists(home.authorities) {
                for suffix in ["", "-wal", "-shm"] { unlink(home.ledger.string + suffix) }
                rmdir(home.path.string)
            }
            throw error
        }
    }
}
