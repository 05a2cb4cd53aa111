import FoundationEssentials
import GRDB
public import MailCA

/// The records of changed configurations lie among the settings, as JSON.
extension SQLiteLedger {
    /// What the note of an act says where a configuration was given back.
    static let takenBack = "taken back"

    public func configurations() throws(MailCAError) -> [ConfigurationRecord] {
        try read { try Self.configurations(in: $0) }
    }

    static func configurations(in database: Database) throws -> [ConfigurationRecord] {
        try String.fetchAll(
            database, sql: "SELECT value FROM setting WHERE name GLOB 'configuration *' ORDER BY name"
        ).map { text in
            do { return try JSONDecoder().decode(ConfigurationRecord.self, from: Data(text.utf8)) } catch {
                throw MailCAError(
                    .damaged, "what the ledger has of a mail server's configuration cannot be read",
                    hint: "Put the ledger back from a backup: mailca restore FILE.", cause: error)
            }
        }
    }

    public func remember(_ configuration: ConfigurationRecord) throws(MailCAError) {
        guard try !configurations().contains(configuration) else { return }
        try write { database in
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            try database.execute(
                sql: "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                arguments: [
                    Self.name(configuration.subject),
                    String(decoding: try encoder.encode(configuration), as: UTF8.self),
                ])
            try log.enter(
                .configured, subject: configuration.subject,
                note: configuration.files.map(\.path).joined(separator: ", "), content: configuration.contentDigest,
                in: database)
        }
    }

    public func forget(configurationOf server: String, for directory: String) throws(MailCAError) {
        let subject = ConfigurationRecord(server: server, directory: directory).subject
        guard try configurations().contains(where: { $0.subject == subject }) else { return }
        try write { database in
            try database.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [Self.name(subject)])
            try log.enter(.configured, subject: subject, note: Self.takenBack, in: database)
        }
    }

    private static func name(_ subject: String) -> String { "configuration \(subject)" }
}

extension ConfigurationRecord {
    /// `postfix for /etc/mail/certs`
    var subject: String { "\(server) for \(directory)" }
}
