import FoundationEssentials
import MailCA
import MailVerify
import OpenSSLKit

/// How a CA stands, as JSON and, in its extension, as text.
struct StatusResult: CommandResult {
    struct Reason: Encodable {
        let level: String
        let message: String
        let remedy: String
    }

    struct CA: Encodable {
        let subject: String
        let serialNumber: String
        let notAfter: String
    }

    struct List: Encodable {
        let issuer: String
        let number: Int64
        let thisUpdate: String
        let nextUpdate: String
        let revoked: Int
        /// How many lists were made for later, and until when there is one.
        let planned: Int
        let coveredUntil: String
    }

    struct Ending: Encodable {
        let count: Int
        let first: [ListRow]
    }

    struct Deployed: Encodable {
        let directory: String
        let isThere: Bool
        let certificate: ListRow?
        /// The names that are not as they were laid out.
        let differences: [String]
        let reload: Bool
        /// The key that waits there.
        let staged: Staged?
    }

    struct Staged: Encodable {
        let serialNumber: String
        /// From when on it may be put in place; nil where its DANE record was never printed.
        let due: String?
    }

    let level: String
    let reasons: [Reason]
    let authorities: [CA]
    let lists: [List]
    /// Whether everything that was revoked is on a list.
    let listsAreComplete: Bool
    /// What ends within 30 days.
    let servers: Ending
    let users: Ending
    let pending: Int
    let lastMaintained: String?
    let deployments: [Deployed]

    /// A command finds the same places as this one.
    private static func remedy(_ text: String, _ common: CommonOptions) -> String {
        guard text.hasPrefix("mailca ") else { return text }
        return text + (text.contains(" --certs ") ? common.homeOption : common.places)
    }

    init(_ status: Status, _ common: CommonOptions) {
        level = status.level.name
        reasons = status.reasons.map {
            Reason(
                level: $0.level.name, message: $0.message,
                remedy: Self.remedy($0.remedy, common))
        }
        authorities = status.authorities.map {
            CA(
                subject: $0.subject.description, serialNumber: $0.serialNumber.description,
                notAfter: Timestamp.rfc3339($0.validity.notAfter))
        }
        lists = status.lists.map {
            List(
                issuer: $0.issuer.description, number: $0.number, thisUpdate: Timestamp.rfc3339($0.thisUpdate),
                nextUpdate: Timestamp.rfc3339($0.nextUpdate), revoked: $0.count, planned: $0.planned,
                coveredUntil: Timestamp.rfc3339($0.coveredUntil))
        }
        listsAreComplete = !status.hasUnlisted
        func ending(_ ending: Status.Ending) -> Ending {
            Ending(count: ending.count, first: ending.first.map { ListRow($0, at: status.date) })
        }
        servers = ending(status.servers)
        users = ending(status.users)
        pending = status.pending
        lastMaintained = status.lastMaintained.map { Timestamp.rfc3339($0) }
        deployments = status.deployments.map {
            Deployed(
                directory: $0.deployment.directory, isThere: $0.isThere,
                certificate: $0.certificate.map { ListRow($0, at: status.date) }, differences: $0.differences,
                reload: $0.deployment.reload,
                staged: $0.deployment.staged.map {
                    Staged(serialNumber: $0.certificate.description, due: $0.due.map { Timestamp.rfc3339($0) })
                })
        }
    }
}

extension StatusResult.Staged {
    fileprivate var text: String {
        due.map { "the next key may be put in place from \($0) on" }
            ?? "the next key waits for its record to be printed"
    }
}

extension StatusResult {
    var essentialText: String {
        reasons.map { "\($0.level): \($0.message.shown)\n  mend: \($0.remedy.shown)\n" }.joined()
    }

    var text: String {
        var rows: [(label: String, value: String)] = []
        for ca in authorities { rows.append(("CA", "\(ca.subject), until \(ca.notAfter)")) }
        for list in lists {
            rows.append(
                (
                    "List",
                    "number \(list.number) of \(list.issuer), \(list.revoked) revoked, until \(list.nextUpdate)"
                        + (list.planned > 0 ? "; \(list.planned) planned, until \(list.coveredUntil)" : "")
                ))
        }
        rows.append(("Ending", "\(servers.count) of servers and \(users.count) of users within 30 days"))
        for row in servers.first + users.first { rows.append(("", row.line)) }
        if pending > 0 { rows.append(("Being made", "\(pending)")) }
        rows.append(("Maintained", lastMaintained ?? "never: mailca maintain renews what ends, from a timer"))
        for deployed in deployments {
            let certificate = deployed.certificate.map {
                "\($0.names.joined(separator: ", ")) until \($0.notAfter)"
            }
            let differences =
                !deployed.isThere
                ? "not there"
                : deployed.differences.isEmpty ? "all as laid out" : "\(deployed.differences.count) differ"
            rows.append(
                (
                    "Deployed",
                    ([deployed.directory, certificate, differences].compactMap { $0 }).joined(separator: ": ")
                        + (deployed.staged.map { "; \($0.text)" } ?? "")
                ))
        }
        if deployments.isEmpty { rows.append(("Deployed", "nowhere")) }
        let lines = rows.map { "  \($0.label.padded(10))  \($0.value.shown)\n" }
        return "Status: \(level)\n\(essentialText)\n\(lines.joined())"
    }
}
