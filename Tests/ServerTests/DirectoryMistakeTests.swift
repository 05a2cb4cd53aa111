import Foundation
import MailLayouts
import TestSupport
import Testing

/// `mailca verify` and the real servers on the same directories: right ones, and those with one mistake.
@Suite(.onThreads) struct DirectoryMistakeTests {
    @Test("verify finds each mistake, and predicts what the server logs and does", arguments: MailServer.allCases)
    func mistakes(server name: MailServer) throws {
        let setup = Setup(key: "ec-p256", hasIssuingCA: true)
        let authority = try Authority(setup, daysAgo: 5)
        _ = try authority.issueServer(daysAgo: 4)
        let old = try TemporaryDirectory()
        try authority.makeLists(days: 1, daysAgo: 3)
        try Self.shell("cp \(authority.certs)/*crl*.pem \(old.path)")
        let foreign = try Authority(setup).withServer()
        let server = try name.start(authority)
        let directory = try MistakenDirectory(server.room, authority, old: old, foreign: foreign)
        try authority.revoke("taro@example.org")
        try Self.lists(of: server, in: directory)
        try directory.keep()

        #expect(try server.takeUp() == nil)
        #expect(try server.effect(for: "hanako") == .serves, "\(server.log)")
        #expect(try directory.verify(for: name.rawValue).map(\.id) == [])
        for mistake in DirectoryMistake.all where mistake.server == name {
            try directory.make(mistake)
            try Self.compare(mistake, server, directory)
            try directory.mend()
        }
    }

    /// Whether both sides say what the table says.
    private static func compare(
        _ mistake: DirectoryMistake, _ server: any MistakenServer, _ directory: MistakenDirectory
    ) throws {
        let findings = try directory.verify(for: mistake.server.rawValue)
        #expect(Set(findings.map(\.id)) == mistake.besides.union([mistake.finding]), "\(mistake): \(findings)")
        let predicted = findings.filter { $0.id == mistake.finding }.map(\.message)
        let words = mistake.effect.rawValue
        #expect(predicted.contains { words.isEmpty || $0.contains(words) }, "\(mistake): \(findings)")

        let before = server.log.utf8.count
        let refusal = try server.takeUp()
        let effect = try refusal == nil ? server.effect(for: mistake.client) : .doesNotStart
        func logged() -> String { String(decoding: server.log.utf8.dropFirst(before), as: UTF8.self) + (refusal ?? "") }
        #expect(effect == mistake.effect.seen, "\(mistake): \(logged())")
        guard let line = mistake.log?.replacing("%", with: directory.certs) else { return }
        #expect(predicted.contains { $0.contains(line) }, "\(mistake): \(findings)")
        try? server.room.wait(60, for: line) { logged().contains(line) }
        #expect(logged().contains(line), "\(mistake): \(logged())")
    }

    @Test("Nothing is found in a directory that is right, whichever server reads it", arguments: Setup.all)
    func right(setup: Setup) throws {
        let authority = try Authority(setup).withServer()
        let room = try Room(of: authority)
        // postmap goes by it, and waits while it is new.
        try room.must(
            "sh", ["-ec", "cd /etc/postfix; echo compatibility_level=3.6 >main.cf; touch -d yesterday main.cf"])
        for server in MailServer.allCases {
            let group = server.readsKeyAsItself ? ["--key-group", "ssl-cert"] : []
            try room.mustMailCA(authority, ["deploy", server.rawValue] + group)
            // Which users and groups there are is seen in the room; the CA tells what it knows as well.
            for arguments in [[], ["--for", server.rawValue]] {
                let outcome = try room.mailca(authority, ["verify", authority.certs] + arguments)
                #expect(outcome.stdout.hasSuffix("Nothing is wrong.\n"), "\(server): \(outcome.everything)")
            }
            try room.mustMailCA(authority, ["undeploy", server.rawValue])
            try room.must("sh", ["-ec", "cd \(authority.certs); chgrp root privkey.pem; chmod 0600 privkey.pem"])
        }
    }

    @Test("No two mistakes of one server have the same name, and every server has some")
    func table() {
        let names = DirectoryMistake.all.map(\.testDescription)
        #expect(Set(names).count == names.count)
        #expect(Set(DirectoryMistake.all.map(\.server)) == Set(MailServer.allCases))
    }

    /// The lists that Postfix and Exim go by: Taro is on the one as revoked, and on the other by mistake.
    private static func lists(of server: any MistakenServer, in directory: MistakenDirectory) throws {
        let folder = server.room.shared.file("material")
        let (hanako, taro) = ("hanako", "taro")
        func credentials(_ name: String) -> Credentials {
            Credentials(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key", owner: directory)
        }
        if let postfix = server as? Postfix { try postfix.revoke([credentials(taro)]) }
        if let exim = server as? Exim { try exim.list([credentials(hanako), credentials(taro)]) }
    }

    private static func shell(_ command: String) throws {
        let outcome = try Command.run("sh", ["-ec", command])
        try #require(outcome.status == 0, "\(command): \(outcome.everything)")
    }
}
