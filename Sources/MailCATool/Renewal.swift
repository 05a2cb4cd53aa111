import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// The work of `renew` and `rekey`: new certificates for the holders of old ones.
struct Renewal {
    let options: RenewalOptions
    /// The kind of key to make; nil keeps the old one.
    let newKey: KeyAlgorithm?
    let protection: PKCS12.Protection
    let passphrase: PassphraseOptions
    let common: CommonOptions

    func run() throws {
        var workplace = try Workplace(common)
        let old = try selected(workplace)
        guard !old.isEmpty else {
            return Output.show(RenewalResult(certificates: [], files: [], revoked: [], dryRun: common.dryRun), common)
        }
        let deployments = try deployments(of: old, workplace)
        let carried = old.filter { deployments[$0.serialNumber] == nil }
        let delivery = try delivery(carried)
        if common.dryRun {
            if !options.force { try delivery.refuseIfPresent() }
            return Output.show(
                RenewalResult(
                    certificates: old.map { .init(certificate: CertificateResult($0), password: nil) },
                    files: delivery.files, revoked: [], dryRun: true), common)
        }
        try workplace.unlock(passphrase)
        let reserved = carried.isEmpty ? nil : try delivery.reserve(replacing: options.force, workplace.ledger)
        let made = try workplace.authority.renew(old.map(\.serialNumber), days: options.days, newKey: newKey)
        let issued = Dictionary(zip(old.map(\.serialNumber), made)) { $1 }
        var passwords: [SerialNumber: SecretBytes] = [:]
        if let reserved {
            let mine = carried.compactMap { issued[$0.serialNumber] }
            for (certificate, password) in zip(mine, try delivery.write(mine, chosen: nil, to: reserved)) {
                passwords[certificate.serialNumber] = password
            }
            try reserved.commit()
        }
        var files = delivery.files
        files += try layOut(deployments, issued, workplace)
        if options.revokeOld {
            try workplace.authority.revoke(
                old.filter { $0.isLive(at: Date()) }.map(\.serialNumber), reason: .superseded)
            files += try workplace.publishRevocationLists(in: .begin(common.certsDirectory))
        }
        let results = made.map {
            RenewalResult.Item(certificate: CertificateResult($0), password: passwords[$0.serialNumber])
        }
        Output.show(
            RenewalResult(
                certificates: results, files: files,
                revoked: options.revokeOld ? old.map(\.serialNumber.description) : [],
                dryRun: false), common)
        if !carried.isEmpty { try workplace.refreshLists() }
    }

    private func selected(_ workplace: Workplace) throws(MailCAError) -> [LedgerEntry] {
        if let due = options.due { return try renewable(workplace.authority.due(within: due.seconds), workplace) }
        let selection = Selection(device: options.device, all: options.all, current: true)
        var entries: [LedgerEntry] = []
        for text in options.certificates {
            for entry in try selection.find(text, in: workplace.authority) where !entries.contains(entry) {
                try check(entry, workplace)
                entries.append(entry)
            }
        }
        return entries
    }

    /// Without those that must not be renewed: one of them keeps nobody else from it.
    private func renewable(_ entries: [LedgerEntry], _ workplace: Workplace) throws(MailCAError) -> [LedgerEntry] {
        var good: [LedgerEntry] = []
        for entry in entries {
            do throws(MailCAError) {
                try check(entry, workplace)
                good.append(entry)
            } catch {
                guard error.code == .notPermitted else { throw error }
                Messages.warning("\(error.message): it was left out")
            }
        }
        return good
    }

    private func check(_ entry: LedgerEntry, _ workplace: Workplace) throws(MailCAError) {
        try workplace.authority.checkRenewal(of: entry.serialNumber, days: options.days, newKey: newKey)
        guard entry.profile == .server else { return }
        // One of before that lies nowhere does not take the place of one that was revoked.
        var revoked: (entry: LedgerEntry, directory: String)?
        for deployment in try workplace.ledger.deployments() {
            let there = try DeployedDirectory(deployment).certificate(of: workplace.authority)
            if there?.serialNumber == entry.serialNumber { return }
            if let there, there.revocation != nil, there.names == entry.names {
                revoked = (there, deployment.directory)
            }
        }
        guard let revoked, let revocation = revoked.entry.revocation else { return }
        let host = entry.names.joined(separator: " ")
        throw MailCAError(
            .notPermitted,
            "the certificate of \(host) in \(revoked.directory) was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue)), and is not renewed",
            hint: "Make a new pair with mailca issue-server \(host) --force --certs \(revoked.directory).")
    }

