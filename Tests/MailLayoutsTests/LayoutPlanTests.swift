import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Plans of a layout")
struct LayoutPlanTests {
    /// When and as what each name was written: a file that is replaced has another inode.
    private func inodes(_ directory: FilePath) throws -> [String: ino_t] {
        var inodes: [String: ino_t] = [:]
        for name in try FileContent.names(in: directory) {
            var status = stat()
            #expect(lstat(directory.appending(name).string, &status) == 0)
            inodes[name] = status.st_ino
        }
        return inodes
    }

    private static let plans: [String] = ["self-signed", "root alone", "issuing CA"]

    private func plan(_ kind: String) throws -> LayoutPlan {
        switch kind {
        case "self-signed": try selfSignedPlan()
        default: try TestAuthority(offlineRoot: kind == "issuing CA").plan()
        }
    }

    @Test("The first time everything is written", arguments: plans)
    func first(kind: String) throws {
        let scratch = try TemporaryDirectory()
        let plan = try plan(kind)
        let outcome = try plan.apply(under: scratch.place("certs"))
        #expect(outcome.written.map(\.name) == plan.items.map(\.name))
        #expect(outcome.kept.isEmpty && outcome.removed.isEmpty)
    }

    @Test("The second time nothing is written, kept or removed", arguments: plans)
    func second(kind: String) throws {
        let scratch = try TemporaryDirectory()
        var plan = try plan(kind)
        plan.keepAllOld(now)
        try plan.apply(under: scratch.place("certs"))
        let before = try inodes(scratch.place("certs"))
        let outcome = try plan.apply(under: scratch.place("certs"))
        #expect(outcome.written.map(\.name) == [])
        #expect(outcome.kept.isEmpty && outcome.removed.isEmpty)
        #expect(try inodes(scratch.place("certs")) == before)
    }

