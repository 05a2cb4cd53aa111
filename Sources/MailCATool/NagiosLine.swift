import FoundationEssentials
import MailCA
import MailVerify
import OpenSSLKit

/// How a CA stands in one line, as monitoring plugins say it: a summary, a bar, and figures with their thresholds.
struct NagiosLine {
    let text: String

    init(_ status: Status) {
        let summary = status.reasons.isEmpty ? Self.fine(status) : status.reasons.map(\.message).joined(separator: "; ")
        text = Self.line(status.level.name.uppercased(), summary) + "|\(Self.figures(status).joined(separator: " "))\n"
    }

    /// Where there is nothing to judge.
    static func unknown(_ error: MailCAError) -> String { line("UNKNOWN", error.message) + "\n" }

    private static func line(_ level: String, _ summary: String) -> String {
        // The bar ends the summary.
        "MAILCA \(level) - \(summary.shown.replacing("|", with: "/"))"
    }

    private static func fine(_ status: Status) -> String {
        let authority = status.authorities.first
        var parts = [
            "\(authority?.subject.description ?? "CA") until \(day(authority?.validity.notAfter ?? status.date))"
        ]
        if let list = status.lists.first { parts.append("list number \(list.number) until \(day(list.nextUpdate))") }
        parts.append("\(status.servers.count + status.users.count) certificates end within 30 days")
        parts.append("\(status.deployments.count) deployed")
        return parts.joined(separator: ", ")
    }

    private static func day(_ date: Date) -> String { String(Timestamp.rfc3339(date).prefix(10)) }

    /// `'label'=value[unit];warning;critical`, where `30:` warns of what is below 30.
    private static func figures(_ status: Status) -> [String] {
        func days(_ date: Date) -> Int { Int((date.timeIntervalSince(status.date) / 86_400).rounded(.down)) }
        var figures: [String] = []
        if let end = status.authorities.map(\.validity.notAfter).min() {
            figures.append("ca_days=\(days(end));90:;30:")
        }
        if let end = status.lists.map(\.coveredUntil).min() { figures.append("list_days=\(days(end))") }
        if let end = status.deployments.compactMap(\.certificate?.validity.notAfter).min() {
            figures.append("server_days=\(days(end));14:;0:")
        }
        figures.append("ending_servers=\(status.servers.count)")
        figures.append("ending_users=\(status.users.count)")
        figures.append("pending=\(status.pending)")
        figures.append("different_files=\(status.deployments.reduce(0) { $0 + $1.differences.count });0")
        return figures
    }
}
