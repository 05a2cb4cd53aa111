import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import TestSupport
import Testing

/// A ledger in which everything happened to a CA that can happen, a day apart. Its acts, and the rows that they are about:
///
/// 1 listed, 2 issued (the root, 1), 3 issued (a user, 2), 4 issued (a server, 3), 5 abandoned (4), 6 revoked (2),
/// 7 listed, 8 deployed, 9 recovered (5), 10 backed up, 11 restored, 12 listed, 13 issued (another user, 6).
struct Chronicle {
    let place: Place
    /// The CA's.
    let certificates: [Certificate]
    /// Of the rows, the first one's first.
    let serials: [String]

    static let caller = Caller(userID: 1_001, sudoUser: "hanako", command: "issue-client")

    /// A copy for one test, which nobody has open.
    init() throws {
        place = try Place()
        let made = try Self.made.get()
        try place.write(made.bytes)
        certificates = made.certificates
        serials = made.serials
    }

    func open() throws -> SQLiteLedger { try place.open(.existing, caller: Self.caller) }

    func faults() throws -> [AuditFault] { try open().auditFaults(authorities: certificates) }

    private static let made = Result {
        let place = try Place()
        let certificates = try write(place)
        let serials = try place.rows("SELECT lower(hex(serial)) FROM certificate ORDER BY id")
        return (bytes: try place.bytes(), certificates: certificates, serials: serials)
    }

    private static func write(_ place: Place) throws -> [Certificate] {
        let clock = Clock()
        let ledger = try place.open(caller: caller, clock: clock)
        let ca = try Authority.create(
            .init(name: "Example Mail CA", domains: ["example.org"]), ledger: ledger, clock: { clock.time })
        clock.advance(days: 1)
        let user = try ca.issue(.client("taro@example.org", fullName: "Yamada Tarō", device: "phone"))
        clock.advance(days: 1)
        _ = try ca.issue(.server(["mail.example.org", "mx.example.org"]))
        clock.advance(days: 1)
        try ledger.begin([.example(4)])
        try ledger.abandon([SerialNumber(4)])
        clock.advance(days: 1)
        try ca.revoke(user.serialNumber, reason: .keyCompromise)
        clock.advance(days: 1)
        _ = try ca.revocationList()
        clock.advance(days: 1)
        try ledger.remember(Deployment(directory: "/etc/mail/certs", certificate: SerialNumber(3), reload: true))
        clock.advance(days: 1)
        var lost = try LedgerEntry.example(5, names: ["saburo@example.org"])
        lost.state = .issued
        lost.certificate = try certificate(5).der
        try ledger.recover([lost])
        clock.advance(days: 1)
        try ledger.note(.backedUp, subject: "/backup/ledger", note: "")
        clock.advance(days: 1)
        try ledger.note(.restored, subject: "/backup/ledger", note: "of Monday")
        clock.advance(days: 1)
        _ = try ca.revocationList()
        clock.advance(days: 1)
        _ = try ca.issue(.client("jiro@example.org"))
        return ca.certificates
    }
}

/// Something done to the file behind the ledger's back, and the faults that have to be found.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sql: String
    /// The acts that the faults are of, in order; nil for a fault without one.
    let acts: [Int64?]
    /// What one of them says, with `{3}` for the serial number of row 3.
    let words: String

    init(_ what: String, _ sql: String, acts: [Int64?], _ words: String) {
        testDescription = what
        self.sql = sql
        self.acts = acts
        self.words = words
    }

    /// Does it, and looks what is found.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let chronicle = try Chronicle()
        try chronicle.place.execute(sql)
        let faults = try chronicle.faults()
        #expect(faults.map(\.act) == acts, "\(faults)", sourceLocation: sourceLocation)
        let words = chronicle.serials.enumerated().reduce(words) {
            $0.replacingOccurrences(of: "{\($1.offset + 1)}", with: $1.element)
        }
        #expect(
            faults.contains { $0.message.contains(words) }, "\(words): \(faults)", sourceLocation: sourceLocation)
        for fault in faults { #expect(!fault.message.hasSuffix("."), sourceLocation: sourceLocation) }
    }
}

extension Place {
    /// Gives every act the digest that it would have where the table stands as it does: what somebody does who knows
    /// how they are made, and has no key.
    func rechain() throws {
        _ = try python(
            """
            import hashlib, struct
            number = lambda value: struct.pack('>q', value)
            field = lambda value: number(-1) if value is None else number(len(value)) + value
            text = lambda value: field(None if value is None else value.encode())
            previous = bytes(32)
            acts = database.execute('SELECT id, time, uid, sudo_user, command, kind, subject, note, content FROM act ORDER BY id')
            for id, time, uid, sudo, command, kind, subject, note, content in acts.fetchall():
                bytes_ = field(previous) + number(id) + number(time) + number(uid)
                for value in (sudo, command, kind, subject, note): bytes_ += text(value)
                previous = hashlib.sha256(bytes_ + field(content)).digest()
                database.execute('UPDATE act SET digest = ? WHERE id = ?', (previous, id))
            """)
    }
}

extension SQLiteLedger {
    func acts(newest limit: Int? = nil) throws -> [Act] {
        var acts: [Act] = []
        try forEachAct(newest: limit) { acts.append($0) }
        return acts
    }
}
