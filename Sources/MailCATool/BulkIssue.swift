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
    private let longSubjects = LongSubjects()

    static let passwords = "passwords.csv"
    /// As many at a time as memory is glad of; of a short list so many that the batches overlap.
    private static let largest = 1_000
    private static let lanes = 3

    func run(_ roster: Roster) throws(MailCAError) -> BulkResult {
        try UnfinishedBatches.end(files, authority.ledger)
        if case .p12 = form { try files.checkGrowing() }
        try refuseIfPresent(roster)
        let progress = Progress(total: roster.count, isShown: showsProgress)
        let size = min(Self.largest, max(50, (roster.count + Self.lanes - 1) / Self.lanes))
        let batches = roster.batches(of: size)
        let tally = Tally()
        // While one batch waits for the disk, another is signed.
        Threads.run(min(Self.lanes, (roster.count + size - 1) / size)) {
            do throws(MailCAError) {
                while tally.state.withLock({ $0.failure == nil }), let users = try batches.next() {
                    let wanted = try wanting(users)
                    if !wanted.isEmpty { try issue(wanted) }
                    tally.state.withLock { tally in
                        tally.made += wanted.count
                        tally.skipped += users.count - wanted.count
                        progress.show(tally.made + tally.skipped)
                    }
                }
            } catch {
                tally.state.withLock { if $0.failure == nil { $0.failure = error } }
            }
        }
        progress.end()
        try files.finish()
        let (made, skipped, failure) = tally.state.withLock { $0 }
        warnOfLongSubjects()
        if let failure {
            throw MailCAError(
                failure.code, "\(made) certificates were made, then: \(failure.message)",
                hint: (failure.hint.map { "\($0) " } ?? "") + next, cause: failure)
        }
        let hasPasswords = if case .p12 = form { made > 0 } else { false }
        return BulkResult(
            made: made, alreadyThere: skipped, directory: files.directory.string,
            passwords: hasPasswords ? files.directory.appending(Self.passwords).string : nil)
    }

    /// What the next run does.
    private var next: String {
        isReplacing
            ? "The same command begins anew, with another certificate for everybody on the list."
            : "The same command goes on where it stopped."
    }

    /// Sendmail cuts what it looks up.
    private func warnOfLongSubjects() {
        let names = longSubjects.names.withLock { $0 }
        guard let first = names.first else { return }
        Messages.warning(
            "Sendmail cannot match the name \(first)\(names.count > 1 ? ", and \(names.count - 1) more" : ""): with --relay listed it will not let \(names.count > 1 ? "these users" : "this user") relay"
        )
    }

    /// Who has no valid certificate yet.
    private func wanting(_ users: [Roster.User]) throws(MailCAError) -> [Roster.User] {
        if isReplacing { return users }
        let have = try authority.ledger.haveLiveCertificates(
            users.map(\.holder), profile: .client, at: authority.now)
        return zip(users, have).filter { !$1 }.map(\.0)
    }

    /// A file that is there may hold the only copy of a key, and a directory is never replaced.
    private func refuseIfPresent(_ roster: Roster) throws(MailCAError) {
        // In an empty directory nothing can be in the way.
        if try FileContent.names(in: files.directory).isEmpty { return }
        var present: [String] = []
        let batches = roster.batches(of: Self.largest)
        while let users = try batches.next() {
            for name in try wanting(users).flatMap(names) where present.count < 20 {
                let path = files.directory.appending(name)
                if try isReplacing ? FileStatus(path)?.isDirectory == true : FileContent.exists(path) {
                    present.append(name)
                }
            }
        }
        guard !present.isEmpty else { return }
        throw MailCAError(
            .alreadyExists,
            "in \(files.directory) there are already \(isReplacing ? "directories called " : "")\(present.joined(separator: ", "))",
            hint: "Nothing was made. Move them away"
                + (isReplacing ? ", or give another --out." : ", give another --out, or replace them with --force."))
    }

    private func names(_ user: Roster.User) -> [String] {
        switch form {
        case .p12: ["\(user.stem).p12"]
        case .pem: ["\(user.stem).key", "\(user.stem).pem"]
        case .certificate: ["\(user.stem).pem"]
        }
    }

    private func issue(_ users: [Roster.User]) throws(MailCAError) {
        let batch = try files.begin(files: users.count * form.fileCount)
        let gathered = Gathered(count: users.count)
        do throws(MailCAError) {
            _ = try authority.issue(
                users.map(parameters),
                deliver: { (index, issued) throws(MailCAError) in gathered.add(index, try item(issued, users[index])) },
                settle: { () throws(MailCAError) in
                    guard let first = gathered.serialNumber else { return }
                    try batch.settle(gathered.files, of: first, lines: gathered.lines)
                })
        } catch {
            // Where it was settled, the next run finds out whether it was issued after all.
            if batch.serialNumber == nil { try? batch.discard() }
            throw error
        }
        try batch.publish()
    }

    /// Called on several threads.
    private func item(_ issued: IssuedCertificate, _ user: Roster.User) throws(MailCAError) -> Gathered.Item {
        let bundle = ClientBundle(issued)
        let names = names(user)
        // No byte of a name becomes more than six characters.
        if user.address.description.utf8.count > SendmailAccess.longestName / 6 - 2,
            (try? SendmailAccess.matchable(issued.fields.subject)) == nil
        {
            longSubjects.names.withLock { $0.append("\(issued.fields.subject)") }
        }
        let certificate = { SecretBytes(Array(issued.chainPEM.utf8)) }
        switch form {
        case .p12(let protection):
            let password = try GeneratedPassword.make()
            let file = try bundle.pkcs12(password: password, protection: protection)
            return Gathered.Item(
                serial: issued.serialNumber, files: [BatchFile(names[0], mode: 0o600, SecretBytes(file))],
                line: user.line(file: names[0], password))
        case .pem:
            let key = try bundle.privateKeyPEM()
            return Gathered.Item(
                serial: issued.serialNumber,
                files: [BatchFile(names[0], mode: 0o600, key), BatchFile(names[1], mode: 0o644, certificate())],
                line: [])
        case .certificate:
            return Gathered.Item(
                serial: issued.serialNumber, files: [BatchFile(names[0], mode: 0o644, certificate())], line: [])
        }
    }
}

/// Of those that were made, the names that Sendmail cannot match.
private final class LongSubjects: Sendable {
    let names = Mutex<[String]>([])
}

/// How far all threads together have come.
private final class Tally: Sendable {
    let state = Mutex<(made: Int, skipped: Int, failure: MailCAError?)>((0, 0, nil))
}

/// What came of one batch, gathered from several threads and put in the order of the list.
private final class Gathered: Sendable {
    struct Item: Sendable {
        let serial: SerialNumber
        let files: [BatchFile]
        let line: [UInt8]
    }

    private let items: Mutex<[Item?]>

    init(count: Int) { items = Mutex(Array(repeating: nil, count: count)) }

    func add(_ index: Int, _ item: Item) { items.withLock { $0[index] = item } }

    var serialNumber: SerialNumber? { items.withLock { $0.first.flatMap { $0?.serial } } }
    var files: [BatchFile] { items.withLock { $0.flatMap { $0?.files ?? [] } } }
    var lines: SecretBytes { items.withLock { SecretBytes($0.flatMap { $0?.line ?? [] }) } }
}

extension Roster.User {
    /// What the user's files are called.
    var stem: String { ClientDelivery.stem(address.safeFileName, device: device) }

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
