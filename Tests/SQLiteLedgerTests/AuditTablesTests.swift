import Testing

@Suite("SQLiteLedger audit of tables")
struct AuditTablesTests {
    static let columns: [Tampering] = [
        ("serial", "x'4001'"), ("issuer", "x'4001'"), ("profile", "'client'"), ("device", "'phone'"),
        ("device", "''"), ("full_name", "'Taro'"), ("not_before", "not_before - 1"), ("not_after", "not_after + 1"),
        ("key_fingerprint", "zeroblob(32)"), ("created_at", "created_at + 1"), ("der", "substr(der, 2)"),
        ("der", "x''"), ("state", "'abandoned', der = NULL"), ("state", "'pending', der = NULL"),
    ].map { column, value in
        Tampering(
            "\(column) = \(value)", "UPDATE certificate SET \(column) = \(value) WHERE id = 3", acts: [4],
            "the certificate {3} in the ledger is not what act 4 entered")
    }

    static let names: [Tampering] = [
        ("another", "UPDATE certificate_name SET name = 'evil.example.org' WHERE name = 'mx.example.org'"),
        ("one less", "DELETE FROM certificate_name WHERE name = 'mx.example.org'"),
        ("one more", "INSERT INTO certificate_name VALUES ('evil.example.org', 3, 2)"),
        ("another order", "UPDATE certificate_name SET position = 1 - position WHERE certificate = 3"),
        ("somebody else's", "UPDATE certificate_name SET certificate = 6, position = 1 WHERE name = 'mx.example.org'"),
    ].map { what, sql in
        let isMoved = what == "somebody else's"
        return Tampering(what, sql, acts: isMoved ? [4, 13] : [4], "the certificate {3} in the ledger is not what")
    }

    static let rows: [Tampering] = [
        .init(
            "a server taken out",
            "DELETE FROM certificate_name WHERE certificate = 3; DELETE FROM certificate WHERE id = 3", acts: [4],
            "the certificate {3} of mail.example.org, mx.example.org is missing from the ledger (act 4)"),
        .init(
            "a revoked user taken out", "DELETE FROM certificate WHERE id = 2", acts: [3, 6],
            "the certificate {2} of taro@example.org is missing from the ledger (act 3)"),
        .init(
            "a server taken out, and its act cut off from it",
            """
            DELETE FROM certificate_name WHERE certificate = 3; DELETE FROM certificate WHERE id = 3;
            UPDATE act SET certificate = NULL WHERE id = 4
            """, acts: [4], "act 4 (issued {3}) does not say any more which certificate it is about"),
        .init("an abandoned one taken out", "DELETE FROM certificate WHERE id = 4", acts: [5], "{4}"),
        .init("a recovered one taken out", "DELETE FROM certificate WHERE id = 5", acts: [9], "{5}"),
        .init("one renumbered", "UPDATE certificate SET id = 99 WHERE id = 3", acts: [4, nil], "{3}"),
        .init(
            "one put in", copy(of: 3, serial: "4099"), acts: [nil],
            "the certificate 4099 is in the ledger as issued, and no act says so"),
        .init(
            "one put in that leans on another's act", copy(of: 3, serial: "4099", act: "4"), acts: [nil],
            "the certificate 4099 is in the ledger as issued, and no act says so"),
        .init(
            "an abandoned one put in", copy(of: 4, serial: "4099"), acts: [nil], "4099 is in the ledger as abandoned"),
        .init("its act forgotten", "UPDATE certificate SET act = NULL WHERE id = 3", acts: [nil], "{3}"),
        .init("another's act", "UPDATE certificate SET act = 3 WHERE id = 3", acts: [nil], "{3}"),
        .init(
            "an act of revocation for one of issuing", "UPDATE certificate SET act = 6 WHERE id = 2", acts: [nil], "{2}"
        ),
    ]

    static let revocations: [Tampering] = [
        .init(
            "taken back", "UPDATE certificate SET revoked_at = NULL, reason = NULL, revocation_act = NULL WHERE id = 2",
            acts: [6], "the revocation of the certificate {2} in the ledger is not what act 6 entered"),
        .init(
            "taken back in part", "UPDATE certificate SET revoked_at = NULL, reason = NULL WHERE id = 2",
            acts: [6, nil], "the revocation of the certificate {2} in the ledger is not what act 6 entered"),
        .init(
            "at another time", "UPDATE certificate SET revoked_at = revoked_at + 1 WHERE id = 2", acts: [6], "{2}"),
        .init("for another reason", "UPDATE certificate SET reason = 4 WHERE id = 2", acts: [6], "{2}"),
        .init(
            "put in", "UPDATE certificate SET revoked_at = 1780315200, reason = 1 WHERE id = 3", acts: [nil],
            "the certificate {3} is in the ledger as revoked, and no act says so"),
        .init(
            "put in, leaning on another's act",
            "UPDATE certificate SET revoked_at = 1780315200, reason = 1, revocation_act = 6 WHERE id = 3", acts: [nil],
            "the certificate {3} is in the ledger as revoked, and no act says so"),
        .init("its act forgotten", "UPDATE certificate SET revocation_act = NULL WHERE id = 2", acts: [nil], "{2}"),
    ]

