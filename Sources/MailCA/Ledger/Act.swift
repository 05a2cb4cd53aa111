public import FoundationEssentials
import Glibc
public import OpenSSLKit

/// Who runs a command: what an audit log can say of it.
public struct Caller: Sendable, Hashable {
    /// The user id that the process began with.
    public let userID: UInt32
    /// Who stood behind it, where it went through sudo.
    public let sudoUser: String?
    /// Which command it is, such as `issue-client`.
    public let command: String

    public init(userID: UInt32, sudoUser: String? = nil, command: String) {
        self.userID = userID
        self.sudoUser = sudoUser
        self.command = command
    }

    /// This process.
    public static func current(command: String) -> Caller {
        let name = getenv("SUDO_USER").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        return Caller(userID: getuid(), sudoUser: name, command: command)
    }
}

/// One line of the audit log: what was done, by whom and when. Each has the digest of the one before in its own, so
/// that none can be changed, removed or moved without all that follow.
public struct Act: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A certificate was signed.
        case issued
        /// A serial number was given up: the command that took it did not come to its end.
        case abandoned
        case revoked
        /// A revocation list was signed.
        case listed
        /// Files were laid out for a mail server for the first time, or with another certificate.
        case deployed
        /// The configuration of a mail server was changed, or what had been changed there was taken back.
        case configured
        case backedUp = "backed-up"
        /// The ledger was put back from a backup.
        case restored
        /// A certificate that the ledger did not know was entered from a file.
        case recovered
        /// The ledger was brought to a new format.
        case upgraded
    }

    /// Counted from 1, without a gap.
    public let number: Int64
    /// To the second.
    public let date: Date
    public let caller: Caller
    public let kind: Kind
    /// A serial number, or a path.
    public let subject: String
    /// The names in the certificate, the reason, the number of the list.
    public let note: String
    /// SHA-256 of what the ledger has of it beside this line.
    public let content: [UInt8]
    /// SHA-256 of the digest before and of this line.
    public let digest: [UInt8]

    /// What the first act follows.
    public static let beginning = [UInt8](repeating: 0, count: 32)

    /// The act that follows one with the digest `previous`.
    public init(
        after previous: [UInt8], number: Int64, date: Date, caller: Caller, kind: Kind, subject: String, note: String,
        content: [UInt8]
    ) {
        self.number = number
        self.date = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
        self.caller = caller
        self.kind = kind
        self.subject = subject
        self.note = note
        self.content = content
        var fields = DigestInput()
        fields.append(previous)
        fields.append(number)
        fields.append(Int64(self.date.timeIntervalSince1970))
        fields.append(Int64(caller.userID))
        fields.append(caller.sudoUser)
        fields.append(caller.command)
        fields.append(kind.rawValue)
        fields.append(subject)
        fields.append(note)
        fields.append(content)
        digest = fields.sha256
    }

    /// The same act with the digest that it was entered with, whatever it should be.
    public init(_ act: Act, enteredWith digest: [UInt8]) {
        number = act.number
        date = act.date
        caller = act.caller
        kind = act.kind
        subject = act.subject
        note = act.note
        content = act.content
        self.digest = digest
    }

    /// What a CA signs with each revocation list, so that nobody without its key can write another past.
    public func headStatement(issuer: SerialNumber) -> [UInt8] {
        var fields = DigestInput()
        fields.append("mailca audit head")
        fields.append(issuer.bytes)
        fields.append(number)
        fields.append(digest)
        return fields.bytes
    }
}

/// Fields one after the other, each with its length before it, so that none can be taken for part of another.
struct DigestInput {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(1_024) }

    mutating func append(_ field: [UInt8]) {
        append(count: field.count)
        bytes.append(contentsOf: field)
    }

    mutating func append(_ field: String) {
        append(count: field.utf8.count)
        bytes.append(contentsOf: field.utf8)
    }

    /// A field that is not there is told from an empty one.
    mutating func append(_ field: String?) {
        guard let field else { return append(count: -1) }
        append(field)
    }

    mutating func append(_ number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func append(count: Int) { append(Int64(count)) }

    var sha256: [UInt8] { Digest.sha256(bytes) }
}

extension LedgerEntry {
    /// SHA-256 of all that the ledger has of the certificate but its revocation: what the act by which it was
    /// issued or given up stands for.
    public var contentDigest: [UInt8] {
        var fields = DigestInput()
        fields.append(serialNumber.bytes)
        fields.append(issuer.bytes)
        fields.append(profile.rawValue)
        fields.append(state.rawValue)
        fields.append(Int64(names.count))
        for name in names { fields.append(name) }
        fields.append(device)
        fields.append(fullName)
        fields.append(Int64(validity.notBefore.timeIntervalSince1970))
        fields.append(Int64(validity.notAfter.timeIntervalSince1970))
        fields.append(keyFingerprint)
        fields.append(Int64(createdAt.timeIntervalSince1970.rounded(.down)))
        fields.append(certificate ?? [])
        return fields.sha256
    }
}

extension SignedRevocationList {
    /// SHA-256 of what the ledger has of the list: what the act by which it was signed stands for.
    /// - Parameter der: SHA-256 of the list.
    public func contentDigest(isPlanned: Bool, der: [UInt8]) -> [UInt8] {
        var fields = DigestInput()
        fields.append(issuer.bytes)
        fields.append(number)
        fields.append(Int64(thisUpdate.timeIntervalSince1970))
        fields.append(Int64(nextUpdate.timeIntervalSince1970.rounded(.down)))
        fields.append(Int64(count))
        fields.append(isPlanned ? 1 : 0)
        fields.append(der)
        return fields.sha256
    }
}

extension Deployment {
    /// SHA-256 of what the ledger has of it: what the act that entered it last stands for.
    public var contentDigest: [UInt8] {
        var fields = DigestInput()
        fields.append(directory)
        fields.append(certificate?.bytes ?? [])
        fields.append(reload ? 1 : 0)
        // What earlier formats had not is left out where there is none of it: old acts stand for the same.
        if !servers.isEmpty || !users.isEmpty || keyGroup != nil {
            fields.append(servers.map(\.description).joined(separator: " "))
            fields.append(users.joined(separator: " "))
            fields.append(keyGroup)
        }
        if sendsIssuer { fields.append("sends issuer") }
        if let staged {
            fields.append("staged")
            fields.append(staged.certificate.bytes)
            fields.append(Int64(staged.printed?.timeIntervalSince1970 ?? -1))
            fields.append(Int64(staged.wait))
        }
        return fields.sha256
    }
}

extension LedgerEntry.Revocation {
    /// SHA-256 of what the ledger has of the revocation of that certificate.
    public func contentDigest(of serialNumber: SerialNumber) -> [UInt8] {
        var fields = DigestInput()
        fields.append(serialNumber.bytes)
        fields.append(Int64(date.timeIntervalSince1970.rounded(.down)))
        fields.append(Int64(reason.code))
        return fields.sha256
    }
}
