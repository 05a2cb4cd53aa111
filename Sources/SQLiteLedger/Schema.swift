import FoundationEssentials
import GRDB
import MailCA
import SystemPackage

/// The tables, and how each version of them became the next. A migration that was released is never changed.
enum Schema {
    /// The version that this software writes; it stands in the file's `user_version`.
    static let version = 4
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
    static func prepare(_ queue: DatabaseQueue, path: FilePath, mayCreate: Bool, log: AuditLog) throws {
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
                hint:
                    "Nothing was changed. Put the ledger back from a backup (mailca restore FILE), or use another directory."
            )
        }
        guard found.version <= version else {
            throw MailCAError(
                .ledgerIsNewer,
                "the ledger \(path.string) was written by a later version of mailca (format \(found.version); this one knows \(version))",
                hint: "Nothing was changed. Use the later version.")
        }
        // Marked as ours first: a kill before the tables are there leaves what the next command goes on with.
        if isOurs { try queue.read { try Structure(database: $0, path: path).checkWhenSmall() } }
        if !isOurs { try queue.inDatabase { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") } }
        try configure(queue)
        if found.version < version { try migrator(log, path).migrate(queue) }
    }

    /// What a ledger of that version is made of: its tables and indices, each with its statement as SQLite keeps it.
    /// - Parameter more: statements that make what stands beside it.
    static func definition(version: Int, with more: String = "") throws -> Set<[String]> {
        let queue = try DatabaseQueue()
        let log = AuditLog(caller: Caller(userID: 0, command: ""), clock: { Date() })
        let migrator = migrator(log, "")
        guard migrator.migrations.indices.contains(version - 1) else { return [] }
        try migrator.migrate(queue, upTo: migrator.migrations[version - 1])
        return try queue.write { database in
            try database.execute(sql: more)
            return try definition(of: database)
        }
    }

    /// What a database is made of.
    static func definition(of database: Database) throws -> Set<[String]> {
        let rows = try GRDB.Row.fetchAll(
            database, sql: "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
        return Set(rows.map { row in row.databaseValues.map { String.fromDatabaseValue($0) ?? "" } })
    }

    private static func migrator(_ log: AuditLog, _ path: FilePath) -> DatabaseMigrator {
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
        migrator.registerMigration("2: audit log, deployments, lists in parts") { database in
            try database.execute(
                sql: """
                    -- Who did what; each digest is made over the one before.
                    CREATE TABLE act (
                        id INTEGER PRIMARY KEY,
                        time INTEGER NOT NULL,
                        uid INTEGER NOT NULL,
                        sudo_user TEXT,
                        command TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        subject TEXT NOT NULL,
                        note TEXT NOT NULL,
                        content BLOB NOT NULL,
                        digest BLOB NOT NULL,
                        certificate INTEGER REFERENCES certificate (id)
                    ) STRICT;
                    -- An index of every table shows that an empty page in the place of one of the table's is wrong.
                    CREATE INDEX act_kind ON act (kind);

                    -- The acts by which it was issued or given up, and revoked.
                    ALTER TABLE certificate ADD COLUMN act INTEGER REFERENCES act (id);
                    ALTER TABLE certificate ADD COLUMN revocation_act INTEGER REFERENCES act (id);
                    -- Whether it has been on a list that was made after its end, and need be on none any more.
                    ALTER TABLE certificate ADD COLUMN delisted INTEGER NOT NULL DEFAULT 0;
                    DROP INDEX certificate_revoked;
                    -- All that a revocation list needs: the rows, ten times as long, are not read for it.
                    CREATE INDEX certificate_revoked
                        ON certificate (issuer, id, serial, revoked_at, reason, not_after, delisted)
                        WHERE revoked_at IS NOT NULL AND delisted = 0;
                    CREATE INDEX certificate_revocation ON certificate (revoked_at, profile)
                        WHERE revoked_at IS NOT NULL;
                    CREATE INDEX certificate_end ON certificate (not_after)
                        WHERE state = 'issued' AND revoked_at IS NULL;
                    CREATE INDEX certificate_profile ON certificate (profile, id);
                    CREATE INDEX certificate_profile_end ON certificate (profile, not_after)
                        WHERE state = 'issued' AND revoked_at IS NULL;
                    CREATE INDEX certificate_abandoned ON certificate (id) WHERE state = 'abandoned';

                    ALTER TABLE revocation_list RENAME TO old_list;
                    CREATE TABLE revocation_list (
                        issuer BLOB NOT NULL,
                        number INTEGER NOT NULL,
                        this_update INTEGER NOT NULL,
                        next_update INTEGER NOT NULL,
                        count INTEGER NOT NULL,
                        -- Made for a time to come.
                        planned INTEGER NOT NULL,
                        -- None where the number was only passed over.
                        act INTEGER REFERENCES act (id),
                        -- The CA's signature under that act.
                        signature BLOB,
                        -- SHA-256 of its entries, then of what stands before and after them.
                        digest BLOB,
                        -- A planned one that a newer one took the place of before its time.
                        withdrawn INTEGER NOT NULL DEFAULT 0,
                        PRIMARY KEY (issuer, number)
                    ) STRICT;
                    -- The lists that may still be asked for, in pieces.
                    CREATE TABLE revocation_list_part (
                        issuer BLOB NOT NULL,
                        number INTEGER NOT NULL,
                        position INTEGER NOT NULL,
                        bytes BLOB NOT NULL,
                        PRIMARY KEY (issuer, number, position)
                    ) STRICT;
                    INSERT INTO revocation_list
                        SELECT issuer, number, this_update, next_update, 0, 0, NULL, NULL, NULL, 0 FROM old_list;
                    INSERT INTO revocation_list_part
                        SELECT issuer, number, 0, der FROM old_list AS list
                        WHERE number = (SELECT max(number) FROM old_list WHERE issuer = list.issuer);
                    DROP TABLE old_list;

                    CREATE TABLE deployment (
                        directory TEXT PRIMARY KEY,
                        certificate BLOB,
                        reload INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX deployment_certificate ON deployment (certificate);

                    CREATE TABLE setting (
                        name TEXT PRIMARY KEY,
                        value TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX setting_value ON setting (value);
                    """)
            try log.enterUpgrade(path, database)
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3: who reads a deployment") { database in
            try database.execute(
                sql: """
                    ALTER TABLE deployment ADD COLUMN servers TEXT NOT NULL DEFAULT '';
                    ALTER TABLE deployment ADD COLUMN users TEXT NOT NULL DEFAULT '';
                    ALTER TABLE deployment ADD COLUMN key_group TEXT;
                    """)
            try database.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4: what DANE asks of a deployment") { database in
            try database.execute(
                sql: """
                    ALTER TABLE deployment ADD COLUMN sends_issuer INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE deployment ADD COLUMN staged BLOB;
                    ALTER TABLE deployment ADD COLUMN staged_printed INTEGER;
                    ALTER TABLE deployment ADD COLUMN staged_wait INTEGER NOT NULL DEFAULT 0;
                    """)
            try database.execute(sql: "PRAGMA user_version = 4")
        }
        return migrator
    }
}
