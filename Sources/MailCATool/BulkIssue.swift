import FoundationEssentials
import Glibc
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import Synchronization
import SystemPackage

/// Certificates for all users of a list, in batches, each of which is made and put in place as one: stopped at any
/// point and run again, it goes on where it was.
struct BulkIssue: Sendable {
    let authority: Authority
    let files: FileBatches
    let form: ClientDelivery.Form
    let parameters: @Sendable (Roster.User) -> CertificateParameters
    let isReplacing: Bool
    let showsProgress: Bool

    static let passwords = "passwords.csv"
    private static let size = 1_000

    func run(_ roster: Roster) throws(MailCAError) -> BulkResult {
        try endLeftover()
        if !isReplacing { try refuseIfPresent(roster) }
        var (made, skipped) = (0, 0)
        let progress = Progress(total: roster.count, isShown: showsProgress)
        try roster.forEachBatch(of: Self.size) { (users) throws(MailCAError) in
            let wanted = try wanting(users)
            skipped += users.count - wanted.count
            if !wanted.isEmpty { try issue(wanted) }
            made += wanted.count
            progress.show(made + skipped, made: made)
        }
        progress.end()
        let hasPasswords = if case .p12 = form { made > 0 } else { false }
        return BulkResult(
            made: made, alreadyThere: skipped, directory: files.directory.string,
            passwords: hasPasswords ? files.directory.appending(Self.passwords).string : nil)
    }

    /// Who has no valid certificate yet.
    private func wanting(_ users: [Roster.User]) throws(MailCAError) -> [Roster.User] {
        if isReplacing { return users }
        let have = try authority.ledger.haveLiveCertificates(
            users.map(\.holder), profile: .client, at: authority.now)
        return zip(users, have).filter { !$1 }.map(\.0)
    }

    /// A file that is there may hold the only copy of a key.
    private func refuseIfPresent(_ roster: Roster) throws(MailCAError) {
        var present: [String] = []
        try roster.forEachBatch(of: Self.size) { (users) throws(MailCAError) in
            for name in try wanting(users).flatMap(names) where present.count < 20 {
                if try FileContent.exists(files.directory.appending(name)) { present.append(name) }
            }
        }
        guard !present.isEmpty else { return }
        throw MailCAError(
            .alreadyExists, "in \(files.directory) there are already \(present.joined(separator: ", "))",
            hint: "Nothing was made. Move them away, give another --out, or replace them with --force.")
    }

    private func names(_ user: Roster.User) -> [String] {
        switch form {
        case .p12: ["\(user.stem).p12"]
        case .pem: ["\(user.stem).key", "\(user.stem).pem"]
        case .certificate: ["\(user.stem).pem"]
        }
    }

    /// Ends the batch that a killed run left: by the ledger, it is issued or it never was.
    private func endLeftover() throws(MailCAError) {
        guard let manifest = try files.leftover() else { return }
        if try authority.ledger.entry(manifest.serialNumber)?.state == .issued {
            try files.publish(manifest, growing: Self.passwords)
            Messages.note("a command was stopped while it wrote \(manifest.names.count) files: they are in place now")
        } else {
            try files.discard()
        }
    }

    private func issue(_ users: [Roster.User]) throws(MailCAError) {
        try files.begin()
        let batch = Batch(count: users.count)
        var manifest: FileBatches.Manifest?
        do throws(MailCAError) {
            _ = try authority.issue(
                users.map(parameters),
                deliver: { (index, issued) throws(MailCAError) in try write(issued, users[index], index, batch) },
                settle: { () throws(MailCAError) in
                    let (serial, names, addition) = batch.content
                    guard let serial else { return }
                    manifest = try files.settle(names, of: serial, addition: addition, growing: Self.passwords)
                })
        } catch {
            // Whether it was issued after all is found by the next run.
            if manifest == nil { try? files.discard() }
            throw error
        }
        if let manifest { try files.publish(manifest, growing: Self.passwords) }
    }