    static let lists: [Tampering] = [
        .init(
            "taken out", "DELETE FROM revocation_list WHERE number = 2", acts: [7],
            "the revocation list that act 7 entered is missing from the ledger"),
        .init(
            "with another signature",
            "UPDATE revocation_list SET signature = (SELECT signature FROM revocation_list WHERE number = 1) WHERE number = 2",
            acts: [7], "the CA did not sign the audit log as it is up to act 7 (list number 2)"),
        .init(
            "with a signature cut short",
            "UPDATE revocation_list SET signature = substr(signature, 1, length(signature) - 1) WHERE number = 2",
            acts: [7], "did not sign"),
        .init("not signed", "UPDATE revocation_list SET signature = NULL WHERE number = 2", acts: [7], "did not sign"),
        .init(
            "without an act", "UPDATE revocation_list SET act = NULL WHERE number = 2", acts: [7],
            "the revocation list that act 7 entered is missing from the ledger"),
        .init(
            "with another's act", "UPDATE revocation_list SET act = 12 WHERE number = 2", acts: [12, 7],
            "did not sign the audit log as it is up to act 12 (list number 2)"),
        .init(
            "of another CA", "UPDATE revocation_list SET issuer = x'4001' WHERE number = 2", acts: [7],
            "the act 7 by which list number 2 of 4001 was signed is missing"),
    ]

    static let contents: [Tampering] =
        [
            "number = 9", "this_update = 1", "next_update = next_update + 1", "count = 0", "planned = 1",
            "digest = x'00'",
        ]
        .map {
            .init(
                $0, "UPDATE revocation_list SET \($0) WHERE number = 3", acts: [12],
                "in the ledger is not what act 12 entered")
        } + [
            .init(
                "bytes", "UPDATE revocation_list_part SET bytes = zeroblob(length(bytes)) WHERE position = 1",
                acts: [12],
                "the revocation list number 3 in the ledger is not what act 12 entered"),
            .init(
                "a part", "DELETE FROM revocation_list_part WHERE position = 1", acts: [12], "list number 3"),
        ]

    static let deployments: [Tampering] = [
        .init("taken out", "DELETE FROM deployment", acts: [8], "/etc/mail/certs is not as act 8 entered it"),
        .init("not reloaded", "UPDATE deployment SET reload = 0", acts: [8], "/etc/mail/certs"),
        .init("of another certificate", "UPDATE deployment SET certificate = x'4001'", acts: [8], "/etc/mail/certs"),
        .init(
            "put in", "INSERT INTO deployment (directory, certificate, reload) VALUES ('/tmp/certs', NULL, 0)",
            acts: [nil],
            "the deployment /tmp/certs was entered by no act"),
    ]

    @Test("A list of which the row or the bytes were changed is named", arguments: contents)
    func listContent(tampering: Tampering) throws { try tampering.check() }

    @Test("A deployment that was changed, taken out or put in is named", arguments: deployments)
    func deployment(tampering: Tampering) throws { try tampering.check() }

    @Test("A revoked certificate that is kept off the lists while it is valid is named")
    func delisted() throws {
        try Tampering(
            "kept off", "UPDATE certificate SET delisted = 1 WHERE id = 2", acts: [nil],
            "the certificate {2} is kept off the revocation lists before its time"
        ).check()
        // A list that no act entered, made to end later than it does.
        try Tampering(
            "kept off behind a list that never was",
            """
            UPDATE certificate SET delisted = 1 WHERE id = 2;
            INSERT INTO revocation_list (issuer, number, this_update, next_update, count, planned, withdrawn)
                SELECT issuer, max(number) + 1, 9000000000, 9000000001, 0, 0, 1 FROM revocation_list
            """, acts: [nil], "the certificate {2} is kept off the revocation lists before its time"
        ).check()
    }

    @Test("An act with the last number there is is found to be one, and none is entered after it")
    func lastNumber() throws {
        let chronicle = try Chronicle()
        try chronicle.place.execute(
            "UPDATE act SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM act)")
        #expect(try !chronicle.faults().isEmpty)
        let ledger = try chronicle.open()
        _ = try expectRefusal(.damaged) { try ledger.note(.backedUp, subject: "x", note: "") }
    }

    private static func copy(of row: Int, serial: String, act: String = "NULL") -> String {
        """
        INSERT INTO certificate SELECT 50, x'\(serial)', issuer, profile, state, device, full_name, not_before,
            not_after, key_fingerprint, created_at, der, NULL, NULL, \(act), NULL, 0 FROM certificate WHERE id = \(row)
        """
    }

    @Test("A certificate of which something was changed is named", arguments: columns)
    func changed(tampering: Tampering) throws { try tampering.check() }

    @Test("A certificate that has other names than were entered is named", arguments: names)
    func renamed(tampering: Tampering) throws { try tampering.check() }

    @Test("A certificate that was taken out, put in or cut off from its act is named", arguments: rows)
    func cutOff(tampering: Tampering) throws { try tampering.check() }

    @Test("A revocation that was taken back, changed or put in is named", arguments: revocations)
    func revocation(tampering: Tampering) throws { try tampering.check() }

    @Test("A revocation list that is missing or not signed as it was is named", arguments: lists)
    func list(tampering: Tampering) throws { try tampering.check() }
}
