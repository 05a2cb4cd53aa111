public import FoundationEssentials
import GRDB
public import MailCA
import OpenSSLKit

extension SQLiteLedger {
    public func deployments() throws(MailCAError) -> [Deployment] { try read { try Self.deployments(in: $0) } }

    static func deployments(in database: Database) throws -> [Deployment] {
        try GRDB.Row.fetchAll(
            database,
            sql: "SELECT * FROM deployment ORDER BY directory"
        ).map { row in
            Deployment(
                directory: row["directory"], certificate: (row["certificate"] as Data?).map { SerialNumber($0) },
                reload: row["reload"],
                servers: (row["servers"] as String).split(separator: " ").compactMap { .init(String($0)) },
                users: (row["users"] as String).split(separator: " ").map(String.init), keyGroup: row["key_group"],
                sendsIssuer: row["sends_issuer"], staged: staged(row))
        }
    }

    private static func staged(_ row: GRDB.Row) -> Deployment.Staged? {
        (row["staged"] as Data?).map { serial in
            Deployment.Staged(
                certificate: SerialNumber(serial), printed: (row["staged_printed"] as Int64?).map { Date(seconds: $0) },
                wait: TimeInterval(row["staged_wait"] as Int64))
        }
    }

    public func remember(_ deployment: Deployment) throws(MailCAError) {
        guard try !deployments().contains(deployment) else { return }
        try write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO deployment (directory, certificate, reload, servers, users, key_group,
                        sends_issuer, staged, staged_printed, staged_wait)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    deployment.directory, deployment.certificate.map { Data($0.bytes) }, deployment.reload,
                    deployment.servers.map(\.description).joined(separator: " "),
                    deployment.users.joined(separator: " "), deployment.keyGroup, deployment.sendsIssuer,
                    deployment.staged.map { Data($0.certificate.bytes) }, deployment.staged?.printed?.seconds,
                    Int64(deployment.staged?.wait ?? 0),
                ])
            try log.enter(
                .deployed, subject: deployment.directory, note: deployment.certificate?.description ?? "",
                content: deployment.contentDigest, in: database)
        }
    }

    public func forget(deployment directory: String) throws(MailCAError) {
        try write { database in
            try database.execute(sql: "DELETE FROM deployment WHERE directory = ?", arguments: [directory])
            guard database.changesCount == 1 else {
                throw MailCAError(
                    .notFound, "\(directory) is no deployment of this CA", hint: "mailca status lists them.")
            }
            try log.enter(.deployed, subject: directory, note: "dropped", in: database)
        }
    }

    private static let maintained = "maintained"

    public func lastMaintained() throws(MailCAError) -> Date? {
        try read { database in
            try String.fetchOne(
                database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [Self.maintained])
        }.flatMap { Int64($0) }.map { Date(seconds: $0) }
    }

    public func noteMaintained(_ date: Date) throws(MailCAError) {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                arguments: [Self.maintained, String(date.seconds)])
        }
    }
}
