import Foundation
import TestSupport
import Testing

/// `mailca restore`, killed or failed at each step by which it changes what is on the disk.
///
/// A sample of the steps is tried; with MAILCA_SOAK=1 in the environment it is all of them.
@Suite("mailca restore that is stopped on the way", .onThreads)
struct RestoreInterruptionTests {
    /// What the home is like before.
    enum Scene: String, CaseIterable {
        case empty, damaged, whole, otherCA
    }

    private static let isSoak = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1"

    /// The name that only the old ledger knows, and the one that only the backup's does.
    private static let (old, new) = ("old@example.org", "new@example.org")

    /// A place for a scene, and what is in it: always the same place, because it is where the files are deployed.
    private func stage(_ scene: Scene) throws -> (place: Place, tree: Tree) {
        let place = try Place(.open)
        func issue(_ user: String) throws {
            try place.run(["issue-client", user, "--out", place.out, "--format", "pem"])
        }
        let before = place.homeTree
        try issue(Self.new)
        try place.run(["backup", place.file("mailca.backup")])
        try FileManager.default.removeItem(atPath: place.out)
        try FileManager.default.removeItem(atPath: place.home)
        switch scene {
        case .empty: break
        case .damaged:
            try before.write(to: place.home)
            try issue(Self.old)
            truncate("\(place.home)/ledger.sqlite", 9_000)
        case .whole:
            try before.write(to: place.home)
            try issue(Self.old)
        case .otherCA:
            try place.run(["init-ca", "Other CA", "--domain", "example.org", "--no-passphrase"])
            try issue(Self.old)
        }
        try? FileManager.default.removeItem(atPath: place.out)
        return (place, place.tree)
    }

    /// What the ledger under its name knows: one of the two names, or that it is damaged or not there.
    private enum State { case none, damaged, old, new }

    private func state(_ place: Place) throws -> State {
        guard FileManager.default.fileExists(atPath: "\(place.home)/ledger.sqlite") else { return .none }
        guard let names = try? Ledger(home: place.home).sql("SELECT name FROM certificate_name") else {
            return .damaged
        }
        #expect(names.contains(Self.old) != names.contains(Self.new), "half of each: \(names)")
        return names.contains(Self.new) ? .new : .old
    }

    private func steps(_ arguments: [String], in place: Place) throws -> [Trace.Step] {
        let all = try Trace.steps(arguments, in: place)
        try #require(all.count > 20)
        if Self.isSoak { return all }
        let worthMore = all.filter { $0.name != "pwrite64" && $0.name != "ftruncate" && $0.name != "openat" }
        let stride = max(1, worthMore.count / 12)
        return worthMore.indices.filter { $0 % stride == stride / 2 }.map { worthMore[$0] }
    }

    /// Whatever is there is the old or the new; and the same command again ends it.
    private func expectOrder(_ scene: Scene, _ place: Place, _ arguments: [String], _ before: Tree, _ story: String)
        throws
    {
        let state = try state(place)
        let isOld: Bool =
            switch scene {
            case .empty: state == .none
            case .damaged: state == .damaged
            case .whole, .otherCA: state == .old
            }
        #expect(isOld || state == .new, "\(story): \(state)")
        // What was there is there still, under its name or another one.
        for (name, node) in before.nodes where name.hasPrefix("var/home/") && !name.hasSuffix("-shm") {
            guard case .file(_, let content) = node, !content.isEmpty else { continue }
            if name.hasSuffix("ledger.sqlite") && scene != .damaged { continue }
            #expect(
                place.tree.nodes.contains { $0.key.hasPrefix(name) && $0.value == node }, "\(name) is lost: \(story)")
        }
        if isOld && (scene == .whole || scene == .otherCA) {
            let verified = try place.mailca(["verify", "\(place.home)/ca/root.pem"])
            #expect(verified.status == 0, "\(story): \(verified.everything)")
        }
        let again = try place.mailca(arguments)
        #expect(again.status == 0, "\(story), then \(again.everything)")
        #expect(try self.state(place) == .new, "\(story), then \(again.everything)")
        #expect(Aftermath(place).unfinished == [], "\(story), then \(again.everything)")
        #expect(
            try CertificateFile.belongTogether(
                key: "\(place.home)/ca/root.key", certificate: "\(place.home)/ca/root.pem"))
        let list = try place.mailca(["crl"])
        #expect(list.status == 0, "\(story), then \(list.everything)")
        try place.run(["backup", place.file("another.backup")])
    }

    @Test(
        "Killed at any step: what is there is the old CA or the new one, and the same command again ends it",
        arguments: Scene.allCases)
    func killed(_ scene: Scene) throws {
        try each(scene) { place, step, arguments in
            let killed = try Trace.kill(at: step, arguments, in: place)
            #expect(killed.status == 137, "not killed at \(step): \(killed.everything)")
            return "killed at \(step)"
        }
    }

    @Test("Failed by the disk at any step: it is said, and the same command again ends it", arguments: Scene.allCases)
    func failed(_ scene: Scene) throws {
        let mayFail = [
            "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "link", "linkat", "mkdir", "fchmod",
        ]
        try each(scene) { place, step, arguments in
            guard mayFail.contains(step.name) else { return nil }
            let outcome = try Trace.fail(
                step.number.isMultiple(of: 2) ? "ENOSPC" : "EIO", at: step, arguments, in: place)
            if outcome.status != 0 {
                #expect([65, 70, 74].contains(outcome.status), "at \(step): \(outcome.everything)")
                #expect(outcome.stderr.contains("mailca: error: "), "at \(step): \(outcome.everything)")
                #expect(outcome.stdout == "", "at \(step)")
            }
            return "failed at \(step): \(outcome.everything)"
        }
    }

    private func each(_ scene: Scene, _ work: (Place, Trace.Step, [String]) throws -> String?) throws {
        let (place, tree) = try stage(scene)
        let force = scene == .whole || scene == .otherCA ? ["--force"] : []
        let arguments = ["restore", place.file("mailca.backup")] + force
        for step in try steps(arguments, in: place) {
            try place.reset(to: tree)
            guard let story = try work(place, step, arguments) else { continue }
            try expectOrder(scene, place, arguments, tree, story)
        }
    }

    @Test(
        "A full disk is said, nothing is lost, and it works when there is room again", arguments: Scene.allCases,
        [0, 16, 100, 200])
    func fullDisk(_ scene: Scene, _ free: Int) throws {
        let (place, _) = try stage(scene)
        let force = scene == .whole || scene == .otherCA ? ["--force"] : []
        let result = try Machine.fullDisk(
            "var", free: free, in: place, ["restore", place.file("mailca.backup")] + force)
        guard result.outcome.status != 0 else {
            #expect(free > 0, "\(result.outcome.everything)")
            return
        }
        expectRefusal(result.outcome, status: 74, saying: place.file("var"), "full", "room")
        let after = result.after.without { $0.hasSuffix("-shm") || $0.hasSuffix("-wal") }
        #expect(after.changes(since: result.before) == [], "\(result.outcome.everything)")
        #expect(result.again.hasSuffix("exit 0\n"), "\(result.again)")
    }
}
