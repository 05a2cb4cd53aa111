import Testing

@Suite("SQLiteLedger audit of acts")
struct AuditActsTests {
    static let changes: [Tampering] = [
        ("time", "time + 1"), ("uid", "0"), ("sudo_user", "NULL"), ("sudo_user", "''"), ("sudo_user", "'taro'"),
        ("command", "'revoke'"), ("kind", "'recovered'"), ("subject", "subject || '0'"), ("note", "'example.org'"),
    ].map { column, value in
        Tampering(
            "\(column) = \(value)", "UPDATE act SET \(column) = \(value) WHERE id = 4", acts: [4], "was changed")
    }

    static let links: [Tampering] = [
        .init(
            "its content", "UPDATE act SET content = zeroblob(32) WHERE id = 4", acts: [4, 4],
            "the certificate {3} in the ledger is not what act 4 entered"),
        .init(
            "its digest", "UPDATE act SET digest = zeroblob(32) WHERE id = 4", acts: [4, 5],
            "act 4 (issued {3}) was changed"),
        .init(
            "its certificate", "UPDATE act SET certificate = 2 WHERE id = 4", acts: [4, nil],
            "the certificate {3} is in the ledger as issued, and no act says so"),
        .init(
            "its certificate, to none", "UPDATE act SET certificate = NULL WHERE id = 13", acts: [13, nil],
            "the certificate {6} is in the ledger as issued, and no act says so"),
        .init(
            "the content of a note", "UPDATE act SET content = x'01' WHERE id = 10", acts: [10],
            "act 10 (backed-up /backup/ledger) was changed"),
        .init(
            "the content of a list's act", "UPDATE act SET content = x'01' WHERE id = 7", acts: [7, 7],
            "the CA did not sign the audit log as it is up to act 7"),
    ]

    static let removals: [Tampering] = [
        .init("the first", "DELETE FROM act WHERE id = 1", acts: [1, 1], "act 1 is missing from the audit log"),
        .init(
            "one in the middle", "DELETE FROM act WHERE id = 5", acts: [5, nil], "act 5 is missing from the audit log"),
        .init("the note of a backup", "DELETE FROM act WHERE id = 10", acts: [10], "act 10 is missing"),
        .init(
            "several", "DELETE FROM act WHERE id IN (10, 11)", acts: [10, 12],
            "acts 10 to 11 are missing from the audit log"),
        .init(
            "the last", "DELETE FROM act WHERE id = 13", acts: [nil],
            "the certificate {6} is in the ledger as issued, and no act says so"),
        .init(
            "a revocation", "DELETE FROM act WHERE id = 6", acts: [6, nil, 7],
            "the certificate {2} is in the ledger as revoked, and no act says so"),
        .init(
            "that of a list", "DELETE FROM act WHERE id = 12", acts: [12, 12],
            "the act 12 by which list number 3 of {1} was signed is missing: the log was cut short or changed"),
        .init(
            "all after a list, with what they entered",
            """
            DELETE FROM act WHERE id > 7; DELETE FROM certificate_name WHERE certificate > 4;
            DELETE FROM certificate WHERE id > 4; DELETE FROM deployment
            """, acts: [12], "the log was cut short or changed"),
    ]

    static let moves: [Tampering] = [
        .init("two notes changed places", swap(10, 11), acts: [10, 11, 12, 12], "is not where it was"),
        .init(
            "two certificates changed places", swap(3, 4), acts: [3, 4, 5, nil, nil],
            "act 3 (issued {3}) was changed, or is not where it was"),
        .init(
            "one was moved to the end", "UPDATE act SET id = 14 WHERE id = 10", acts: [10, 14], "act 10 is missing"),
        .init(
            "one was put in at the end",
            "INSERT INTO act SELECT 14, time, uid, sudo_user, command, kind, subject, note, content, digest, NULL FROM act WHERE id = 13",
            acts: [14, 14], "act 14 (issued {6}) was changed, or is not where it was"),
        .init(
            "one was put before the first",
            "INSERT INTO act SELECT 0, time, uid, sudo_user, command, kind, subject, note, content, digest, NULL FROM act WHERE id = 10",
            acts: [0, 1, 1], "act 0 (backed-up /backup/ledger) was changed, or is not where it was"),
    ]

    private static func swap(_ one: Int, _ other: Int) -> String {
        """
        UPDATE act SET id = 999 WHERE id = \(one); UPDATE act SET id = \(one) WHERE id = \(other);
        UPDATE act SET id = \(other) WHERE id = 999
        """
    }

    @Test("An act that was changed is named", arguments: changes)
    func changed(tampering: Tampering) throws { try tampering.check() }

    @Test("An act that stands for something else than before is named, or what it stood for", arguments: links)
    func relinked(tampering: Tampering) throws { try tampering.check() }

    @Test("An act that is missing is named, or what nothing tells of any more", arguments: removals)
    func removed(tampering: Tampering) throws { try tampering.check() }

    @Test("Acts that are not where they were are named", arguments: moves)
    func moved(tampering: Tampering) throws { try tampering.check() }
}
