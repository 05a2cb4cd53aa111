import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

/// A ledger as the first version of this software wrote it.
struct FormatOne {
    let place: Place
    /// The lists that it holds, the oldest first.
    let lists: [RevocationList]

    /// - Parameter isEmpty: whether nothing was entered yet.
    init(isEmpty: Bool = false) throws {
        place = try Place()
        try place.directory.write("", to: "ledger.sqlite")
        try place.execute(Self.schema)
        guard !isEmpty else {
            lists = []
            return
        }
        let revoked = RevocationList.Entry(serialNumber: SerialNumber(2), revokedAt: now, reason: 1)
        lists = try [[], [revoked]].enumerated().map { index, entries in
            try RevocationList(
                issuer: certificate(0), key: key(0), number: Int64(index + 1),
                thisUpdate: now.addingTimeInterval(Double(index)), nextUpdate: now.addingTimeInterval(10 * day),
                entries: entries)
        }
        try place.execute(
            Self.insert(1, 0, "root", "issued", ["example.org"]),
            Self.insert(2, 2, "client", "issued", ["taro@example.org"], device: "'phone'"),
            Self.insert(3, 3, "server", "issued", ["mail.example.org", "mx.example.org"]),
            Self.insert(4, 4, "server", "abandoned", ["mail.example.org"]),
            Self.insert(5, 5, "client", "pending", ["jiro@example.org"]),
            "UPDATE certificate SET revoked_at = \(Int(now.timeIntervalSince1970)), reason = 1 WHERE id = 2")
        for (index, list) in lists.enumerated() {
            let time = Int(now.timeIntervalSince1970)
            try place.execute(
                """
                INSERT INTO revocation_list
                VALUES (x'40000000', \(index + 1), \(time + index), \(time + 864000), x'\(hexadecimal(list.der))')
                """)
        }
    }

    private static func insert(
        _ id: Int, _ number: Int, _ profile: String, _ state: String, _ names: [String], device: String = "NULL"
    ) throws -> String {
        let time = Int(now.timeIntervalSince1970)
        let der = state == "issued" ? "x'\(hexadecimal(try certificate(number).der))'" : "NULL"
        let values = """
            \(id), x'\(SerialNumber(number))', x'40000000', '\(profile)', '\(state)', \(device), NULL, \(time),
            \(time + 365 * 86_400 - 1), x'\(hexadecimal(try key(number).publicKey.sha256))', \(time), \(der), NULL, NULL
            """
        return
            (["INSERT INTO certificate VALUES (\(values))"]
            + names.enumerated().map { "INSERT INTO certificate_name VALUES ('\($1)', \(id), \($0))" })
            .joined(separator: ";\n")
    }

    private static let schema = """
        PRAGMA application_id = 0x6d6c6361;
        PRAGMA journal_mode = WAL;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1: certificates and revocation lists');
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
        PRAGMA user_version = 1
        """
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
