import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// The files that users get: their names, the room for them on the disk, and their content.
struct ClientDelivery {
    enum Form {
        case p12(PKCS12.Protection)
        /// Certificate with chain, and key, apart.
        case pem
        /// The certificate with its chain alone.
        case certificate
    }

    let addresses: [EmailAddress]
    let directory: FilePath
    let form: Form

    /// Room for the largest of them: an RSA 4096 key and a chain of three.
    private static let largest = 32 << 10

    /// Name and mode of each file of one user.
    private func names(_ address: EmailAddress) -> [(name: String, mode: UInt32)] {
        let stem = address.safeFileName
        switch form {
        case .p12: return [("\(stem).p12", 0o600)]
        case .pem: return [("\(stem).key", 0o600), ("\(stem).pem", 0o644)]
        case .certificate: return [("\(stem).pem", 0o644)]
        }
    }

    var filesByAddress: [[FileResult]] {
        addresses.map { address in
            names(address).map {
                FileResult(path: directory.appending($0.name), mode: $0.mode == 0o600 ? "0600" : "0644")
            }
        }
    }

    var files: [FileResult] { filesByAddress.flatMap { $0 } }

    private var allNames: Set<String> { Set(addresses.flatMap(names).map(\.name)) }

    /// - Throws: ``MailCAError`` with code `alreadyExists`.
    func refuseIfPresent() throws(MailCAError) {
        var plan = LayoutPlan(items: [])
        plan.mustBeNew = allNames
        try plan.refuse(under: directory)
    }

    /// Takes the room for all files before anything is signed: a user's key exists nowhere else.
    func reserve(replacing: Bool) throws(MailCAError) -> Reserved {
        let transaction = try FileTransaction(directory: directory, mode: 0o700)
        Messages.tell(recovered: transaction.recovered, in: directory)
        if !replacing { try transaction.refuse(allNames) }
        var reservations: [FileTransaction.Reservation] = []
        for _ in addresses.flatMap(names) { reservations.append(try transaction.reserve(bytes: Self.largest)) }
        return Reserved(transaction: transaction, reservations: reservations)
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
        for (address, issued) in zip(addresses, issued) {
            let bundle = ClientBundle(issued)
            var generated: SecretBytes?
            for file in names(address) {
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
