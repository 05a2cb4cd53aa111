import FoundationEssentials
import MailCA
import OpenSSLKit

/// A certificate in a list of many: what the ledger has of it, without taking the certificate itself apart.
struct ListRow: StreamedRow {
    let state: String
    let profile: String
    let serialNumber: String
    let names: [String]
    let device: String?
    let fullName: String?
    let notBefore: String
    let notAfter: String
    let sha256: String?
    let revokedAt: String?
    let reason: String?

    init(_ entry: LedgerEntry, at date: Date) {
        state = entry.standing(at: date).rawValue
        profile = entry.profile.rawValue
        serialNumber = entry.serialNumber.description
        names = entry.names
        device = entry.device
        fullName = entry.fullName
        notBefore = Timestamp.rfc3339(entry.validity.notBefore)
        notAfter = Timestamp.rfc3339(entry.validity.notAfter)
        sha256 = entry.certificate.map { Digest.sha256($0).hexadecimal() }
        revokedAt = entry.revocation.map { Timestamp.rfc3339($0.date) }
        reason = entry.revocation?.reason.rawValue
    }

    static let heading = columns("STATE", "ENDS", "PROFILE", "SERIAL NUMBER", "NAMES")

    var line: String {
        let holder = names.joined(separator: ", ") + (device.map { " (\($0))" } ?? "")
        return Self.columns(state, String(notAfter.prefix(10)), profile, serialNumber, holder.shown)
    }

    private static func columns(
        _ state: String, _ end: String, _ profile: String, _ serialNumber: String, _ names: String
    ) -> String {
        "\(state.padded(9))  \(end.padded(10))  \(profile.padded(7))  \(serialNumber.padded(32))  \(names)"
    }
}
