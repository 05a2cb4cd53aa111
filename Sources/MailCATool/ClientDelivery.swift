import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// The files that users get: their names, the room for them on the disk, and their content.
struct ClientDelivery {
    enum Form: Sendable {
        case p12(PKCS12.Protection)
        /// Certificate with chain, and key, apart.
        case pem
        /// The certificate with its chain alone.
        case certificate

        /// How many files each holder gets.
        var fileCount: Int { if case .pem = self { 2 } else { 1 } }
    }

    /// What the names of each one's files begin with.
    let stems: [String]
    let directory: FilePath
    let form: Form

    /// Room for the largest of them: an RSA 4096 key and a chain of three.
    private static let largest = 32 << 10

    /// What the files of a host or an address are called.
    static func stem(_ name: String) throws(MailCAError) -> String {
        if name.contains("@") { return try EmailAddress(name).safeFileName }
        // Of a wildcard: no shell is to take it for a pattern.
        return try ServerName(name).description.replacing("*", with: "_").replacing(":", with: "_")
    }

    /// What the files of a certificate's holder are called: each device has its own.
    static func stem(of entry: LedgerEntry) throws(MailCAError) -> String {
        stem(try stem(entry.names.first ?? ""), device: entry.device)
    }

    /// The same with a device, never longer than a file may be called.
    static func stem(_ name: String, device: String?) -> String {
        guard let device else { return name }
        let stem = "\(name).\(label(device))"
        guard stem.utf8.count > longestStem else { return stem }
        let digest = Digest.sha256(Array(stem.utf8)).hexadecimal()
        return "\(stem.prefix(longestStem - digest.utf8.count - 2))%~\(digest)"
    }

    /// In bytes: 255 are possible, less what distinguishes a file from the others of its holder.
    private static let longestStem = 240

    /// A device as it may stand in the name of a file; of two devices never the same.
    static func label(_ device: String) -> String {
        let label = String(device.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        return label == device ? label : "\(label)_\(Digest.sha256(Array(device.utf8)).prefix(4).hexadecimal())"
    }

    /// The same, with a number where one comes again.
    static func distinct(_ stems: [String]) -> [String] {
        var counts: [String: Int] = [:]
        return stems.map { stem in
            counts[stem, default: 0] += 1
            return counts[stem] == 1 ? stem : "\(stem)-\(counts[stem, default: 0])"
        }
    }

    /// Name and mode of each file of one user.
    private func names(_ stem: String) -> [(name: String, mode: UInt32)] {
        switch form {
        case .p12: return [("\(stem).p12", 0o600)]
        case .pem: return [("\(stem).key", 0o600), ("\(stem).pem", 0o644)]
        case .certificate: return [("\(stem).pem", 0o644)]
        }
    }

    var filesByAddress: [[FileResult]] {
        stems.map { stem in
            names(stem).map {
                FileResult(path: directory.appending($0.name), mode: $0.mode == 0o600 ? "0600" : "0644")
            }
        }
    }

    var files: [FileResult] { filesByAddress.flatMap { $0 } }

    private var allNames: Set<String> { Set(stems.flatMap(names).map(\.name)) }

    /// - Throws: ``MailCAError`` with code `alreadyExists`.
    func refuseIfPresent() throws(MailCAError) {
        var plan = LayoutPlan(items: [])
        plan.mustBeNew = allNames
        try plan.refuse(under: directory)
    }

    /// Takes the room for all files before anything is signed: a user's key exists nowhere else.
    func reserve(replacing: Bool, _ ledger: any Ledger) throws(MailCAError) -> Reserved {
        let transaction = try begin(ledger)
        if !replacing { try transaction.refuse(allNames) }
        var reservations: [FileTransaction.Reservation] = []
        for _ in stems.flatMap(names) { reservations.append(try transaction.reserve(bytes: Self.largest)) }
        return Reserved(transaction: transaction, reservations: reservations)
    }

    /// Begins, with nothing left that a stopped list would still put into the directory.
    private func begin(_ ledger: any Ledger) throws(MailCAError) -> FileTransaction {
        while true {
            let known = try UnfinishedBatches.end(in: directory, ledger)
            let transaction = try FileTransaction(directory: directory, mode: 0o700)
            Messages.tell(recovered: transaction.recovered, in: directory)
            // One that was killed while this command waited for it may have left more.
            if try FileBatches.left(in: directory).isSubset(of: known) { return transaction }
        }
    }

    struct Reserved {
        let transaction: FileTransaction
        let reservations: [FileTransaction.Reservation]

        func commit() throws(MailCAError) { try transaction.commit() }
    }

    /// Writes what was issued.
    /// - Returns: the password that was made up for each; nil where there is none, or it was chosen.
    func write(
        _ issued: [IssuedCertificate], chosen: SecretBytes?, to reserved: Reserved
    ) throws(MailCAError) -> [SecretBytes?] {
        var passwords: [SecretBytes?] = []
        var free = reserved.reservations[...]
        func write(_ content: SecretBytes, _ file: (name: String, mode: UInt32)) throws(MailCAError) {
            try content.withBytes { (bytes) throws(MailCAError) in
                try reserved.transaction.write(bytes, to: file.name, mode: file.mode, reserved: free.popFirst())
            }
        }
        for (stem, issued) in zip(stems, issued) {
            let bundle = ClientBundle(issued)
            var generated: SecretBytes?
            for file in names(stem) {
                switch form {
                case .p12(let protection):
                    if chosen == nil { generated = try GeneratedPassword.make() }
                    guard let password = chosen ?? generated else { continue }
                    try write(SecretBytes(try bundle.pkcs12(password: password, protection: protection)), file)
                case .pem where file.mode == 0o600: try write(try bundle.privateKeyPEM(), file)
                case .pem, .certificate: try write(SecretBytes(Array(issued.chainPEM.utf8)), file)
                }
            }
            passwords.append(generated)
        }
        return passwords
    }
}