    /// Where certificates of servers lie.
    private func deployments(
        of entries: [LedgerEntry], _ workplace: Workplace
    ) throws(MailCAError) -> [SerialNumber: [Deployment]] {
        var found: [SerialNumber: [Deployment]] = [:]
        for deployment in try workplace.ledger.deployments() {
            guard let there = try DeployedDirectory(deployment).certificate(of: workplace.authority),
                entries.contains(where: { $0.serialNumber == there.serialNumber })
            else { continue }
            if newKey != nil, deployment.staged != nil {
                let host = there.names.first ?? ""
                throw MailCAError(
                    .alreadyExists, "the next key of \(host) is staged in \(deployment.directory) already",
                    hint:
                        "Put it in place with mailca rekey \(host) --swap, at once with --now; or give it up with --drop."
                )
            }
            // Beside another key it would be of no use. A new pair replaces what is there.
            if newKey == nil {
                _ = try DeployedDirectory(deployment).plan(
                    workplace.authority, try workplace.authority.latestRevocationLists())
            }
            found[there.serialNumber, default: []].append(deployment)
        }
        return found
    }

    /// Puts what was made for servers in the place of the old, and tells them.
    private func layOut(
        _ deployments: [SerialNumber: [Deployment]], _ issued: [SerialNumber: IssuedCertificate], _ workplace: Workplace
    ) throws(MailCAError) -> [FileResult] {
        var files: [FileResult] = []
        let lists = try workplace.authority.latestRevocationLists()
        for (serial, places) in deployments {
            guard let new = issued[serial] else { continue }
            for var deployment in places {
                let directory = FilePath(deployment.directory)
                let deployed = DeployedDirectory(deployment)
                var plan = try deployed.plan(laying: new, workplace.authority, lists)
                if newKey != nil { plan.keepOld = (MailLayout.pairFileNames, Date()) }
                let written = try plan.apply(under: directory).written
                files += written.map { FileResult($0, in: directory) }
                deployment.certificate = new.serialNumber
                try workplace.ledger.remember(deployment)
                if deployment.reload { try deployed.tellServers(changed: Set(written.map(\.name))) }
            }
        }
        return files
    }

    /// What goes to its holder.
    private func delivery(_ entries: [LedgerEntry]) throws(MailCAError) -> ClientDelivery {
        let form: ClientDelivery.Form = newKey == nil ? .certificate : .p12(protection)
        return try ClientDelivery(
            stems: ClientDelivery.distinct(
                try entries.map { (entry) throws(MailCAError) in try ClientDelivery.stem(of: entry) }),
            directory: common.usersDirectory(options.out), form: form)
    }
}

/// What came of `renew` and `rekey`.
struct RenewalResult: CommandResult {
    struct Item: Encodable {
        let certificate: CertificateResult
        let password: String?

        init(certificate: CertificateResult, password: SecretBytes?) {
            self.certificate = certificate
            self.password = password.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } }
        }
    }

    let certificates: [Item]
    let files: [FileResult]
    let revoked: [String]
    let dryRun: Bool

    var text: String {
        if certificates.isEmpty { return "Nothing is due.\n" }
        var text = ""
        for item in certificates {
            text += "\(dryRun ? "Would make anew" : "Made") \(item.certificate.line)\n"
            if let password = item.password { text += "  the password of its file, shown this once: \(password)\n" }
        }
        text += "\n" + FileResult.text(files, dryRun ? "Would write:" : "Wrote:")
        for serial in revoked { text += "Revoked \(serial) (superseded)\n" }
        return text
    }

    var essentialText: String {
        certificates.compactMap { item in
            item.password.map { "\(item.certificate.names.first ?? "")\t\($0)\n" }
        }.joined()
    }
}
