import Foundation
import TestSupport
import Testing

@Suite("mailca undeploy", .onThreads)
struct UndeployCommandTests {
    /// A CA, a server's certificate, and Exim's files beside it.
    private func place(_ arguments: [String] = []) throws -> Place {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        try place.run(["deploy", "exim"] + arguments)
        return place
    }

    @Test("The files that only that server reads go, and are not made again")
    func removed() throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mx.example.org"])
        let before = Tree(place.certs)
        try place.run(["deploy", "exim"])
        let output = try place.run(["undeploy", "exim"]).stdout
        #expect(output == "Removed: \(place.certs)/exim.clients\n")
        #expect(Tree(place.certs).changes(since: before) == [])
        try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
        try place.run(["deploy"])
        #expect(!FileManager.default.fileExists(atPath: "\(place.certs)/exim.clients"))
        #expect(try place.verify().status == 0)
        #expect(try place.run(["audit", "--verify"]).stdout.contains("whole"))
    }

    @Test("Of several servers only the named one goes")
    func others() throws {
        let place = try place()
        try place.run(["deploy", "cyrus"])
        try place.run(["undeploy", "cyrus"])
        #expect(FileManager.default.fileExists(atPath: "\(place.certs)/exim.clients"))
        try FileManager.default.removeItem(atPath: "\(place.certs)/exim.clients")
        try place.run(["deploy"])
        #expect(FileManager.default.fileExists(atPath: "\(place.certs)/exim.clients"))
    }

    @Test("What was never deployed, and a second time, changes nothing and is said")
    func nothing() throws {
        let place = try place()
        try place.run(["undeploy", "exim"])
        let before = place.tree
        for server in ["exim", "postfix", "opensmtpd"] {
            #expect(try place.run(["undeploy", server]).stdout == "Nothing of it is there to be taken back.\n")
        }
        #expect(place.tree.changes(since: before).filter { !$0.contains("ledger.sqlite") } == [])
    }

    @Test("A dry run shows the same and changes nothing; JSON names it")
    func dryRun() throws {
        let place = try place()
        let before = Tree(place.certs)
        #expect(
            try place.run(["undeploy", "exim", "--dry-run"]).stdout
                == "Would be removed: \(place.certs)/exim.clients\n")
        let result = try place.json(["undeploy", "exim", "--dry-run"])
        #expect(result["removed"].strings == ["\(place.certs)/exim.clients"])
        #expect(Tree(place.certs).changes(since: before) == [])
    }

    @Test("A tree for another machine is taken back where it was written; lines there that need it are named")
    func prefix() throws {
        let place = try Place(.open)
        let image = place.file("users/image")
        try place.run(["deploy", "exim", "--prefix", image])
        try FileManager.default.createDirectory(atPath: "\(image)/etc/exim4", withIntermediateDirectories: true)
        let lines = try place.run(["deploy", "exim", "--print"]).stdout
        try place.write(lines, to: "users/image/etc/exim4/exim4.conf.localmacros")
        let outcome = try place.mailca(["undeploy", "exim", "--prefix", image])
        #expect(outcome.status == 73)
        #expect(outcome.stderr.contains("exim4.conf.localmacros: MAILCA_LISTED"), "\(outcome.stderr)")
        #expect(FileManager.default.fileExists(atPath: "\(image)\(place.certs)/exim.clients"))
        try place.write("# exim.clients\n", to: "users/image/etc/exim4/exim4.conf.localmacros")
        try place.run(["undeploy", "exim", "--prefix", image])
        #expect(!FileManager.default.fileExists(atPath: "\(image)\(place.certs)/exim.clients"))
    }
}