    /// Called on several threads.
    private func write(
        _ issued: IssuedCertificate, _ user: Roster.User, _ index: Int, _ batch: Batch
    ) throws(MailCAError) {
        let bundle = ClientBundle(issued)
        let stem = user.stem
        switch form {
        case .p12(let protection):
            let password = try GeneratedPassword.make()
            try put(try bundle.pkcs12(password: password, protection: protection), "\(stem).p12", 0o600)
            batch.add(index, issued.serialNumber, ["\(stem).p12"], user.line(file: "\(stem).p12", password))
        case .pem:
            let key = try bundle.privateKeyPEM()
            try key.withBytes { (bytes) throws(MailCAError) in
                try files.write(bytes, to: "\(stem).key", mode: 0o600)
            }
            try put(Array(issued.chainPEM.utf8), "\(stem).pem", 0o644)
            batch.add(index, issued.serialNumber, ["\(stem).key", "\(stem).pem"], [])
        case .certificate: break
        }
    }

    private func put(_ bytes: [UInt8], _ name: String, _ mode: UInt32) throws(MailCAError) {
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(MailCAError) in
            try files.write(bytes, to: name, mode: mode)
        }
    }

    /// What came of one batch, gathered from several threads and put in the order of the list.
    private final class Batch: Sendable {
        private struct Item: Sendable {
            let serial: SerialNumber
            let names: [String]
            let line: [UInt8]
        }

        private let items: Mutex<[Item?]>

        init(count: Int) { items = Mutex(Array(repeating: nil, count: count)) }

        func add(_ index: Int, _ serial: SerialNumber, _ names: [String], _ line: [UInt8]) {
            items.withLock { $0[index] = Item(serial: serial, names: names, line: line) }
        }

        var content: (serial: SerialNumber?, names: [String], addition: SecretBytes) {
            items.withLock { items in
                let items = items.compactMap(\.self)
                return (items.first?.serial, items.flatMap(\.names), SecretBytes(items.flatMap(\.line)))
            }
        }
    }
}

extension Roster.User {
    /// What the user's files are called.
    var stem: String { device.map { "\(address.safeFileName).\(ClientDelivery.label($0))" } ?? address.safeFileName }

    /// A line of the file with the passwords.
    fileprivate func line(file: String, _ password: SecretBytes) -> [UInt8] {
        func field(_ text: String) -> String {
            text.contains(where: { ",\"\n".contains($0) }) ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }
        return password.withBytes { bytes in
            Array("\(field(address.description)),\(field(device ?? "")),\(field(file)),".utf8) + Array(bytes)
                + [UInt8(ascii: "\n")]
        }
    }
}

/// A line on the terminal that says how far it is.
private struct Progress {
    let total: Int
    let isShown: Bool
    private let start = ContinuousClock.now

    init(total: Int, isShown: Bool) {
        self.total = total
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    func show(_ done: Int, made: Int) {
        guard isShown else { return }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = elapsed > 0 ? Double(done) / elapsed : 0
        let left = rate > 0 ? Int((Double(total - done) / rate).rounded(.up)) : 0
        Output.write(
            "\r\u{1b}[K\(done) of \(total), \(Int(rate)) a second, \(left / 60) min \(left % 60) s left",
            to: STDERR_FILENO)
    }

    func end() { if isShown { Output.write("\r\u{1b}[K", to: STDERR_FILENO) } }
}

/// What came of a list of users.
struct BulkResult: CommandResult {
    let made: Int
    let alreadyThere: Int
    let directory: String
    /// A file of address, device, file and password.
    let passwords: String?

    var text: String {
        var text = "Made \(made) certificates in \(directory)\n"
        if alreadyThere > 0 { text += "\(alreadyThere) had a valid one already, and got no other\n" }
        if let passwords {
            text += "\nThe passwords of the files are in\n\n  0600  \(passwords)\n\n"
            text += "Next: hand each over, the password by another way than the file, and delete that list.\n"
        } else if made > 0 {
            text += "\nNext: hand each over by a safe way: a key in PEM is not encrypted.\n"
        }
        return text
    }
}

/// What a list of users asks for, where nothing is made.
struct BulkPlan: CommandResult {
    let users: Int
    let directory: String
    var dryRun = true

    var text: String {
        "The list is good. Would make certificates for those of its \(users) users who have none, in \(directory)\n"
    }
}
