import Foundation
import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Key and certificate change in one moment")
struct PairSwitchTests {
    private let scratch: TemporaryDirectory
    private let steps: [CommitRecord.Step] = [
        .place(temporary: ".mailca-11", name: "privkey.pem"), .place(temporary: ".mailca-22", name: "cert.pem"),
    ]

    init() throws {
        scratch = try TemporaryDirectory()
        for (name, text) in [
            ("privkey.pem", "old"), ("cert.pem", "old"), (".mailca-11", "new"), (".mailca-22", "new"),
        ] { try scratch.write(text, to: name) }
    }

    private func recover() throws {
        try Data(CommitRecord(steps: steps).encoded).write(to: scratch.url.appending(path: CommitRecord.name))
        try FileTransaction.recover(scratch.place())
    }

    private func expectNew() throws {
        #expect(try FileContent.names(in: scratch.place()) == ["cert.pem", "privkey.pem"])
        for name in ["privkey.pem", "cert.pem"] {
            #expect(try scratch.read(name) == "new")
            #expect(FileStatus(FilePath(scratch.file(name)))?.isRegular == true)
        }
    }

    /// What a kill left, as far as it got.
    private func leave(_ state: Int) throws {
        for folder in [".mailca-pair-old", ".mailca-pair-new"] {
            mkdir(scratch.file(folder), 0o755)
            for (name, temporary) in [("privkey.pem", ".mailca-11"), ("cert.pem", ".mailca-22")] {
                link(scratch.file(folder.hasSuffix("old") ? name : temporary), scratch.file("\(folder)/\(name)"))
            }
        }
        symlink(state < 4 ? ".mailca-pair-old" : ".mailca-pair-new", scratch.file(".mailca-pair"))
        for name in ["privkey.pem", "cert.pem"].prefix(state < 1 ? 0 : state < 2 ? 1 : 2) {
            unlink(scratch.file(name))
            symlink(".mailca-pair/\(name)", scratch.file(name))
        }
        if state >= 5 { rename(scratch.file(".mailca-11"), scratch.file("privkey.pem")) }
        if state >= 6 { rename(scratch.file(".mailca-22"), scratch.file("cert.pem")) }
    }

    @Test("Wherever it was stopped, the next transaction ends it, and nothing of it is left", arguments: 0...6)
    func stopped(state: Int) throws {
        try leave(state)
        try recover()
        try expectNew()
    }

    @Test("From the beginning too")
    func whole() throws {
        try recover()
        try expectNew()
    }

    @Test("Taken back, both are the very files that were there before")
    func reverted() throws {
        let before = try ["privkey.pem", "cert.pem"].map { try inode($0) }
        let transaction = try FileTransaction(directory: scratch.place())
        try transaction.write("newer", to: "privkey.pem", mode: 0o600)
        try transaction.write("newer", to: "cert.pem", mode: 0o644)
        try transaction.write("beside", to: "other.pem", mode: 0o644)
        try transaction.commit(keepingOld: true)
        #expect(try scratch.read("cert.pem") == "newer")
        try transaction.revert()
        #expect(try FileContent.names(in: scratch.place()) == ["cert.pem", "privkey.pem"])
        #expect(try ["privkey.pem", "cert.pem"].map { try inode($0) } == before)
    }

    @Test("Where an administrator put a link, it is replaced as any other file")
    func links() throws {
        unlink(scratch.file("cert.pem"))
        symlink("elsewhere.pem", scratch.file("cert.pem"))
        try scratch.write("old", to: "elsewhere.pem")
        try recover()
        #expect(try scratch.read("cert.pem") == "new")
        #expect(try scratch.read("privkey.pem") == "new")
        #expect(try scratch.read("elsewhere.pem") == "old")
    }

    private func inode(_ name: String) throws -> UInt64 {
        var status = stat()
        try #require(lstat(scratch.file(name), &status) == 0)
        return UInt64(status.st_ino)
    }
}
