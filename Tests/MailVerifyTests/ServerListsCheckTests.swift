import Foundation
import MailCA
import MailLayouts
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("Lists that single mail servers go by")
struct ServerListsCheckTests {
    /// A CA whose directory a server was deployed in.
    private static func deployed(
        _ server: Deployment.Server, keyGroup: String? = nil, _ change: (Fixture, Authority) throws -> Void
    ) throws -> [Finding] {
        let fixture = try Fixture(Material(.rootAlone))
        let authority = try #require(fixture.material.authority)
        let deployment = Deployment(directory: fixture.certs.string, servers: [server], keyGroup: keyGroup)
        try authority.ledger.remember(deployment)
        _ = try authority.issue(.client("taro@example.org"))
        if server.name == "exim" { fixture.share() }
        let lists = try authority.latestRevocationLists()
        var plan = try DeployedDirectory(deployment).planOfAuthority(authority, lists)
        plan.items.removeAll { if case .database = $0.content { true } else { false } }
        try plan.apply(under: fixture.certs)
        try change(fixture, authority)
        return try fixture.findings(knowsCA: true)
    }

    static let mistakes: [Mistake] = [
        .anywhere("Exim's list older than the ledger", raises: ["exim.list.stale"]) {
            try deployed(.init(name: "exim")) { _, authority in _ = try authority.issue(.client("hanako@example.org")) }
        },
        .anywhere("Postfix's map without its database", raises: ["postfix.map.missing"]) {
            try deployed(.init(name: "postfix")) { _, _ in }
        },
        .anywhere("Postfix's map changed by hand", raises: ["postfix.list.stale", "postfix.map.missing"]) {
            try deployed(.init(name: "postfix")) { fixture, _ in
                try fixture.write("AA REJECT\n", to: "postfix.ccert_revoked")
            }
        },
        .anywhere("A file of the CA's changed by hand", raises: ["file.changed"]) {
            try deployed(.init(name: "dovecot")) { fixture, _ in
                try fixture.write("# mine\n" + fixture.read("ca-1.pem"), to: "ca-1.pem")
            }
        },
        .anywhere("A file of the CA's gone that the server does not read", raises: ["file.missing"]) {
            try deployed(.init(name: "dovecot")) { fixture, _ in fixture.remove("ca-1.pem") }
        },
        .anywhere("Sendmail's list changed by hand", raises: ["sendmail.list.stale"]) {
            try deployed(.init(name: "sendmail", isListed: true)) { fixture, _ in
                let lines = try String(contentsOfFile: "\(fixture.certs)/sendmail.access", encoding: .utf8)
                try fixture.write(lines + "CertSubject:/CN=mallory\tRELAY\n", to: "sendmail.access")
            }
        },
        .anywhere("A key shared with a group, beside Sendmail", raises: ["sendmail.key.shared"]) {
            try shared("sendmail")
        },
    ]

    /// With the key as this group's.
    private static func shared(_ server: String) throws -> [Finding] {
        let group = try #require(getgrgid(getegid())).pointee.gr_name.map { String(cString: $0) }
        return try deployed(.init(name: server), keyGroup: group) { fixture, _ in
            chmod("\(fixture.certs)/privkey.pem", 0o640)
        }
    }

    @Test("A list that is not as the ledger has it is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A list as it was laid out is not found, nor a shared key where Sendmail does not read it")
    func whole() throws {
        #expect(try Self.deployed(.init(name: "exim")) { _, _ in } == [])
        #expect(try Self.deployed(.init(name: "sendmail", isListed: true)) { _, _ in } == [])
        #expect(try Self.shared("dovecot") == [])
    }
}
