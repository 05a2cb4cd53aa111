import MailCA
import SQLiteLedger
import Testing

@Suite("SQLiteLedger configurations")
struct ConfigurationsTests {
    private let place: Place
    private let ledger: SQLiteLedger
    private let postfix = ConfigurationRecord(
        server: "postfix", directory: "/etc/mail/certs",
        files: [
            .init(path: "/etc/postfix/main.cf", original: "aa", ours: ["bb"], copy: "/etc/postfix/main.cf.1"),
            .init(path: "/etc/例え 'x'", original: nil, ours: ["cc", nil]),
        ],
        settings: [.init(file: "/etc/postfix/main.cf", name: "smtpd_tls_cert_file", original: "/a", ours: [nil])])

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    @Test("What was changed is remembered as it is, for the next command, and by an act")
    func remembered() throws {
        #expect(try ledger.configurations().isEmpty)
        let other = ConfigurationRecord(server: "dovecot", directory: "/etc/mail/certs")
        for record in [postfix, other] { try ledger.remember(record) }
        #expect(try place.open(.existing).configurations() == [other, postfix])
        let act = try #require(try ledger.acts().first)
        #expect(act.kind == .configured && act.subject == "postfix for /etc/mail/certs")
        #expect(act.note == "/etc/postfix/main.cf, /etc/例え 'x'" && act.content == postfix.contentDigest)
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("Of one server and directory the last counts, and the same once more is no act")
    func replaced() throws {
        try ledger.remember(postfix)
        try ledger.remember(postfix)
        var changed = postfix
        changed.files.removeLast()
        try ledger.remember(changed)
        #expect(try ledger.configurations() == [changed])
        #expect(try ledger.acts().count == 2)
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test("It is forgotten once, by an act of its own, and is no matter to when it was maintained")
    func forgotten() throws {
        try ledger.remember(postfix)
        try ledger.noteMaintained(now)
        try ledger.forget(configurationOf: "postfix", for: "/etc/mail/certs")
        try ledger.forget(configurationOf: "postfix", for: "/etc/mail/certs")
        #expect(try ledger.configurations().isEmpty)
        #expect(try ledger.acts().map(\.note).last == "taken back")
        #expect(try ledger.acts().count == 2)
        #expect(try ledger.lastMaintained() == now)
        #expect(try ledger.auditFaults(authorities: []).isEmpty)
    }

    @Test(
        "A record that was changed, taken out or put in is named by the audit",
        arguments: [
            "UPDATE setting SET value = replace(value, 'aa', 'dd') WHERE name LIKE 'configuration %'",
            "DELETE FROM setting",
            "INSERT INTO setting SELECT 'configuration x', replace(value, 'postfix', 'exim') FROM setting",
        ])
    func tampered(sql: String) throws {
        try ledger.remember(postfix)
        try place.execute(sql)
        let faults = try ledger.auditFaults(authorities: [])
        #expect(faults.count == 1)
        #expect(faults.first?.message.contains("for /etc/mail/certs") == true, "\(faults)")
    }

    @Test("A record that cannot be read is damage")
    func damaged() throws {
        try ledger.remember(postfix)
        try place.execute("UPDATE setting SET value = '{}'")
        try expectRefusal(.damaged) { _ = try ledger.configurations() }
    }

    @Test("While a record takes the place of another, what either wrote is ours, and the newer knows the original")
    func replacing() {
        let newer = ConfigurationRecord(
            server: "postfix", directory: "/etc/mail/certs",
            files: [.init(path: "/etc/postfix/main.cf", original: "a2", ours: ["b2"])],
            settings: [.init(file: "/etc/postfix/main.cf", name: "smtpd_tls_ask_ccert", original: nil, ours: ["yes"])])
        let both = newer.replacing(postfix)
        #expect(both.files[0] == .init(path: "/etc/postfix/main.cf", original: "a2", ours: ["bb", "b2"]))
        #expect(both.files[1] == postfix.files[1])
        #expect(both.settings == newer.settings + postfix.settings)
        #expect(newer.replacing(nil) == newer)
    }
}