    @Test("Only what differs is written: content, mode, or the kind of file")
    func onlyDifferent() throws {
        let scratch = try TemporaryDirectory()
        let plan = LayoutPlan(
            items: ["a", "b", "c", "d", "e"].map { .init($0, .text("\($0)\n")) } + [.init("l", .link("a"))])
        try plan.apply(under: scratch.place())
        try scratch.write("other\n", to: "b")
        chmod(scratch.file("c"), 0o664)
        rename(scratch.file("d"), scratch.file("elsewhere"))
        symlink("elsewhere", scratch.file("d"))
        unlink(scratch.file("l"))
        symlink("b", scratch.file("l"))
        let outcome = try plan.apply(under: scratch.place())
        #expect(outcome.written.map(\.name) == ["b", "c", "d", "l"])
        #expect(
            try scratch.tree() == [
                "0700 .", "0644 a: text", "0644 b: text", "0644 c: text", "0644 d: text", "0644 e: text",
                "0644 elsewhere: text", "link l -> a",
            ])
        #expect(try scratch.read("b") == "b\n")
        #expect(try scratch.read("elsewhere") == "d\n")
    }

    @Test("A name that must be new is refused where it is taken, by whatever, and nothing is changed")
    func refuses() throws {
        let scratch = try TemporaryDirectory()
        var plan = LayoutPlan(items: [.init("a", .text("x")), .init("b", .text("x"))])
        plan.mustBeNew = ["b"]
        try plan.refuse(under: scratch.place())
        symlink("nowhere", scratch.file("b"))
        let before = try scratch.tree()
        #expect(try failure { try plan.refuse(under: scratch.place()) }.code == .alreadyExists)
        #expect(try failure { try plan.apply(under: scratch.place()) }.code == .alreadyExists)
        #expect(try scratch.tree() == before)
        plan.mustBeNew = ["c"]
        try plan.apply(under: scratch.place())
        #expect(try scratch.read("b") == "x")
    }

    @Test("A key that is there already is written again when it is another one, and not when it is this one")
    func sameSecret() throws {
        let scratch = try TemporaryDirectory()
        let plan = LayoutPlan(items: [.init("privkey.pem", .secret(SecretBytes("secret".utf8)), mode: 0o600)])
        #expect(try plan.apply(under: scratch.place()).written.count == 1)
        #expect(try plan.apply(under: scratch.place()).written.isEmpty)
        try scratch.write("another", to: "privkey.pem")
        #expect(try plan.apply(under: scratch.place()).written.count == 1)
        #expect(try scratch.read("privkey.pem") == "secret")
    }

    // MARK: Old files

    @Test("Old files are kept beside the new ones, with their bytes and modes, under names with the time in it")
    func keepsOld() throws {
        let scratch = try TemporaryDirectory()
        let old = try SelfSigned.server(["mail.example.org"], now: now)
        let new = try SelfSigned.server(["mail.example.org"], now: now)
        try MailLayout.sendmail.plan(selfSigned: old).apply(under: scratch.place())
        let oldKey = try scratch.read("privkey.pem")
        var plan = try MailLayout.sendmail.plan(selfSigned: new)
        plan.keepAllOld(now)
        let outcome = try plan.apply(under: scratch.place())
        #expect(outcome.kept == ["privkey.pem.20270115T080000Z", "cert.pem.20270115T080000Z"])
        #expect(
            try scratch.tree(hashes: [new.certificate.hash: "server"]) == [
                "0700 .", "link <server>.0 -> cert.pem", "0644 cert.pem.20270115T080000Z: CERTIFICATE",
                "0644 cert.pem: CERTIFICATE", "0600 privkey.pem.20270115T080000Z: PRIVATE KEY",
                "0600 privkey.pem: PRIVATE KEY",
            ])
        #expect(try scratch.read("cert.pem.20270115T080000Z") == old.certificate.pem)
        #expect(try scratch.read("privkey.pem.20270115T080000Z") == oldKey)
        #expect(try scratch.read("cert.pem") == new.certificate.pem)
        #expect(try scratch.read("privkey.pem") != oldKey)
    }

    private func keepingOld(_ items: [LayoutPlan.Item]) -> LayoutPlan {
        var plan = LayoutPlan(items: items)
        plan.keepAllOld(now)
        return plan
    }

    @Test("Several changes within one second keep every old file")
    func keepsEachOld() throws {
        let scratch = try TemporaryDirectory()
        var kept: [String] = []
        for text in ["one", "two", "three", "four"] {
            let plan = keepingOld([.init("cert.pem", .text(text))])
            kept += try plan.apply(under: scratch.place()).kept
        }
        let stem = "cert.pem.20270115T080000Z"
        #expect(kept == [stem, "\(stem)-2", "\(stem)-3"])
        #expect(try kept.map { try scratch.read($0) } == ["one", "two", "three"])
        #expect(try scratch.read("cert.pem") == "four")
    }

    @Test("Only the files that are named are kept, and links never")
    func keepsSome() throws {
        let scratch = try TemporaryDirectory()
        func plan(_ text: String) -> LayoutPlan {
            keepingOld([.init("cert.pem", .text(text)), .init("crl.pem", .text(text)), .init("l", .link(text))])
        }
        try plan("one").apply(under: scratch.place())
        var second = plan("two")
        second.keepOld = (["cert.pem", "l"], now)
        #expect(try second.apply(under: scratch.place()).kept == ["cert.pem.20270115T080000Z"])
        #expect(try FileContent.names(in: scratch.place()).count == 4)
    }

    @Test("A link that is replaced is kept as a link: what it leads to is not touched")
    func keepsLink() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("theirs", to: "live.pem")
        symlink("live.pem", scratch.file("cert.pem"))
        let plan = keepingOld([.init("cert.pem", .text("ours"))])
        let outcome = try plan.apply(under: scratch.place())
        #expect(outcome.kept == ["cert.pem.20270115T080000Z"])
        #expect(FileContent.linkTarget(scratch.place("cert.pem.20270115T080000Z")) == "live.pem")
        #expect(try scratch.read("live.pem") == "theirs")
        #expect(try scratch.read("cert.pem") == "ours")
    }

    // MARK: Failures

    @Test("Where one file cannot be put in place, all stay as they were, and nothing of ours is left")
    func nothingHalf() throws {
        let scratch = try TemporaryDirectory()
        let plan = try TestAuthority().plan()
        mkdir(scratch.file("cert.pem"), 0o755)
        try scratch.write("old key", to: "privkey.pem")
        try scratch.write("old CA", to: "cacert.pem")
        let before = try scratch.tree()
        let error = try failure { try plan.apply(under: scratch.place()) }
        #expect(error.message.contains(scratch.place("cert.pem").string))
        #expect(try scratch.tree() == before)
        #expect(try scratch.read("privkey.pem") == "old key")
        #expect(try scratch.read("cacert.pem") == "old CA")
    }

    @Test("After a failure the directory can be written again once what was in the way is gone")
    func failureIsNoTrap() throws {
        let scratch = try TemporaryDirectory()
        mkdir(scratch.file("b"), 0o755)
        let plan = LayoutPlan(items: [.init("a", .text("new")), .init("b", .text("new"))])
        _ = try failure { try plan.apply(under: scratch.place()) }
        try LayoutPlan(items: [.init("c", .text("later"))]).apply(under: scratch.place())
        rmdir(scratch.file("b"))
        try plan.apply(under: scratch.place())
        #expect(try scratch.tree() == ["0700 .", "0644 a: text", "0644 b: text", "0644 c: text"])
    }

    @Test("Old files that were to be kept are not left twice where the change fails")
    func keptAreUndone() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("old", to: "a")
        mkdir(scratch.file("b"), 0o755)
        let plan = keepingOld([.init("a", .text("new")), .init("b", .text("new"))])
        _ = try failure { try plan.apply(under: scratch.place()) }
        #expect(try FileContent.names(in: scratch.place()) == ["a", "b"])
        #expect(try scratch.read("a") == "old")
    }

    // MARK: Putting plans together

    @Test("Of a name that two plans have, the second one's counts")
    func merging() throws {
        let one = LayoutPlan(items: [.init("a", .text("1")), .init("b", .text("1"))])
        let other = LayoutPlan(items: [.init("a", .text("2"), mode: 0o600), .init("c", .text("2"))])
        let merged = one.merging(other)
        #expect(merged.items.map(\.name) == ["b", "a", "c"])
        #expect(merged.items.map(\.mode) == [0o644, 0o600, 0o644])
    }

    @Test("An item says in short what it will be")
    func summary() {
        #expect(LayoutPlan.Item("a", .text("")).summary == "0644")
        #expect(LayoutPlan.Item("a", .text(""), mode: 0o600).summary == "0600")
        #expect(LayoutPlan.Item("a", .link("cert.pem"), mode: 0o777).summary == "-> cert.pem")
    }

    @Test("A plan never shows a key when it is printed")
    func secretIsNotPrinted() {
        let plan = LayoutPlan(items: [.init("k", .secret(SecretBytes("hush".utf8)), mode: 0o600)])
        #expect(!"\(plan)".contains("hush"))
    }
}
