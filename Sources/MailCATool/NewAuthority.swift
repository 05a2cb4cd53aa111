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
        guard try home.isUsed() else { return }
        // What a killed command left is ended first: it may have got as far as to make a CA.
        let certificates = try home.certificates()
        let hasFiles = try !home.filesOfAuthorities().isEmpty
        guard try FileContent.exists(home.ledger) else {
            throw MailCAError(
                .alreadyExists, "there are CA files in \(home.authorities), without their ledger",
                hint:
                    "They were not touched. Put the ledger \(home.ledger) back from a backup (mailca restore FILE), or give another --home."
            )
        }
        // An empty ledger beside the files of a CA is a damaged one.
        let ledger = try SQLiteLedger(
            path: home.ledger, mode: hasFiles ? .existing : .createIfMissing, caller: .current)
        try Workplace.closeUnfinished(ledger, certificates)
        if let authority = try Authority.open(ledger: ledger) {
            throw MailCAError(
                .alreadyExists,
                "there is a CA in \(home.path) already: \(authority.certificateFields.last?.subject.description ?? "")",
                hint: "It was not touched. mailca crl lays its files out; for a second CA give another --home.")
        }
        guard !hasFiles else {
            throw MailCAError(
                .alreadyExists, "there are CA files in \(home.authorities) that the ledger does not know",
                hint:
                    "They were not touched. Put the ledger back from a backup (mailca restore FILE), or give another --home."
            )
        }
    }

    /// Makes the CA. Where that fails, a home that was made for it is removed again.
    func make(_ parameters: AuthorityParameters, passphrase: SecretBytes?) throws(MailCAError) -> Authority {
        let made = try home.prepare()
        do throws(MailCAError) {
            try refuseIfPresent()
            let ledger = try SQLiteLedger(path: home.ledger, caller: .current)
            return try Authority.create(
                parameters, ledger: ledger,
                keep: { (members) throws(MailCAError) in
                    try home.keep(members, passphrase: passphrase, rootKey: rootKey)
                })
        } catch {
            if !made.isEmpty && error.code != .alreadyExists && error.code != .busy { remove(made) }
            throw error
        }
    }

    /// Whether the ledger has no entry that counts; so it is where there was no room to make it.
    private func isEmpty() -> Bool {
        do throws(MailCAError) {
            let ledger = try SQLiteLedger(path: home.ledger, caller: .current)
            return try ledger.entries(LedgerQuery(states: [.pending, .issued])).isEmpty
        } catch {
            return error.code == .noSpace
        }
    }

    /// Takes back a home that was made for nothing, unless somebody else has begun to use it.
    private func remove(_ made: [FilePath]) {
        guard isEmpty(), (try? home.filesOfAuthorities())?.isEmpty == true else { return }
        rmdir(home.authorities.string)
        for suffix in ["", "-wal", "-shm"] { unlink(home.ledger.string + suffix) }
        for path in made.reversed() { rmdir(path.string) }
    }
}
