extension RestoreResult {
    var text: String {
        var text = ""
        if let backup, let madeAt {
            text += dryRun ? plannedHead(backup, madeAt) : head(backup, madeAt)
            if let damage { text += "What was there could not be used: \(damage)\n" }
            if !files.isEmpty { text += "\n" + FileResult.text(files, dryRun ? "Would write:" : "Wrote:") }
            for path in kept { text += "  kept  \(path)\n" }
        }
        text += list(abandoned, "Given up, because they were just being made when the backup was:")
        text += found
        if restored == .ledger, !dryRun, let madeAt { text += unknown(since: madeAt) }
        if !dryRun {
            text += "\nNext:\n"
            if restored != .nothing || !revoked.isEmpty || !recovered.isEmpty || !revokedNumbers.isEmpty {
                text += "  mailca crl\(places)\n"
            }
            text += "  mailca status\(places)\n"
        }
        return text
    }

    private func head(_ backup: String, _ madeAt: String) -> String {
        switch restored {
        case .ledger: "Put the CA back from \(backup), which was made at \(madeAt)\n"
        case .files:
            "The ledger is whole, and was left as it is. Put back from \(backup), which was made at \(madeAt):\n"
        case .nothing: "The CA was put back from \(backup) before, and nothing was done since: it was left as it is.\n"
        }
    }

    private func plannedHead(_ backup: String, _ madeAt: String) -> String {
        switch restored {
        case .ledger: "Would put the CA back from \(backup), which was made at \(madeAt)\n"
        case .files: "Would leave the ledger, which is whole, and put back files from \(backup), made at \(madeAt)\n"
        case .nothing: "Would do nothing: the CA was put back from \(backup) before.\n"
        }
    }

    /// What the search brought.
    private var found: String {
        guard !searched.isEmpty else { return "" }
        var text = "\nLooked for certificates and lists of the CA's in \(searched.joined(separator: ", ")):\n"
        text += "\(recovered.count) entered, \(knownCount) known, \(foreignCount) not of this CA\n"
        let would = dryRun ? "Would enter" : "Entered"
        text += list(recovered, "\(would), because the CA signed them:")
        text += list(revoked, "\(would) as revoked, because they are on a list of the CA's:")
        if !revokedNumbers.isEmpty {
            text += "\nOn a list of the CA's, and nothing else is known of them. They stay revoked:\n"
            for number in revokedNumbers { text += "  serial \(number)\n" }
        }
        if !skipped.isEmpty {
            text += "\nPassed over:\n"
            for item in skipped { text += "  \(item.subject): \(item.reason)\n" }
        }
        return text
    }

    private func unknown(since madeAt: String) -> String {
        """

        Certificates issued and revocations made after \(madeAt) are not in the backup\(recovered.isEmpty && revoked.isEmpty ? "" : ", but for those above").
        If there are copies of such certificates or lists, in PEM or DER, enter them before new lists are made:
          mailca restore --from DIR\(places)

        """
    }

    private func list(_ certificates: [CertificateResult], _ heading: String) -> String {
        certificates.isEmpty ? "" : "\n\(heading)\n" + certificates.map { "  \($0.line)\n" }.joined()
    }
}
