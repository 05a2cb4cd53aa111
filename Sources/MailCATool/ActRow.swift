import FoundationEssentials
import MailCA
import OpenSSLKit

/// One line of the audit log.
struct ActRow: StreamedRow {
    let number: Int64
    let date: String
    let userID: UInt32
    /// The user's name on this machine, if there still is one.
    let user: String?
    let sudoUser: String?
    let command: String
    let kind: String
    let subject: String
    let note: String
    let digest: String

    init(_ act: Act, _ users: inout UserNames) {
        number = act.number
        date = Timestamp.rfc3339(act.date)
        userID = act.caller.userID
        user = users.name(of: act.caller.userID)
        sudoUser = act.caller.sudoUser
        command = act.caller.command
        kind = act.kind.rawValue
        subject = act.subject
        note = act.note
        digest = act.digest.hexadecimal()
    }

    static let heading = columns("ACT", "TIME (UTC)", "BY", "COMMAND", "WHAT")

    var line: String {
        Self.columns(
            String(number), String(date.prefix(19).map { $0 == "T" ? " " : $0 }), who, command.shown,
            "\(kind) \(subject)\(note.isEmpty ? "" : " (\(note))")".shown)
    }

    /// `root`, `uid 1234`, `taro as root` of somebody who went through sudo.
    var who: String { UserNames.who(user, userID, sudoUser) }

    private static func columns(
        _ number: String, _ time: String, _ who: String, _ command: String, _ what: String
    ) -> String {
        "\(number.padded(6))  \(time.padded(19))  \(who.padded(12))  \(command.padded(12))  \(what)"
    }
}
