import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("SQLiteLedger deployments")
struct DeploymentsTests {
    private let place: Place
    private let ledger: SQLiteLedger

    init() throws {
        place = try Place()
        ledger = try place.open()
    }

    @Test("Deployments are remembered as they are, by directory, for the next command")
    func remembered() throws {
        #expect(try ledger.deployments().isEmpty)
        let all = [
            Deployment(directory: "/etc/mail/certs", certificate: SerialNumber(1), reload: true),
            Deployment(
                directory: "/srv/maps",
                servers: [
                    .init(name: "exim", isListed: true), .init(name: "postfix", mapType: "lmdb"),
                    .init(name: "sendmail", isListed: true, mapType: "cdb"),
                ]),
            Deployment(directory: "/srv/例え 'x'", certificate: nil, reload: false),
        ]
        for deployment in all.reversed() { try ledger.remember(deployment) }
        #expect(try ledger.deployments() == all)
        #expect(try place.open(.existing).deployments() == all)
    }

    @Test("Of one directory the last counts, and each change is an act")
    func replaced() throws {
        var deployment = Deployment(directory: "/etc/mail/certs")
        try ledger.remember(deployment)
        deployment.certificate = SerialNumber(1)
        try ledger.remember(deployment)
        try ledger.remember(deployment)
        deployment.certificate = SerialNumber(2)
        deployment.reload = true
        try ledger.remember(deployment)
        #expect(try ledger.deployments() == [deployment])
        #expect(try ledger.acts().map(\.kind) == [.deployed, .deployed, .deployed])
        #expect(try ledger.acts().map(\.subject) == Array(repeating: "/etc/mail/certs", count: 3))
        #expect(try ledger.acts().map(\.note) == ["", "40000001", "40000002"])
    }

    @Test("A deployment is forgotten once, by an act of its own; the others stay")
    func forgotten() throws {
        try ledger.remember(Deployment(directory: "/a"))
        try ledger.remember(Deployment(directory: "/b"))
        try ledger.forget(deployment: "/a")
        #expect(try ledger.deployments().map(\.directory) == ["/b"])
        let act = try #require(try ledger.lastAct())
        #expect(act.kind == .deployed && act.subject == "/a" && act.note == "dropped")
        let error = try expectRefusal(.notFound) { try ledger.forget(deployment: "/a") }
        #expect(error.message.contains("/a"))
        #expect(try ledger.acts().count == 3)
    }

    @Test(
        "What DANE asks of one is remembered to the second, and each change of it is an act that the audit finds whole")
    func dane() throws {
        var deployment = Deployment(directory: "/etc/mail/certs", certificate: SerialNumber(1), sendsIssuer: true)
        try ledger.remember(deployment)
        for staged in [
            Deployment.Staged(certificate: SerialNumber(2), wait: 3_600),
            .init(certificate: SerialNumber(2), printed: now.addingTimeInterval(0.75), wait: 3_600),
            .init(certificate: SerialNumber(2), printed: now, wait: 60), nil,
        ] {
            deployment.staged = staged
            try ledger.remember(deployment)
            #expect(try place.open(.existing).deployments() == [deployment])
            #expect(try ledger.auditFaults(authorities: []).isEmpty)
        }
        #expect(try ledger.acts().count == 5)
        try place.execute("UPDATE deployment SET staged_wait = 7")
        #expect(try ledger.auditFaults(authorities: []).isEmpty, "nobody waits for nothing")
        try place.execute("UPDATE deployment SET sends_issuer = 0")
        #expect(try ledger.auditFaults(authorities: []).count == 1)
    }

    @Test("A next key is due when its time has passed since its record was printed")
    func due() {
        #expect(Deployment.Staged(certificate: SerialNumber(2), wait: 60).due == nil)
        #expect(
            Deployment.Staged(certificate: SerialNumber(2), printed: now, wait: 60).due == now.addingTimeInterval(60))
    }

    @Test("When it was maintained is kept to the second, the last time alone, and is no act")
    func maintained() throws {
        #expect(try ledger.lastMaintained() == nil)
        try ledger.noteMaintained(now)
        try ledger.noteMaintained(now.addingTimeInterval(day + 0.75))
        #expect(try ledger.lastMaintained() == now.addingTimeInterval(day))
        #expect(try place.open(.existing).lastMaintained() == now.addingTimeInterval(day))
        #expect(try ledger.acts().isEmpty)
    }
}
