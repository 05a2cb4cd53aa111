import GRDB
import MailCA
import SystemPackage

/// The tables, and how each version of them became the next. A migration that was released is never changed.
enum Schema {
    /// The version that this software writes; it stands in the file's `user_version`.
    static let version = 1
    /// "mlca": tells our file from any other SQLite database.
    static let applicationID = 0x6d6c_6361

    /// Whether it is a ledger of this version.
    static func isCurrent(_ queue: DatabaseQueue) throws -> Bool {
        try queue.read { database in
            try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID
                && Int.fetchOne(database, sql: "PRAGMA user_version") == version
        }
    }

    /// How this connection writes: what is committed survives a loss of power.
    static func configure(_ queue: DatabaseQueue) throws {
        try queue.inDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
    }

    /// Looks whose file it is before anything is written to it, and brings ours up to date.
    static func prepare(_ queue: DatabaseQueue, path: FilePath, mayCreate: Bool) throws {
        let found = try queue.read { database in
            (
                application: try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
                version: try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0,
                isEmpty: try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE '%grdb_migrations%'") == 0
            )
        }
        let isOurs = found.application == applicationID
        guard isOurs || (found.isEmpty && found.version == 0 && mayCreate) else {
            throw MailCAError(
                .damaged, "\(path.string) is not a ledger of mailca's",
                hint: "Nothing was changed. Put the ledger back from a backup, or use another directory.")
        }
        guard found.version <= version else {
            throw MailCAError(
                .ledgerIsNewer,
                "the ledger \(path.string) was written by a later version of mailca (format \(found.version); this one knows \(version))",
                hint: "Nothing was changed. Use the later version.")
        }
        // Marked as ours first: a kill before the tables are there leaves what the next command goes on with.
        if !isOurs { try queue.inDatabase { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") } }
        try configure(queue)
        if found.version < version { try migrator.migrate(queue) }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: certificates and revocation lists") { database in
            try database.execute(
                sql: """
                    CREATE TABLE certificate (
                        id INTEGER PRIMARY KEY,
                        serial BLOB NOT NULL UNIQUE,
                        issuer BLOB NOT NULL,
                        profile TEXT NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('pending', 'issued', 'abandoned')),
                        device TEXT,
                        full_name TEXT,
                        not_before INTEGER NOT NULL,
                        not_after INTEGER NOT NULL,
                        key_fingerprint BLOB NOT NULL,
                        created_at INTEGER NOT NULL,
                        der BLOB,
                        revoked_at INTEGER,
                        reason INTEGER,
                        CHECK ((state = 'issued') = (der IS NOT NULL)),
                        CHECK ((revoked_at IS NULL) = (reason IS NULL))
                    ) STRICT;
                    CREATE INDEX certificate_key ON certificate (key_fingerprint);
                    CREATE INDEX certificate_pending ON certificate (id) WHERE state = 'pending';
                    CREATE INDEX certificate_revoked ON certificate (issuer, id) WHERE revoked_at IS NOT NULL;
                    CREATE INDEX certificate_authority ON certificate (id) WHERE profile IN ('root', 'issuing');
                    -- Two commands that make a CA at once: one of them is told that there is one.
                    CREATE UNIQUE INDEX certificate_root ON certificate (profile)
                        WHERE profile = 'root' AND state <> 'abandoned';

                    CREATE TABLE certificate_name (
                        name TEXT NOT NULL,
                        certificate INTEGER NOT NULL REFERENCES certificate (id),
                        position INTEGER NOT NULL,
                        PRIMARY KEY (name, certificate)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX certificate_name_certificate ON certificate_name (certificate, position);

                    CREATE TABLE revocation_list (
                        issuer BLOB NOT NULL,
                        number INTEGER NOT NULL,
                        this_update INTEGER NOT NULL,
                        next_update INTEGER NOT NULL,
                        der BLOB NOT NULL,
                        PRIMARY KEY (issuer, number)
                    ) STRICT;
                    """)
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        return migrator
    }
}
