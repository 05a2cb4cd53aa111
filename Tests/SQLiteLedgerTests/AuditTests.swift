import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

@Suite("SQLiteLedger audit")
struct AuditTests {
    @Test("In an honest ledger nothing is found, nor in an empty one")
    func honest() throws {
        #expect(try Chronicle().faults().isEmpty)
        #expect(try Place().open().auditFaults(authorities: []).isEmpty)
    }

    @Test("Nothing is found while a certificate is under way, with lists planned, skipped and withdrawn")
    func underWay() throws {
        let chronicle = try Chronicle()
        let ledger = try chronicle.open()
        try ledger.begin([.example(100)])
        try ledger.addList(isPlanned: false)
        try ledger.addList(from: now.addingTimeInterval(9 * day), isPlanned: true)
        try ledger.skipRevocationLists(issuer: SerialNumber(0), to: now)
        try ledger.addList()
        #expect(try ledger.auditFaults(authorities: chronicle.certificates + [certificate(0)]).isEmpty)
    }

    @Test("A ledger that was put back to an earlier state as a whole is in order with itself")
    func earlier() throws {
        let chronicle = try Chronicle()
        let before = try chronicle.place.bytes()
        do { try chronicle.open().note(.backedUp, subject: "/b", note: "") }
        try chronicle.place.write(before)
        #expect(try chronicle.faults().isEmpty)
        #expect(try chronicle.open().acts().count == 13)
    }

    @Test("Looking changes nothing")
    func looking() throws {
        let chronicle = try Chronicle()
        let before = try chronicle.place.bytes()
        do { _ = try chronicle.faults() }
        #expect(try chronicle.place.bytes() == before)
    }

    // MARK: With all digests made anew

    /// Changes the ledger, makes all digests anew, and says which acts are found.
    private func forged(_ statements: String...) throws -> [AuditFault] {
        let chronicle = try Chronicle()
        try chronicle.place.execute(statements.joined(separator: ";\n"))
        try chronicle.place.rechain()
        return try chronicle.faults()
    }

    @Test("The digests are what the documentation of an act says they are")
    func definition() throws { #expect(try forged("SELECT 1").isEmpty) }

    @Test("A past that was written anew is one that the CA did not sign: every list from there on tells")
    func writtenAnew() throws {
        let faults = try forged("UPDATE act SET sudo_user = 'taro' WHERE id = 4")
        #expect(faults.map(\.act) == [7, 12])
        #expect(faults[0].message == "the CA did not sign the audit log as it is up to act 7 (list number 2)")
        let later = try forged("UPDATE act SET sudo_user = 'taro' WHERE id = 8")
        #expect(later.map(\.act) == [12])
    }

    @Test("A certificate that was taken out with its act, with all numbers closed up, is missed by the CA")
    func takenOut() throws {
        let faults = try forged(
            "DELETE FROM act WHERE id = 4", "DELETE FROM certificate_name WHERE certificate = 3",
            "DELETE FROM certificate WHERE id = 3", "UPDATE act SET id = id - 1 WHERE id > 4",
            "UPDATE certificate SET act = act - 1 WHERE act > 4",
            "UPDATE certificate SET revocation_act = revocation_act - 1",
            "UPDATE revocation_list SET act = act - 1 WHERE act > 4")
        #expect(faults.map(\.act) == [6, 11])
    }

    @Test("A log that was cut short and written on has no signature of the CA any more")
    func writtenOn() throws {
        let faults = try forged(
            "DELETE FROM act WHERE id > 7", "DELETE FROM certificate_name WHERE certificate > 4",
            "DELETE FROM certificate WHERE id > 4", "DELETE FROM deployment",
            """
            WITH RECURSIVE next(id) AS (SELECT 8 UNION ALL SELECT id + 1 FROM next WHERE id < 12)
            INSERT INTO act SELECT next.id, time, uid, sudo_user, command, kind, subject, note, content, digest, NULL
            FROM next, act WHERE act.id = 7
            """)
        #expect(faults.map(\.act) == [12, 8, 9, 10, 11])
    }

    @Test("A CA of the same name and number, with another key, signed none of it")
    func otherKey() throws {
        let chronicle = try Chronicle()
        let fields = try chronicle.certificates[0].fields()
        let key = try key(1)
        let impostor = try CertificateBuilder(
            serialNumber: fields.serialNumber, issuer: fields.subject, subject: fields.subject,
            validity: fields.validity, publicKey: key.publicKey, extensions: fields.extensions
        ).sign(with: key)
        #expect(try chronicle.open().auditFaults(authorities: [impostor]).map(\.act) == [1, 7, 12])
    }

    @Test("An act of a kind that is not known here is damage")
    func unknownKind() throws {
        let chronicle = try Chronicle()
        try chronicle.place.execute("UPDATE act SET kind = 'x' WHERE id = 4")
        let error = try expectRefusal(.damaged) { _ = try chronicle.faults() }
        #expect(error.message.contains("number 4"))
        try expectRefusal(.damaged) { _ = try chronicle.open().acts() }
    }
}
